"""Two ends of a wire inside one process.

In: bytes written at one end. Out: the same bytes at the other, after `manipulate` had its way with them. For tests and
for a simulator in the same process; it has the calls of `SerialPort`.
"""

from __future__ import annotations

from collections.abc import Callable


def untouched(data: bytes) -> bytes:
    return data


class NullModemEnd:
    """One end."""

    def __init__(self) -> None:
        self.manipulate: Callable[[bytes], bytes] = untouched
        self.is_open = True
        self.peer: NullModemEnd = self
        self._arrived = bytearray()

    def read(self) -> bytes:
        """All that has arrived."""
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def write(self, data: bytes) -> None:
        """To the other end; lost if one of them is closed."""
        if self.is_open and self.peer.is_open:
            self.peer._arrived += self.manipulate(data)  # noqa: SLF001 - the other half of this class

    def close(self) -> None:
        self.is_open = False


def null_modem() -> tuple[NullModemEnd, NullModemEnd]:
    """A wire. Set `manipulate` on an end to lose, garble or double what it writes."""
    one, other = NullModemEnd(), NullModemEnd()
    one.peer, other.peer = other, one
    return one, other
