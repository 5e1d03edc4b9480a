"""The door to the shelves: which location is which module, and what each should show."""

from controller.shelves.door import Reported, Shelves

__all__ = ["Reported", "Shelves"]
