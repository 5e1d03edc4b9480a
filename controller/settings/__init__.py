"""The configuration of a site. In: a settings file and its tables. Out: `Settings`, or every fault in them at once."""

from __future__ import annotations

from controller.settings.faults import WrongSettingsError
from controller.settings.load import load
from controller.settings.model import Settings
from controller.wording import FileFault

__all__ = ["FileFault", "Settings", "WrongSettingsError", "load"]
