"""The voice worker: a process of its own that hears and speaks for all pickers.

In: what every headset does now. Out: what was heard, and what is wrong. See `controller/voice/wire.py`.
"""
