"""Simulated light modules: the firmware, the line between them, the shelf that people see and the
pickers who walk along it.

Imports nothing of the controller or of `devices`: both sides meet on the wire and in `tests/vectors`.
"""
