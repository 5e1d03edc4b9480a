"""What can go wrong in the hardware library.

In: nothing. Out: one root, branches by what the caller can do. Faults of the far end (noise, silence, unplug) are
counted or reported as events, never raised.
"""

from __future__ import annotations


class DevicesError(Exception):
    """Root of everything raised by `devices`."""


class BadPicture(DevicesError, ValueError):  # noqa: N818 - reads as what happened
    """A picture that no module can show; correct the caller."""


class UnknownModule(DevicesError, KeyError):  # noqa: N818 - reads as what happened
    """A module id or address that this driver was not given."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "unknown module"


class AddressTaken(DevicesError, ValueError):  # noqa: N818 - reads as what happened
    """Two modules claim one address or one pin; the text names both."""


class BadFrame(DevicesError, ValueError):  # noqa: N818 - reads as what happened
    """Bytes that are no frame of ours; counted by the receiver, never seen by callers of `Link`."""


class DriverClosed(DevicesError, RuntimeError):  # noqa: N818 - reads as what happened
    """The driver was closed; make a new one."""
