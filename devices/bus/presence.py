"""Who is there: one QUERY at a time, in turn.

In: how QUERYs ended and every other sign of life. Out: whom to ask next and when; found and lost, once each.

Lit modules are asked as often as all the others together: a lamp that nobody can see any more matters most.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from devices.bus.polling import Outcome

EVERY_QUIET: Final = 0.050  # s between QUERYs while nothing is lit
EVERY_LIT: Final = 0.250  # s while something is lit: each QUERY holds up presses by 3.4 ms
EVERY_UNKNOWN: Final = 0.004  # s while modules were never asked: 250 are known within seconds of the start
MISSES: Final = 3  # unanswered QUERYs that make a module lost, on a clean line
MAX_MISSES: Final = 10  # the same on a line that loses half of the frames
WRONGLY_LOST: Final = 1e-4  # accepted chance of calling a present module lost


class Watch:
    """What is known of one module's presence."""

    __slots__ = ("asked", "garbage", "misses", "present")

    def __init__(self) -> None:
        self.present: bool | None = None  # None: not known yet
        self.misses = 0
        self.garbage = 0
        self.asked = False


class Presence:
    """Found and lost modules of one bus."""

    def __init__(self, addresses: Iterable[int], is_lit: Callable[[int], bool], now: float) -> None:
        self.due = now
        self.loss = 0.0  # running share of unanswered exchanges with modules that are present
        self._watches = {a: Watch() for a in addresses}
        self._turn = deque(self._watches)
        self._again: deque[int] = deque()  # missed once: asked again before the others
        self._unknown = len(self._watches)
        self._is_lit = is_lit
        self._lit: deque[int] = deque()  # the lit ones still to be asked in this round
        self._lit_turn = False

    @property
    def noisy(self) -> bool:
        """Frames get lost on this line (≥ 3 % of exchanges)."""
        return self.loss > 0.03

    def is_present(self, addr: int) -> bool:
        return self._watches[addr].present is True

    def present_count(self) -> int:
        return sum(1 for w in self._watches.values() if w.present)

    def missing(self) -> list[int]:
        return [addr for addr, w in self._watches.items() if w.present is False]

    def next_query(self, now: float, *, any_lit: bool) -> int | None:
        """The address to ask now; None if it is not time yet."""
        if now < self.due or not self._turn:
            return None
        self.due = now + (EVERY_UNKNOWN if self._unknown else EVERY_LIT if any_lit else EVERY_QUIET)
        if self._again:
            self.due = min(self.due, now + EVERY_QUIET)
            return self._again.popleft()
        self._lit_turn = not self._lit_turn
        return self._next_lit() if any_lit and self._lit_turn else self._next_in_turn()

    def heard(self, addr: int) -> bool:
        """A valid reply. True if the module was not present before."""
        watch = self._watches[addr]
        self._known(watch)
        watch.misses = watch.garbage = 0
        found, watch.present = watch.present is not True, True
        return found

    def exchange_ended(self, addr: int, *, answered: bool) -> None:
        """A SET or QUERY to this module was answered or not; keeps the loss estimate."""
        if self._watches[addr].present:
            self.loss += ((not answered) - self.loss) / 64

    def frame_missed(self) -> None:
        """A module says that it missed a broadcast: loss that no exchange shows."""
        self.loss += (1 - self.loss) / 64

    def missed(self, addr: int, outcome: Outcome) -> str | None:
        """A QUERY ended without a valid reply. The fault if the module is lost with that."""
        watch = self._watches[addr]
        watch.misses += 1
        watch.garbage += outcome is Outcome.GARBAGE
        if watch.misses < self._allowed():
            self._again.append(addr)
            return None
        self._known(watch)
        clash = watch.garbage * 2 > watch.misses
        lost, watch.present = watch.present is not False, False
        watch.misses = watch.garbage = 0
        return ("ADDRESS_CLASH" if clash else "NO_REPLY") if lost else None

    def line_away(self) -> None:
        """Nobody can be asked; who is present is not known any more."""
        self._again.clear()
        self._unknown = len(self._watches)
        for addr in self._watches:
            self._watches[addr] = Watch()

    def _known(self, watch: Watch) -> None:
        if not watch.asked:
            watch.asked = True
            self._unknown -= 1

    def _allowed(self) -> int:
        if not self.noisy:
            return MISSES
        return min(MAX_MISSES, max(MISSES, math.ceil(math.log(WRONGLY_LOST) / math.log(min(self.loss, 0.9)))))

    def _next_in_turn(self) -> int:
        for _ in range(len(self._turn)):
            self._turn.rotate(-1)
            if not self._unknown or not self._watches[self._turn[0]].asked:
                break
        return self._turn[0]

    def _next_lit(self) -> int:
        if not self._lit:
            self._lit.extend([addr for addr in self._watches if self._is_lit(addr)])
        return self._lit.popleft() if self._lit else self._next_in_turn()
