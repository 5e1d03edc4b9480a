"""The controller: builds all parts, joins the doors to the gate, owns every task.

In: settings. Out: a running station until it is told to stop. The way through, for everything that happens:
door -> `Gate.take` -> `Station.decide` -> `Journal.submit` -> COMMIT -> `App.released` -> lamps, voices, WMS,
acknowledgement.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from controller import vitals
from controller.clock import Clock
from controller.core.facts import StreamForked
from controller.core.guide.lights import lights
from controller.core.inputs import TimePassed
from controller.core.model import Colour, Light, Pattern
from controller.core.state import State
from controller.core.station import Station
from controller.errors import StartError
from controller.gate import Arrival, Gate, Release
from controller.hardware import drivers, scanners
from controller.headsets import Headsets
from controller.journal import Journal, JournalError, JournalSettings, Restored
from controller.leaving import leave
from controller.settings import Settings
from controller.shelves import Reported, Shelves
from controller.wms.door import Door
from controller.wms.events import Projection
from controller.wms.house import HealthParts, House, Picture
from controller.wms.options import MqttOptions, Tls
from controller.wms.presence import Identity
from devices.events import DeviceEvent

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
"""Longest time without `TimePassed`."""
CHORES_S: Final = 1.0
"""How often it is looked whether a snapshot is due."""
TIDY_S: Final = 3600.0
CHECK_S: Final = 7 * 24 * 3600.0
CHECK_AFTER_CRASH_S: Final = 60.0
"""After a stop that was none the whole journal is read, once the station is at work again."""


class App:
    """One controller. `hook` is called at the named points of the journal's writer (tests die there on purpose)."""

    def __init__(self, settings: Settings, hook: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self.site = settings.site()
        self.clock = Clock()
        self._stop = asyncio.Event()
        self._failure: str | None = None
        self._broken: str | None = None
        self._group: asyncio.TaskGroup | None = None
        self._due: asyncio.TimerHandle | None = None
        self.journal = _open_journal(settings, hook)
        self.gate = Gate(
            Station(self.site),
            self.journal,
            Projection(self.site, settings.module_at(), vitals.offset_of(settings.identity.timezone)),
            self.clock,
            config=settings.digest[:8],
            released=self.released,
            broken=self.broken,
            repeat=self._repeat,
            spawn=self._spawn,
        )
        restored = self.gate.restore()
        self.shelves = Shelves(
            {row.module: row.location for row in settings.modules},
            drivers(settings, restored.cursors, self._heard),
            self._reported,
        )
        self.headsets = Headsets(settings, self.site, lambda happened: self.gate.take(Arrival(happened)))
        self.scanners = scanners(settings, lambda scanned: self.gate.take(Arrival(scanned)))
        self.door = self._make_door(restored)
        self._restored = restored

    async def run(self) -> None:
        """Until `stop` (or a fault that only a person can mend: StartError)."""
        try:
            async with asyncio.TaskGroup() as self._group:
                tasks = [
                    self._spawn(self.shelves.run(), "shelves"),
                    self._spawn(self.door.run(), "wms"),
                    self._spawn(self.headsets.run(), "headsets"),
                    self._spawn(self._tick(), "tick"),
                    self._spawn(self._keep_house(), "house"),
                ]
                tasks += [self._spawn(self.scanners.run(), "scanners")] if self.scanners else []
                self._begin()
                await self._stop.wait()
                if self._failure is None:
                    await leave(self.gate, self.door)
                await self.door.close()
                for task in tasks:
                    task.cancel()
                if self.gate.recovering is not None:
                    self.gate.recovering.cancel()
        finally:
            self.headsets.close()
            self.shelves.close()
            self.journal.close()
        if self._failure is not None:
            raise StartError(self._failure)

    def stop(self, failure: str | None = None) -> None:
        """Ends `run`; with a text, as a failure."""
        self._failure = self._failure or failure
        self._stop.set()

    # --- from the gate --------------------------------------------------------------------------------------------

    def released(self, release: Release) -> None:
        """After each commit: lamps and voices, then events, then what is momentary."""
        self._guide(release.state)
        if release.events:
            self.door.committed(release.events)
        for cue in release.cues:
            self.shelves.alarm(cue.location)
        self._wake_when_due()

    def broken(self, why: str | None) -> None:
        """The journal fails (every lit lamp turns to a warning and confirms nothing), or works again."""
        self._broken = why
        if why is not None:
            warning = Light(Colour.AMBER, Pattern.BLINK, "STOP")
            self.shelves.show(dict.fromkeys(lights(self.gate.committed, self.site), warning))
            self.headsets.stop_work(self.gate.committed)

    def _guide(self, state: State) -> None:
        self.shelves.show(lights(state, self.site))
        self.headsets.show(state)

    # --- from the doors -------------------------------------------------------------------------------------------

    def _heard(self, event: DeviceEvent) -> None:
        self.shelves.heard(event)

    def _repeat(self, seq: int) -> None:
        self.door.resend(seq)

    def _reported(self, reported: Reported) -> None:
        self.gate.take(Arrival(reported.happened, reported.done, reported.cursor))

    def _fork(self, acked: int) -> None:
        stream = self.gate.fork(acked)
        log.error("the WMS has seen event %d, which this journal lost: new stream %s", acked, stream)
        self.door.forked(stream)

    def _picture(self) -> Picture:
        return Picture(self.gate.committed, self.gate.seqs, self.journal.stream, self.gate.committed_head)

    def _health(self) -> HealthParts:
        scanners = self.scanners.health() if self.scanners else {}
        parts = (self.gate, self.shelves, self.headsets, self.journal, self.clock)
        return vitals.health(*parts, scanners=scanners, broken=self._broken)

    def _twin(self, who: str) -> None:
        self.stop(
            f"DUPLICATE_IDENTITY: another controller runs as {self.site.controller_id} ({who}); is a card cloned?"
        )

    # --- tasks ----------------------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None], name: str = "repair") -> asyncio.Task[None]:
        assert self._group is not None
        return self._group.create_task(work, name=name)

    def _begin(self) -> None:
        """What was lit is lit again; then what the configuration and the journal's fate ask for at start."""
        if self._restored.quarantined is not None:
            log.error("the journal was damaged and set aside as %s", self._restored.quarantined)
        if (old := self._restored.forked) is not None:
            fact = StreamForked(at=self.clock.now().wall, cause="start", old=old.stream, head=old.head, acked=old.acked)
            self.gate.take(Arrival(fact))
        self._guide(self.gate.committed)
        self.gate.open()
        self._wake_when_due()

    async def _tick(self) -> None:
        while True:
            self.gate.take(Arrival(TimePassed()))
            await asyncio.sleep(TICK_S)

    def _wake_when_due(self) -> None:
        """Between ticks, for what pickers wait for."""
        due = self.gate.station.due(self.gate.committed)
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if due is not None:
            delay = max(0.0, (due - self.clock.steady()) / 1000)
            if delay < TICK_S:
                loop = asyncio.get_running_loop()
                self._due = loop.call_later(delay, lambda: self.gate.take(Arrival(TimePassed())))

    async def _keep_house(self) -> None:
        """Snapshots, tidying, backups, checks: everything that is nobody's wait."""
        section = self.settings.journal
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(TIDY_S, self._tidy), name="tidy")
            first = CHECK_S if self._restored.clean else CHECK_AFTER_CRASH_S
            group.create_task(_every(CHECK_S, self.journal.check, first), name="check journal")
            if section.backup_path is not None:
                group.create_task(_every(section.backup_every_h * 3600, self.journal.backup), name="backup")
            while True:
                await asyncio.sleep(CHORES_S)
                self.gate.snapshot_if_due(section.snapshot_every_facts)

    async def _tidy(self) -> None:
        if self._broken is None:
            self.journal.tidy()

    def _make_door(self, restored: Restored) -> Door:
        house = House(
            emit=lambda happened, done: self.gate.take(Arrival(happened, done)),
            events=self.journal.events,
            acked=self.journal.acked,
            next_session=lambda: asyncio.to_thread(self.journal.next_session),
            picture=self._picture,
            fork=self._fork,
            oldest=self.journal.oldest_seq,
            health=self._health,
            selftest=lambda: vitals.selftest(self.shelves, self.journal),
            duplicate_identity=self._twin,
        )
        identity = Identity(
            controller=self.site.controller_id,
            instance=secrets.token_hex(3),
            boot=restored.boots,
            sw=version("pickbeam"),
            last_exit="clean" if restored.clean else "crash",
            config=self.settings.digest,
        )
        journal = self.journal
        return Door(
            _mqtt_options(self.settings),
            self.site,
            identity,
            house,
            stream=journal.stream,
            head=journal.head,
            acked=journal.acked_seq,
        )


