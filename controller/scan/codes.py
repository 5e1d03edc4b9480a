"""From the bytes of a scanner to the codes of labels.

In: bytes in any pieces, seconds of a steady clock. Out: codes as they stand on the label: without line ends and control
characters, without the symbology identifier (ISO/IEC 15424: `]C1`, `]Q3`), without what the site's scanners add.
"""

from __future__ import annotations

import re
from typing import Final

ENDS: Final = re.compile(rb"[\r\n\t\x00\x03\x04]+")
"""What scanners send after a code: CR, LF, TAB, NUL, ETX, EOT."""
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
IDENTIFIER: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
LONGEST: Final = 512
"""Bytes. No label that a picker scans holds more: this is noise, or another rate."""
UNREADABLE: Final = "�"


class Codes:
    """One scanner's stream. `prefix`, `suffix`: what it adds to every code. `repeat_s`: the same code again within so
    many seconds is the same pull of the trigger.
    """

    def __init__(self, prefix: str = "", suffix: str = "", repeat_s: float = 0.5) -> None:
        self._prefix, self._suffix, self._repeat_s = prefix, suffix, repeat_s
        self._rest = b""
        self._last, self._last_at = "", float("-inf")
        self.unreadable = 0
        """So many in a row were noise: longer than any label, or no text. Then the rate is mostly another one."""

    def feed(self, data: bytes, now: float) -> list[str]:
        """The codes that are complete now."""
        *whole, self._rest = ENDS.split(self._rest + data)
        if len(self._rest) > LONGEST:
            self._rest = b""
            self.unreadable += 1
        return self._new(whole, now)

    def flush(self, now: float) -> list[str]:
        """Nothing more came for a while: scanners that send no line end have said all of a code."""
        rest, self._rest = self._rest, b""
        return self._new([rest], now)

    @property
    def pending(self) -> bool:
        """Whether a code has begun and not ended."""
        return bool(self._rest)

    def _new(self, lines: list[bytes], now: float) -> list[str]:
        found = []
        for line in lines:
            code = self._code(line)
            if code and not (code == self._last and now - self._last_at < self._repeat_s):
                found.append(code)
            if code:
                self._last, self._last_at, self.unreadable = code, now, 0
        return found

    def _code(self, line: bytes) -> str:
        text = CONTROL.sub("", line.decode("utf-8", "replace")).strip()
        if UNREADABLE in text or len(line) > LONGEST:
            self.unreadable += 1
            return ""
        text = text.removeprefix(self._prefix)
        if identifier := IDENTIFIER.match(text):
            text = text[identifier.end() :]
        return text.removesuffix(self._suffix).strip()
