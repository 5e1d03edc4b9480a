"""The door of the barcode scanners: whose scanner is where, and what it read."""

from controller.scan.codes import Codes
from controller.scan.door import ScanDoor, Scanner

__all__ = ["Codes", "ScanDoor", "Scanner"]
