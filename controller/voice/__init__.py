"""The voice door: ears and mouths, one pair per picker with a headset."""
