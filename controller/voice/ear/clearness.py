"""How clearly is the wearer understood? Whoever usually is may be asked for more: what is hardly likelier than other
words was then none of his answers.

In: how far answers stood out, nats. Out: whether one stands out as far as this wearer's do.
"""

from __future__ import annotations

from collections import deque

from controller.voice.ear.wearer import PATIENCE_S

ANSWERS, ENOUGH = 20, 10
"""So many last answers of one word tell how clear the wearer is; longer ones are easily further ahead. Before there
are enough, nobody is asked for more.
"""
USUAL = 0.05
"""Share of his answers that stand out less than "usually"."""
BELOW = 1.0
"""Nats under the usual that are still his: the hall grows louder, a word comes out badly."""
MOST, A_LETTER = 5.0, 1.25
"""Nats that anybody is asked for at most, and for each letter: a phrase can be no further ahead of other words than
these cost, 7 to 8 nats."""


class Clearness:
    """One ear's. Of ked, wholly new to the embedded model, it refuses one of two hundred commands in a quiet hall and
    one at 10 dB; of strange words 3.5 % are taken instead of 7.5, in noise 12 instead of 13 (docs/decisions/0009).
    """

    def __init__(self) -> None:
        self._ahead: deque[float] = deque(maxlen=ANSWERS)
        self._refused, self._refused_at = "", 0.0

    def stands_out(self, text: str, margin: float, now: float) -> bool:
        """Whether `text`, which stands out as far as anybody's answers must, does so as his do. Said again within
        PATIENCE_S it does: it is the wearer, who is understood less well now. `now`: seconds.
        """
        asked = self._asked(text)
        if " " not in text:
            self._ahead.append(margin)
        if margin >= asked or (text == self._refused and now - self._refused_at <= PATIENCE_S):
            self._refused = ""
            return True
        self._refused, self._refused_at = text, now
        return False

    def _asked(self, text: str) -> float:
        if len(self._ahead) < ENOUGH:
            return float("-inf")
        usual = sorted(self._ahead)[int(len(self._ahead) * USUAL)]
        return min(usual - BELOW, MOST, A_LETTER * sum(map(len, text.split())))
