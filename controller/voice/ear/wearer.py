"""Is it the wearer who speaks? Somebody beside a close-talking microphone is heard much more softly than its wearer.

In: how loud phrases were, dBFS, and whether they were taken. Out: whether one comes from further away.
"""

from __future__ import annotations

FAR_DB = 10.0
"""So much below the wearer's usual voice is somebody else's: a colleague at arm's length from a microphone at the
mouth is 15 dB and more below.
"""
KNOWN = 3
"""Answers that were taken before anybody is told from the wearer."""
SHARE, SHARE_AT_FIRST = 0.2, 0.5
"""Of the newest answer in the usual voice."""
REPEATS = 2
"""After so many refusals in a row it is the wearer after all, with the microphone moved away or turned down."""
PATIENCE_S = 8.0
"""Who was not understood says it again within this."""


class Wearer:
    """The voice of whoever wears the headset, learnt from the answers that were taken."""

    def __init__(self) -> None:
        self._usual: float | None = None
        self._taken = 0
        self._refused = 0
        self._refused_at = 0.0

    def taken(self, level: float) -> None:
        """An answer of this level was accepted; the first one after refusals is the new usual voice."""
        if self._usual is None or self._refused > REPEATS:
            self._usual = level
        else:
            self._usual += (SHARE if self._taken >= KNOWN else SHARE_AT_FIRST) * (level - self._usual)
        self._taken += 1
        self._refused = 0

    def far(self, level: float, now: float) -> bool:
        """Whether an answer of this level, at `now` seconds, is somebody else's. Said again at once it is not."""
        if self._usual is None or self._taken < KNOWN or level >= self._usual - FAR_DB:
            return False
        self._refused = self._refused + 1 if now - self._refused_at <= PATIENCE_S else 1
        self._refused_at = now
        return self._refused <= REPEATS
