"""What the module shows: the picture in force, the one held until COMMIT, and what its own keys change of it.

In: pictures of ten bytes, key work, the time. Out: light, text, quantity, state hash. A picture that comes again
changes nothing.
"""

from binascii import crc32

PICTURE_BYTES = 10
DARK = b"\0\0\0    \0\0\0"

CONFIRMABLE = 0x01
ADJUSTABLE = 0x02
BEEP = 0x04
COUNT_IN_TEXT = 0x08

WHITE_BLINK = 0x17
AMBER_DIM = 0x48
FLASH_MS = 60  # the light goes off this long for a press
QUIET_MS = 3000  # without a host: "----" in dim amber
DARK_MS = 60000  # without a host: nothing at all

_FLAGS, _TOKEN, _TEXT, _QTY, _OVER = 1, 2, 3, 7, 9


class Face:
    """Light and display of one module."""

    def __init__(self) -> None:
        self.quantity = 0  # as adjusted by plus and minus
        self.beeps = 0
        self.address = 0
        self._picture = bytearray(DARK)
        self._held = bytearray(DARK)
        self._holding = False
        self._adjusted = False
        self._answered = False  # "...." until the next picture
        self._flash_until = -1
        self._identify_until = -1

    def show(self, buf: bytearray, at: int, quiet: bool) -> None:
        """Put the picture buf[at:at+10] in force. `quiet`: a repeated request, which must not beep again."""
        self._holding = False
        self._answered = False
        if self._picture == buf[at : at + PICTURE_BYTES]:
            return
        self._picture[:] = buf[at : at + PICTURE_BYTES]
        self.quantity = self.asked()
        self._adjusted = False
        if self._picture[_FLAGS] & BEEP and not quiet:
            self.beeps += 1

    def hold(self, buf: bytearray, at: int) -> None:
        """Keep a picture until `commit`."""
        self._held[:] = buf[at : at + PICTURE_BYTES]
        self._holding = True

    def commit(self) -> None:
        if self._holding:
            self.show(self._held, 0, False)

    def hash(self) -> int:
        """Low 16 bits of the CRC-32 of the picture in force."""
        return crc32(self._picture) & 0xFFFF

    def asked(self) -> int:
        return self._picture[_QTY] | self._picture[_QTY + 1] << 8

    def token(self) -> int:
        return self._picture[_TOKEN]

    def confirmable(self) -> bool:
        return bool(self._picture[_FLAGS] & CONFIRMABLE)

    def adjust(self, step: int) -> None:
        """Change the quantity by `step` within 0…qty+over, where the picture allows it and no answer was given yet."""
        if self._picture[_FLAGS] & ADJUSTABLE and not self._answered:
            self.quantity = max(0, min(self.quantity + step, self.asked() + self._picture[_OVER]))
            self._adjusted = self.quantity != self.asked()

    def adjusted(self) -> bool:
        return self._adjusted

    def flash(self, ms: int, answered: bool) -> None:
        """Show a press at once; `answered`: it settled this picture."""
        self._flash_until = ms + FLASH_MS
        self._answered = self._answered or answered

    def identify(self, ms: int, seconds: int) -> None:
        self._identify_until = ms + 1000 * seconds

    def light(self, ms: int, silence: int) -> int:
        """Colour and pattern (as in a picture) seen at `ms`, the host having been silent for `silence` ms."""
        if ms < self._identify_until:
            return WHITE_BLINK
        if silence > QUIET_MS:
            return 0 if silence > DARK_MS else AMBER_DIM
        return 0 if ms < self._flash_until else self._picture[0]

    def text(self, ms: int, silence: int) -> bytes:
        """The four characters on the display."""
        if ms < self._identify_until:
            return b"%4d" % self.address
        if silence > QUIET_MS:
            return b"    " if silence > DARK_MS else b"----"
        if self._answered:
            return b"...."
        if self._adjusted and self._picture[_FLAGS] & COUNT_IN_TEXT:
            return b"%c%3d" % (self._picture[_TEXT], min(self.quantity, 999))
        return bytes(self._picture[_TEXT : _TEXT + 4])
