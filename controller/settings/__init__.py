"""The configuration of a site. In: a settings file and its tables. Out: `Settings`, or every fault in them at once."""

from __future__ import annotations

from controller.settings.faults import SettingsFault, WrongSettingsError
from controller.settings.load import load
from controller.settings.model import Settings

__all__ = ["Settings", "SettingsFault", "WrongSettingsError", "load"]
