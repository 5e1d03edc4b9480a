"""When to send which event: a windowed, going-back relay from the outbox to the WMS.

In: what was committed, published, acknowledged by the broker (PUBACK) and by the WMS (`in/ack`), and the time.
Out: which seq to publish next. No I/O, no clock: times are seconds of any steady clock.

PUBACK is not delivery: it only frees the window. An event is done when the WMS itself acknowledges it; until then
it is sent again after every reconnect, and after `STALL_S` without progress. Duplicates are the WMS's to drop, by
(controller, stream, seq).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

WINDOW = 20
"""Publishes that wait for the broker's PUBACK at the same time; the receive-maximum of common brokers is no lower."""
AHEAD = 400
"""Events published beyond the last app ack: well below the 1000 messages a broker queues for a client by default, and
enough for 1000 events/s with acks every 200 ms."""
STALL_S = 5.0
STALL_MAX_S = 60.0
REFUSED_S = 1.0
"""Wait after a broker refused a publish (quota, ACL): not a reason to hammer it."""
ONCE_S = 1.0
"""A single event is repeated on demand at most this often."""
MAX_ONCE = 1000
"""Repeats asked for and remembered; more are answered by the next reconnect or resync."""


class AckResult(Enum):
    PROGRESS = "progress"
    STALE = "stale"
    """Not newer than what is known, or of another stream: nothing to do."""
    FORK = "fork"
    """The WMS has seen more of this stream than we have: our tail was lost."""


@dataclass(slots=True)
class Relay:
    """`acked`: the highest seq the WMS has acknowledged. `head`: the highest committed one."""

    stream: str
    acked: int = 0
    head: int = 0
    window: int = WINDOW
    ahead: int = AHEAD
    online: bool = False
    _base: int = 0
    """Flow control counts from here: `acked`, or lower while old events are replayed."""
    _cursor: int = 0
    """The last seq handed out."""
    _replay_to: int = 0
    _limit: int = 0
    _flying: set[int] = field(default_factory=set)
    _progress_at: float = 0.0
    _stalls: int = 0
    _hold_until: float = 0.0
    _once: dict[int, float] = field(default_factory=dict)
    _repeats: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._base = self._cursor = self.acked
        self._limit = self.ahead

    def connected(self, now: float) -> None:
        """A new connection: nothing of the old one counts, the window starts again at the first unacknowledged."""
        self.online = True
        self._go_back(now)
        self._stalls = 0
        self._hold_until = 0.0
        self._limit = self.ahead

    def disconnected(self) -> None:
        self.online = False
        self._flying.clear()

    def take(self, now: float) -> list[int]:
        """The seqs to publish now, in this order. Each then counts as being under way until its PUBACK."""
        if not self.online or now < self._hold_until:
            return []
        self._check_stall(now)
        room = self.window - len(self._flying)
        chosen = [seq for seq in self._repeats[: max(room, 0)] if seq not in self._flying]
        del self._repeats[: max(room, 0)]
        top = min(self.head, self._base + self._limit, self._cursor + max(room - len(chosen), 0))
        if top > self._cursor:
            self._progress_at = now if self._idle() else self._progress_at
            chosen += range(self._cursor + 1, top + 1)
            self._cursor = top
        self._flying.update(chosen)
        return chosen

    def is_replay(self, seq: int) -> bool:
        """Whether `seq` goes out because of a resync (or was acknowledged long ago)."""
        return seq <= self._replay_to

    def puback(self, seq: int, now: float, *, accepted: bool = True) -> None:
        """The broker's answer to a publish of this connection."""
        self._flying.discard(seq)
        if not accepted:
            self.failed(seq, now)

    def failed(self, seq: int, now: float) -> None:
        """`seq` was not sent after all: go on from it, after a moment."""
        self._flying.discard(seq)
        self._cursor = min(self._cursor, seq - 1)
        self._hold_until = now + REFUSED_S

    def app_ack(self, stream: str, upto: int, now: float) -> AckResult:
        """The WMS has everything of `stream` up to `upto`."""
        if stream != self.stream:
            return AckResult.STALE
        if upto > self.head:
            return AckResult.FORK
        if upto > self._base:
            self._base = upto
            self._cursor = max(self._cursor, upto) if upto > self._replay_to else self._cursor
            self._progress_at, self._stalls, self._limit = now, 0, self.ahead
        if upto <= self.acked:
            return AckResult.STALE
        self.acked = upto
        return AckResult.PROGRESS

    def resync(self, from_seq: int, now: float) -> None:
        """Send everything from `from_seq` on again, whatever was acknowledged."""
        self._replay_to = max(self._cursor, from_seq - 1)
        self._cursor = self._base = min(max(from_seq - 1, 0), self.head)
        self._progress_at, self._stalls, self._limit = now, 0, self.ahead

    def resend(self, seq: int, now: float) -> bool:
        """Send one event again, out of turn: the answer to a message sent twice. False: too soon, or not ours."""
        asked = self._once.get(seq)
        if not 0 < seq <= self.head or (asked is not None and now - asked < ONCE_S):
            return False
        if len(self._once) >= MAX_ONCE:
            self._once = {one: at for one, at in self._once.items() if now - at < ONCE_S}
        if len(self._once) >= MAX_ONCE or seq > self._cursor:
            return False  # under a storm, or on its way anyway
        self._once[seq] = now
        self._repeats.append(seq)
        return True

    def forked(self, stream: str) -> None:
        """A new stream begins at seq 1."""
        self.stream, self.acked, self.head = stream, 0, 0
        self._base = self._cursor = self._replay_to = 0
        self._flying.clear()
        self._repeats.clear()
        self._once.clear()

    def next_call(self, now: float) -> float:
        """When `take` may have something new without any news: seconds from now."""
        if not self.online:
            return STALL_MAX_S
        if now < self._hold_until:
            return self._hold_until - now
        if self._cursor <= self._base:
            return STALL_MAX_S
        return max(self._progress_at + self._patience() - now, 0.05)

    def _check_stall(self, now: float) -> None:
        """Without app ack the window is sent again; only the window, so that an absent WMS's queue does not fill."""
        waiting = self._cursor > self._base and not self._flying
        if waiting and now - self._progress_at >= self._patience():
            self._go_back(now)
            self._stalls += 1
            self._limit = self.window

    def _patience(self) -> float:
        return float(min(STALL_S * 2**self._stalls, STALL_MAX_S))

    def _idle(self) -> bool:
        return self._cursor == self._base

    def _go_back(self, now: float) -> None:
        self._flying.clear()
        self._cursor = self._base
        self._progress_at = now
