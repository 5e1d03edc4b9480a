"""Framing: 00 | COBS(ADDR CTL SEQ BODY CRC32) | 00.

In: bytes as the receiver got them, or a frame to send. Out: one checked frame at a time inside the
receive buffer; stuffed bytes.
Nothing here allocates per byte, and a foreign frame is dropped by its second byte without being decoded.
"""

from binascii import crc32

ALL = 0xFF  # ADDR of a frame for every module
UNASSIGNED = 0xFD  # ADDR of a frame for modules without an address
HOST = 0xFE  # ADDR of all replies

CRC_GOOD = 0x2144DF1C  # CRC-32 over a frame and its own CRC field
CRC_BYTES = 4
HEAD_BYTES = 3  # ADDR CTL SEQ
BODY_MAX = 240
FRAME_MAX = HEAD_BYTES + BODY_MAX + CRC_BYTES  # 247: one COBS block is always enough
WIRE_MAX = FRAME_MAX + 3  # delimiter, code byte, delimiter
SILENT_MAX = 256  # bytes collected without a delimiter before they are thrown away
RX_BYTES = 512  # two full frames: what may wait while the main loop is busy

_ZERO = b"\0"


def seal(out: bytearray, size: int) -> int:
    """Turn the frame in out[2:2+size] (ADDR…BODY) into wire bytes in place; return how many bytes of `out` to send."""
    end = 2 + size
    out[end : end + CRC_BYTES] = crc32(memoryview(out)[2:end]).to_bytes(CRC_BYTES, "little")
    end += CRC_BYTES
    code = 1
    zero = out.find(_ZERO, 2, end)
    while zero >= 0:
        out[code] = zero - code
        code = zero
        zero = out.find(_ZERO, zero + 1, end)
    out[code] = end - code
    out[0] = 0
    out[end] = 0
    return end + 1


def unstuff(buf: bytearray, start: int, end: int) -> int:
    """Undo COBS of buf[start:end] in place: the frame begins at start+1. Return its size without CRC; -1: no frame."""
    at = start
    while at < end:
        step = buf[at]
        if step == 0 or step == 0xFF:
            return -1
        buf[at] = 0
        at += step
    size = end - start - 1 - CRC_BYTES
    if at != end or size < HEAD_BYTES or size > HEAD_BYTES + BODY_MAX:
        return -1
    if crc32(memoryview(buf)[start + 1 : end]) != CRC_GOOD:
        return -1
    return size


class Receiver:
    """Finds frames for one station in a stream of bytes. After `next()` said True the frame is buf[at:at+size]."""

    def __init__(self) -> None:
        self.buf = bytearray(RX_BYTES)
        self.address = 0
        self.at = 0
        self.size = 0
        self.crc_errors = 0
        self.overruns = 0
        self._view = memoryview(self.buf)
        self._fill = 0  # bytes received
        self._from = 0  # first byte not yet looked at as a frame
        self._skipping = False  # too much without a delimiter: wait for the next one

    def space(self) -> memoryview:
        """Where the port may put received bytes; tell how many it put with `filled`."""
        if self._from:
            self.buf[0 : self._fill - self._from] = self.buf[self._from : self._fill]
            self._fill -= self._from
            self._from = 0
        return self._view[self._fill :]

    def filled(self, count: int) -> None:
        self._fill += count

    def next(self) -> bool:
        """Step to the next frame for this station; False when the bytes so far hold no more."""
        while True:
            end = self.buf.find(_ZERO, self._from, self._fill)
            if end < 0:
                self._limit()
                return False
            start = self._from
            self._from = end + 1
            if self._skipping:
                self._skipping = False
            elif end > start and self._mine(start, end):
                return True

    def _mine(self, start: int, end: int) -> bool:
        if end - start > SILENT_MAX:
            self.overruns += 1
            return False
        if end - start > 1 and not self._for_me(self.buf[start + 1]):
            return False
        self.size = unstuff(self.buf, start, end)
        self.at = start + 1
        if self.size < 0:
            self.crc_errors += 1
        return self.size >= 0

    def _for_me(self, address: int) -> bool:
        if address == ALL:
            return True
        return address == (self.address or UNASSIGNED)

    def _limit(self) -> None:
        if self._fill - self._from > SILENT_MAX:
            self._from = self._fill
            if not self._skipping:
                self.overruns += 1
            self._skipping = True
