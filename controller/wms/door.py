"""The WMS door: everything between the core and the broker.

In: MQTT messages, and what the app has committed. Out: core inputs through `House.emit`; the event stream, replies and
retained messages on the wire. Knows no journal and no shelves: the `House` is passed in.

    door = Door(options, site, identity, house, stream=…, head=…, acked=…)
    task group: door.run()
    after every COMMIT: door.committed(rows)
    at the end: await door.delivered(), await door.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from controller.core.facts import CommandDone, CommandRefused
from controller.core.model import Fault, RefusalClass, Site
from controller.wms import messages as m
from controller.wms.client import Client
from controller.wms.codec import DoorCommand
from controller.wms.connection import Message
from controller.wms.house import House, Row
from controller.wms.inbox import Inbox
from controller.wms.notices import Notices
from controller.wms.options import MqttOptions
from controller.wms.presence import Identity
from controller.wms.relay import AckResult, Relay
from controller.wms.snapshot import pages
from controller.wms.topics import Topics

BEAT_S = 1.0
"""Health is looked at, and sent when it changed, this often."""
RECENT = 512
"""Committed events kept in memory, so that the usual way to the wire does not read the outbox."""
REPLIES_FLYING = 4
MAX_REPLIES = 1000
"""Snapshot pages waiting to be sent: more than a full station has."""
ABSENT = frozenset({"offline", "lost"})
"""The WMS itself, or its broker, has said that it is not there."""
FAREWELL_S = 2.0
"""How long `close` waits for the broker to take `offline`."""


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Door:
    """`stream`, `head`, `acked` as the journal restored them. `stamp` gives wall milliseconds."""

    def __init__(
        self,
        options: MqttOptions,
        site: Site,
        identity: Identity,
        house: House,
        *,
        stream: str,
        head: int = 0,
        acked: int = 0,
        stamp: Callable[[], int] = wall_ms,
    ) -> None:
        clock = asyncio.get_running_loop().time
        self.topics = topics = Topics(site.site_id, site.controller_id)
        self.relay = relay = Relay(stream, acked=acked, head=head)
        self._house = house
        self._stamp = stamp
        self._clock = clock
        self._notices = Notices(
            identity=identity, site=site, topics=topics, house=house, relay=relay, stamp=stamp, clock=clock
        )
        options = replace(options, client_id=options.client_id or topics.client_id)
        self._client = Client(options, topics.inbound, self, self._notices.next_will)
        self._inbox = Inbox(site=site, topics=topics, house=house, desk=self, ack=self._client.ack, clock=clock)
        self._recent: dict[int, bytes] = {}
        self._flying: dict[int, int] = {}
        self._replies: deque[bytes] = deque(maxlen=MAX_REPLIES)
        self._reply_mids: set[int] = set()
        self._farewell: tuple[int, asyncio.Event] | None = None
        self._new_stream = False
        self._news = asyncio.Event()

    # --- for the app -----------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self._client.up

    @property
    def problem(self) -> str | None:
        """Why there is no connection to the broker, for people; None while there is one."""
        return self._client.problem

    @property
    def host(self) -> str:
        """The WMS's presence as last heard: online, offline, lost, unknown."""
        return self._notices.host

    async def run(self) -> None:
        """Until `close`; outlives every failure of the broker and of the network."""
        async with asyncio.TaskGroup() as group:
            beat = group.create_task(self._beat(), name="wms beat")
            await self._client.run()
            beat.cancel()

    async def delivered(self) -> None:
        """Until the WMS has acknowledged every event, or is known not to be there to do it."""
        while self.connected and self.host not in ABSENT and self.relay.acked < self.relay.head:
            self._news.clear()
            await self._news.wait()

    async def close(self) -> None:
        """Says `offline`, waits for the broker to have it, disconnects."""
        mid = self._client.publish(*self._notices.offline(), retain=True)
        if mid is not None:
            taken = asyncio.Event()
            self._farewell = (mid, taken)
            with contextlib.suppress(TimeoutError):  # the will says as much
                async with asyncio.timeout(FAREWELL_S):
                    await taken.wait()
        await self._client.close()

    def committed(self, rows: Iterable[Row]) -> None:
        """These events are durable, in the order of their seq: send them."""
        for row in rows:
            if self._new_stream and row.seq != 1:
                continue  # was on its way to the disk when its stream ended
            self._new_stream = False
            self._recent[row.seq] = row.body
            self.relay.head = max(self.relay.head, row.seq)
        while len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
        self._notices.progress(acked=False)
        self.publish_pending()

    def resend(self, seq: int) -> bool:
        """Publishes an old answer again: a task or command came twice. At most once a second for each."""
        wanted = self.relay.resend(seq, self._clock())
        self.publish_pending()
        return wanted

    def forked(self, stream: str) -> None:
        """A new stream begins; `committed` tells of its first event."""
        self.relay.forked(stream)
        self._new_stream = True
        self._recent.clear()
        self._flying.clear()
        self._notices.progress(acked=True)
        self.announce()

    def announce(self) -> None:
        """Publishes the retained messages."""
        if self._client.up:
            self._notices.announce(self._client, self._inbox)

    def publish_pending(self) -> None:
        """Publishes whatever the relay allows, and waiting replies."""
        seqs = self.relay.take(self._clock())
        for position, seq in enumerate(seqs):
            body = self._body(seq)
            mid = None if body is None else self._client.publish(self.topics.event, body)
            if mid is None:
                for unsent in reversed(seqs[position:]):
                    self.relay.failed(unsent, self._clock())
                break
            self._flying[mid] = seq
        while self._replies and len(self._reply_mids) < REPLIES_FLYING:
            mid = self._client.publish(self.topics.reply, self._replies[0])
            if mid is None:
                break
            self._reply_mids.add(mid)
            self._replies.popleft()

    # --- the client's news (Link) ----------------------------------------------------------------------------------

    def on_up(self, *, session_present: bool) -> None:
        self._notices.session_present = session_present
        self.announce()
        self.relay.connected(self._clock())
        self.publish_pending()

    def on_down(self, _why: str) -> None:
        self.relay.disconnected()
        self._news.set()
        self._flying.clear()
        self._reply_mids.clear()

    def on_message(self, message: Message, generation: int) -> None:
        self._inbox.receive(message, generation)

    def on_puback(self, mid: int, *, accepted: bool) -> None:
        seq = self._flying.pop(mid, None)
        if seq is not None:
            self.relay.puback(seq, self._clock(), accepted=accepted)
        self._reply_mids.discard(mid)
        if self._farewell is not None and self._farewell[0] == mid:
            self._farewell[1].set()
        if seq is not None or self._replies:
            self.publish_pending()

    # --- the inbox's desk ------------------------------------------------------------------------------------------

    def take_ack(self, ack: m.Ack) -> None:
        match self.relay.app_ack(ack.stream, ack.upto, self._clock()):
            case AckResult.PROGRESS:
                self._notices.progress(acked=True)
                self._house.acked(self.relay.acked)
            case AckResult.FORK:
                self._house.fork(ack.upto)
            case AckResult.STALE:
                pass
        self._news.set()
        self.publish_pending()

    def own_presence(self, payload: bytes) -> None:
        self._notices.own_presence(payload)

    def host_presence(self, presence: m.HostPresence) -> None:
        self._notices.host_presence(presence)
        self._news.set()

    def carry_out(self, command: DoorCommand, done: Callable[[], None]) -> None:
        match command:
            case m.Resync():
                self._resync(command, done)
            case m.Snapshot():
                self._snapshot(command, done)
            case m.Announce():
                self.announce()
                self._done(command, None, done)
            case m.SelfTest():
                self._done(command, self._house.selftest(), done)

    # --- helpers ---------------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Everything that comes from time alone."""
        while True:
            await asyncio.sleep(min(BEAT_S, self.relay.next_call(self._clock())))
            self.publish_pending()
            if self._client.up:
                self._notices.refresh(self._client, self._inbox)

    def _body(self, seq: int) -> bytes | None:
        """The event as it is to be sent; a repeated one says so."""
        body = self._recent.get(seq)
        if body is None:
            rows = self._house.events(seq, 1)
            body = rows[0].body if rows and rows[0].seq == seq else None
        if body is not None and self.relay.is_replay(seq):
            return body[:-1] + b',"replay":true}'
        return body

    def _resync(self, command: m.Resync, done: Callable[[], None]) -> None:
        oldest, head = self._house.oldest(), self.relay.head
        if command.stream != self.relay.stream:
            fault = Fault("STREAM_UNKNOWN", "$.stream", f"the stream is {self.relay.stream}", self.relay.stream)
            self._refuse(command, RefusalClass.DROP, fault, done)
        elif not oldest <= command.from_seq <= head + 1:
            detail = f"seq {oldest} to {head} can be sent; for what is older ask for a snapshot"
            self._refuse(command, RefusalClass.FIX, Fault("OUT_OF_RANGE", "$.from_seq", detail, str(oldest)), done)
        else:
            self.relay.resync(command.from_seq, self._clock())
            self._done(command, f"{command.from_seq} to {head}", done)
            self.publish_pending()

    def _snapshot(self, command: m.Snapshot, done: Callable[[], None]) -> None:
        picture = self._house.picture()
        answer = pages(picture, controller=self._notices.identity.controller, cause=command.id, at=self._stamp())
        self._replies.extend(answer)
        self._done(command, f"{len(answer)} pages as of seq {picture.head}", done)
        self.publish_pending()

    def _done(self, command: DoorCommand, note: str | None, done: Callable[[], None]) -> None:
        fact = CommandDone(at=self._stamp(), cause=command.id, command=_name(command), note=note)
        self._house.emit(fact, done)

    def _refuse(self, command: DoorCommand, refusal: RefusalClass, fault: Fault, done: Callable[[], None]) -> None:
        fact = CommandRefused(
            at=self._stamp(), cause=command.id, command=_name(command), refusal=refusal, faults=(fault,)
        )
        self._house.emit(fact, done)


def _name(command: DoorCommand) -> str:
    return str(command.__struct_config__.tag)
