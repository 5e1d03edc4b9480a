"""Events of one bus: which are new, which are durable, which may the module forget.

In: EVENT frames and the controller's acknowledgements. Out: the records not seen before, and for each module the
highest ev_seq up to which everything is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from devices.bus.frames import Event, Record

SEQ_SPAN: Final = 255  # 1…255, then 1 again
HALF_SPAN: Final = 127  # a module queues 16, so anything further ahead is really behind


def is_after(seq: int, last: int) -> bool:
    """Is `seq` newer than `last` in the circle 1…255? 0 as `last` is before everything."""
    return 1 <= (seq - last) % SEQ_SPAN <= HALF_SPAN if last else True


class Mailbox:
    """The events of one module since its last start."""

    __slots__ = ("acked", "boot_id", "last", "waiting")

    def __init__(self, boot_id: int | None = None, acked: int = 0) -> None:
        self.boot_id = boot_id
        self.last = acked  # highest ev_seq handed on
        self.acked = acked  # everything up to here is done
        self.waiting: deque[list[int]] = deque()  # [ev_seq, done] in order, not yet covered by `acked`

    def restart(self, boot_id: int) -> None:
        self.boot_id, self.last, self.acked = boot_id, 0, 0
        self.waiting.clear()

    def accept(self, seq: int) -> bool:
        """True if this one is new; it then waits for `done`."""
        if not is_after(seq, self.last):
            return False
        self.last = seq
        self.waiting.append([seq, 0])
        return True

    def done(self, seq: int) -> bool:
        """One event needs no more keeping. True if that moved the acknowledgement."""
        before = self.acked
        for entry in self.waiting:
            if entry[0] == seq:
                entry[1] = 1
        while self.waiting and self.waiting[0][1]:
            self.acked = self.waiting.popleft()[0]
        return self.acked != before


class Inbox:
    """The mailboxes of one bus and the acknowledgements that are to go out."""

    def __init__(self, addresses: Iterable[int], cursors: Mapping[int, tuple[int, int]]) -> None:
        self.duplicates = 0
        self.gaps = 0
        self._boxes = {a: Mailbox(*cursors[a]) if a in cursors else Mailbox() for a in addresses}
        self._to_ack: dict[int, None] = {}
        self._undurable = 0

    def boot_id(self, addr: int) -> int | None:
        return self._boxes[addr].boot_id

    def seen_boot(self, addr: int, boot_id: int) -> bool:
        """Note the boot_id; True if the module has started anew since it was last heard."""
        box = self._boxes[addr]
        if box.boot_id == boot_id:
            return False
        known = box.boot_id is not None
        self._undurable -= len(box.waiting)
        self._to_ack.pop(addr, None)
        box.restart(boot_id)
        return known

    def take(self, event: Event) -> list[Record]:
        """The new records of a frame whose boot_id was noted; what is done already is acknowledged again."""
        box = self._boxes[event.src]
        fresh = []
        for record in event.records:
            if box.last and is_after(record.ev_seq, box.last % SEQ_SPAN + 1):
                self.gaps += 1
            if box.accept(record.ev_seq):
                fresh.append(record)
        self._undurable += len(fresh)
        self.duplicates += len(event.records) - len(fresh)
        if box.acked and not is_after(event.records[0].ev_seq, box.acked):
            self._to_ack[event.src] = None
        return fresh

    def done(self, addr: int, boot_id: int, seq: int) -> bool:
        """An event is durable, or needs no durability. False if it is not waited for."""
        box = self._boxes[addr]
        if box.boot_id != boot_id:
            return False
        waiting = len(box.waiting)
        if box.done(seq):
            self._undurable -= waiting - len(box.waiting)
            self._to_ack[addr] = None
            return True
        return False

    def next_ack(self) -> tuple[int, int, int]:
        """ack_addr, ack_seq, ack_boot for the next poll; zeroes where there is nothing to acknowledge."""
        if not self._to_ack:
            return 0, 0, 0
        addr = next(iter(self._to_ack))
        del self._to_ack[addr]
        box = self._boxes[addr]
        return addr, box.acked, (box.boot_id or 0) & 0xFF

    def is_waiting(self, addr: int) -> bool:
        """This module has events that were handed on and are not acknowledged by the controller."""
        return bool(self._boxes[addr].waiting)

    def has_work(self) -> bool:
        """Something is to be acknowledged, or will be soon."""
        return bool(self._to_ack) or self._undurable > 0

    def undurable(self) -> int:
        """Events handed on and not acknowledged by the controller."""
        return self._undurable
