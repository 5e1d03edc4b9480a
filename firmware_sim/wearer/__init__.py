"""Simulated wearers of headsets: people led by voice. They know what they hear and see, and speak real audio."""
