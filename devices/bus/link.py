"""The host's end of one bus, without I/O.

In: the time, bytes that arrived, wanted pictures, acknowledgements. Out: bytes to send, events, when to call again.

Time is seconds of any monotonic clock, as float. The owner's loop is:

    link.received(port.read(), now)          whatever has arrived, before anything else
    while data := link.poll(now): port.write(data)
    for event in link.take_events(): …
    sleep until link.deadline or bytes arrive

Order of sending: lamp changes go before polls, but no poll waits for more than four lamp frames; SETs and QUERYs
alternate with polls. While something is lit or waits to be acknowledged, polls follow each other without a pause;
otherwise there is one every 20 ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from devices.bus import events as ev
from devices.bus.frames import LAST_ADDRESS, Ack, Event, Gpoll, Info, Query, Record, Set
from devices.bus.framing import Frame, Receiver
from devices.bus.inbox import Inbox
from devices.bus.line import GLITCH, PORT_LATENCY, Line
from devices.bus.pictures import Pictures, pack_picture
from devices.bus.polling import Outcome, Polling
from devices.bus.presence import Presence
from devices.bus.recorder import Recorder
from devices.bus.reports import check_addresses, counters, describe_info
from devices.bus.service_frames import Identify
from devices.errors import UnknownModule
from devices.model import Picture

IDLE_POLL: Final = 0.020  # s between polls while nothing is lit: 250 modules cost 2 % of a core
LAMPS_BEFORE_POLL: Final = 4  # lamp frames in a row: 50 lamps go out in one breath, presses wait 40 ms at most
EPOCH_VALID: Final = 1
EPOCH_WAIT: Final = 0.1  # s at the start to learn the modules' epoch: with a wrong one all of them would report a gap
BAUD: Final = 250_000


class Link:
    """Host of one bus. `cursors[addr] = (boot_id, ev_seq)` of the last durable event, from before a restart."""

    def __init__(
        self,
        addresses: Iterable[int],
        *,
        baud: int = BAUD,
        port_latency: float = PORT_LATENCY,
        now: float = 0.0,
        cursors: Mapping[int, tuple[int, int]] | None = None,
    ) -> None:
        known = check_addresses(addresses)
        self.recorder = Recorder()
        self.pictures = Pictures(known)
        self.inbox = Inbox(known, cursors or {})
        self.polling = Polling(known)
        self.presence = Presence(known, self.pictures.is_lit, now)
        self.line = Line(baud, port_latency, now)
        self._known = frozenset(known)
        self._receiver = Receiver()
        self._events: list[ev.LinkEvent] = []
        self._services: deque[Identify] = deque(maxlen=LAST_ADDRESS)
        self._poll_due = now
        self._lamps_in_row = 0
        self._unicast_last = False
        self._infos: dict[int, Info] = {}
        self._epoch_by: float | None = now + EPOCH_WAIT
        self._seq = 0
        self._counts = dict.fromkeys(("polls", "events", "keys", "overflows", "strangers"), 0)

    # ---- what the controller wants ----------------------------------------------------------------------------------

    def show(self, addr: int, picture: Picture) -> None:
        """The picture this module is to show from now on. Raises `UnknownModule`, `BadPicture`."""
        self._check(addr)
        self.pictures.want(addr, pack_picture(picture))

    def acknowledge(self, addr: int, boot_id: int, ev_seq: int, now: float) -> None:
        """This key event is durable; the module may forget it. Unknown or old ones are ignored."""
        self._check(addr)
        if self.inbox.done(addr, boot_id, ev_seq):
            self.pictures.key_done(addr, now)

    def identify(self, addr: int, seconds: int) -> None:
        """Let the module blink and show its address; 0 ends it. Not repeated if nobody answers."""
        self._check(addr)
        self._services.append(Identify(addr, self._next_seq(), min(max(seconds, 0), 255)))

    # ---- the line ---------------------------------------------------------------------------------------------------

    def received(self, data: bytes, now: float) -> None:
        """Bytes from the line, in any pieces."""
        if not data:
            return
        self.recorder.received(now, data)
        frames = self._receiver.feed(data)
        self.line.heard(len(data) - data.count(0), self._receiver.pending, now)
        for frame in frames:
            self._frame(frame, now)

    def poll(self, now: float) -> bytes | None:
        """The next frame, if the line is free and one is due; it must be written at once."""
        self._expire(now)
        if self.line.exchange is not None or now < self.line.free_at:
            return None
        frame = self._next(now)
        if frame is None:
            return None
        data = frame.to_bytes()
        self.recorder.sent(now, data)
        self.line.sent(frame, len(data), now, replies=isinstance(frame, Gpoll | Set | Query | Identify))
        return data

    @property
    def deadline(self) -> float:
        """Call `poll` no later than this; earlier calls do no harm."""
        line = self.line
        if line.exchange is not None:
            return line.exchange.deadline
        due = self.line.free_at if self._busy() else min(self._poll_due, self.presence.due, self.pictures.deadline())
        return max(line.free_at, due)

    def take_events(self) -> list[ev.LinkEvent]:
        """What has happened since the last call, in order."""
        taken, self._events = self._events, []
        return taken

    def take_infos(self) -> dict[int, dict[str, int | str]]:
        """What modules told about themselves since the last call, JSON-able."""
        taken, self._infos = self._infos, {}
        return {addr: describe_info(info) for addr, info in taken.items()}

    def line_away(self, now: float) -> None:
        """The port is gone: forget the exchange; every picture is sent again once the line is back."""
        self.line.close(now, answered=False)
        self.line.free_at = now
        self._receiver.forget()
        self.pictures.want_all_again()
        self.presence.line_away()
        self.presence.due = now
        if self._epoch_by is not None:
            self._epoch_by = now + EPOCH_WAIT

    def health(self) -> dict[str, int | float | list[int]]:
        """Counters since the start, JSON-able."""
        return counters(self) | self._counts | self._receiver.health()

    # ---- sending ----------------------------------------------------------------------------------------------------

    def _next(self, now: float) -> Frame | None:
        return self._lamps(now) or self._unicast(now) or self._group_poll(now)

    def _lamps(self, now: float) -> Frame | None:
        if self._lamps_in_row >= LAMPS_BEFORE_POLL or not self._epoch_known(now):
            return None
        batch = self.pictures.next_batch(self._seq, now, noisy=self.presence.noisy)
        if batch is not None:
            self._next_seq()
            self._lamps_in_row += 1
        return batch

    def _unicast(self, now: float) -> Frame | None:
        if self._unicast_last or self._lamps_in_row >= LAMPS_BEFORE_POLL:
            return None
        frame = self.pictures.next_set(now) or (self._services.popleft() if self._services else self._query(now))
        self._unicast_last = frame is not None
        return frame

    def _query(self, now: float) -> Query | None:
        addr = self.presence.next_query(now, any_lit=self.pictures.lit > 0)
        return None if addr is None else Query(addr, self._next_seq())

    def _group_poll(self, now: float) -> Gpoll | None:
        if now < self._poll_due and not self._busy():
            self._lamps_in_row, self._unicast_last = 0, False
            return None
        self._poll_due = now + IDLE_POLL
        self._lamps_in_row, self._unicast_last = 0, False
        self._counts["polls"] += 1
        lo, hi = self.polling.next_range()
        flags = EPOCH_VALID if self._epoch_by is None else 0
        return Gpoll(self._next_seq(), lo, hi, *self.inbox.next_ack(), flags, self.pictures.epoch)

    def _epoch_known(self, now: float) -> bool:
        if self._epoch_by is not None and now >= self._epoch_by:
            self._epoch_by = None
        return self._epoch_by is None

    def _busy(self) -> bool:
        """Polls follow each other without a pause."""
        waiting = self.pictures.lit or self.pictures.has_changes() or self._services
        return bool(waiting or self.inbox.has_work() or self.polling.busy())

    def _next_seq(self) -> int:
        self._seq = (self._seq + 1) & 0xFF
        return self._seq

    # ---- receiving --------------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame, now: float) -> None:
        src = getattr(frame, "src", None)
        if src not in self._known:
            self._counts["strangers"] += 1
            return
        answered = self.line.answers(frame)
        self._alive(src, getattr(frame, "boot_id", None), now)
        outcome = self._take(frame, now)
        if answered:
            exchange = self.line.close(now, answered=True)
            if exchange is not None:
                self._ended(exchange.request, outcome, src, now)

    def _take(self, frame: Frame, now: float) -> Outcome:
        match frame:
            case Event():
                return self._take_event(frame, now)
            case Ack():
                self.pictures.acked(frame.src, frame.status, frame.hash, now)
            case Info():
                self._learn_epoch(frame.epoch)
                self._infos[frame.src] = frame
                self.pictures.hash_seen(frame.src, frame.hash, now)
        return Outcome.REPLY

    def _take_event(self, event: Event, now: float) -> Outcome:
        self._counts["events"] += 1
        fresh = self.inbox.take(event)
        for record in fresh:
            self._record(event.src, event.boot_id, record, now)
        return Outcome.REPLY if fresh or not self.inbox.is_waiting(event.src) else Outcome.STALE

    def _record(self, addr: int, boot_id: int, record: Record, now: float) -> None:
        """Keys go to the controller, everything else is dealt with here and acknowledged at once."""
        if record.kind in ev.KEY_KINDS:
            self._counts["keys"] += 1
            self.pictures.key_used(addr)
            self._events.append(ev.key_event(addr, boot_id, record))
            return
        match record.kind:
            case ev.HELLO:
                self.pictures.hash_seen(addr, record.value, now)
            case ev.GAP:
                self.pictures.gap(addr, now)
                self.presence.frame_missed()
            case ev.KEY_IS_HELD:
                self._events.append(ev.LinkLost(addr, ev.KEY_HELD_FAULT))
            case ev.KEY_FREED:
                self._events.append(ev.LinkFound(addr, False))
            case ev.OVERFLOW:
                self._counts["overflows"] += record.value
        self.inbox.done(addr, boot_id, record.ev_seq)

    def _alive(self, addr: int, boot_id: int | None, now: float) -> None:
        found = self.presence.heard(addr)
        rebooted = boot_id is not None and self.inbox.seen_boot(addr, boot_id)
        if found or rebooted:
            self._events.append(ev.LinkFound(addr, rebooted))
        if rebooted:
            self.pictures.repair(addr, now)
        else:
            self.pictures.alive(addr, now)

    def _learn_epoch(self, epoch: int) -> None:
        if self._epoch_by is not None:
            self.pictures.epoch, self._epoch_by = epoch, None

    # ---- the end of an exchange -------------------------------------------------------------------------------------

    def _expire(self, now: float) -> None:
        exchange = self.line.exchange
        if exchange is None or now < exchange.deadline:
            return
        self.line.close(now, answered=False)
        self._receiver.forget()
        self._ended(exchange.request, Outcome.GARBAGE if exchange.noise > GLITCH else Outcome.SILENT, 0, now)

    def _ended(self, request: Frame, outcome: Outcome, src: int, now: float) -> None:
        answered = outcome in (Outcome.REPLY, Outcome.STALE)
        match request:
            case Gpoll():
                self.polling.ended(outcome, src, noisy=self.presence.noisy)
                if answered:
                    self._poll_due = now
            case Set():
                self.presence.exchange_ended(request.addr, answered=answered)
            case Query():
                self.presence.exchange_ended(request.addr, answered=answered)
                fault = None if answered else self.presence.missed(request.addr, outcome)
                if fault is not None:
                    self._events.append(ev.LinkLost(request.addr, fault))

    def _check(self, addr: int) -> None:
        if addr not in self._known:
            raise UnknownModule(f"address {addr} is not on this bus")