async def _every(seconds: float, work: Callable[[], Awaitable[object]], first: float | None = None) -> None:
    """Does it again and again. A failure is logged: the journal itself acts on damage at its next opening."""
    await asyncio.sleep(seconds if first is None else first)
    while True:
        try:
            await work()
        except JournalError:
            log.exception("a chore of the journal failed")
        await asyncio.sleep(seconds)


def _open_journal(settings: Settings, hook: Callable[[str], None] | None) -> Journal:
    section = settings.journal
    options = JournalSettings(
        backup=None if section.backup_path is None else Path(section.backup_path),
        ballast_mb=section.ballast_mb,
        min_free_percent=section.min_free_percent,
        keep_events_days=section.keep_events_days,
    )
    path = Path(section.path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Journal.open(path, options, hook=hook)
    except (JournalError, OSError) as error:
        raise StartError(f"the journal {path} cannot be opened: {error}") from error


def _mqtt_options(settings: Settings) -> MqttOptions:
    mqtt = settings.mqtt
    try:
        password = None if mqtt.password_file is None else Path(mqtt.password_file).read_text().strip()
    except OSError as error:
        raise StartError(f"[mqtt] password_file: {error}") from error
    tls = Tls(ca=mqtt.ca_file, cert=mqtt.cert_file, key=mqtt.key_file) if mqtt.tls else None
    return MqttOptions(
        host=mqtt.host,
        port=mqtt.port,
        version=mqtt.version,
        username=mqtt.username,
        password=password,
        tls=tls,
        keepalive=mqtt.keepalive_s,
    )
