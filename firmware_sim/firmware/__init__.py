"""The module's firmware, in the subset of Python that MicroPython runs. See `module.py` for the main loop."""
