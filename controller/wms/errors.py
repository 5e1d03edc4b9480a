"""What can go wrong at the WMS door that is not the sender's fault (those are `core.model.Fault`s)."""

from __future__ import annotations


class WmsError(Exception):
    """Root of this door's errors."""


class ConnectFailedError(WmsError, ConnectionError):
    """The broker cannot be reached, or does not answer."""


class ConnectRefusedError(ConnectFailedError, PermissionError):
    """The broker answers and says no (credentials, certificate, client id, denied subscription): a person must help."""
