"""What a phrase, a scanned code or a headset means for the work. One file per part of the dialogue."""
