"""The whole configuration as typed, frozen structs: one per section of the settings file, one per row of its tables.

In: decoded TOML and CSV (see `load`). Out: `Settings`, and from it the `Site` that the core works with. Every
default and every bound stands here once; `config/pickbeam.example.toml` comments them for people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from controller.core.model import Colour, Pattern, PickerProfile, Policy, ShortReason, Site
from controller.core.places import CheckDigits, Location, told_apart
from controller.settings.voice import FileName, Headset, Voice

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z")]
"""Goes into MQTT topics: no dot, colon, slash or space."""
Zone = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z")]
URL_PATTERN = r"^mqtts?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?\Z"
Url = Annotated[str, Meta(pattern=URL_PATTERN)]
ReasonName = Literal[
    "EMPTY",
    "DAMAGED",
    "WRONG_ITEM",
    "BLOCKED",
    "EXPIRED_LOT",
    "QTY_MISMATCH",
    "NOT_FOUND",
    "OVERSIZE",
    "PICKER_ABORT",
    "OTHER",
]
ColourName = Literal["red", "green", "blue", "yellow", "magenta", "cyan", "white", "amber"]
PatternName = Literal["steady", "blink", "double", "pulse", "dim"]
"""The values of the core's enums, spelt out for the schema; a test holds them equal."""
MQTT_PORT, MQTTS_PORT = 1883, 8883


class Identity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[site]: who this controller is."""

    id: Id
    controller: Id
    timezone: Annotated[str, Meta(min_length=1, max_length=64)] = "UTC"


class Mqtt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[mqtt]: the broker between the WMS and us."""

    url: Url = "mqtt://127.0.0.1:1883"
    version: Literal["5", "3.1.1"] = "5"
    username: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    password_file: FileName | None = None
    ca_file: FileName | None = None
    cert_file: FileName | None = None
    key_file: FileName | None = None
    keepalive_s: Annotated[int, Meta(ge=5, le=300)] = 15
    embedded: bool = False

    @property
    def tls(self) -> bool:
        return self.url.startswith("mqtts:")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """1–65535; `load` has refused any other."""
        return urlsplit(self.url).port or (MQTTS_PORT if self.tls else MQTT_PORT)


class JournalSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[journal]: the database of facts."""

    path: FileName = "var/pickbeam.db"
    ballast_mb: Annotated[int, Meta(ge=0, le=1024)] = 16
    min_free_percent: Annotated[float, Meta(ge=0, le=50)] = 5
    snapshot_every_facts: Annotated[int, Meta(ge=100, le=10_000_000)] = 20_000
    keep_events_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    backup_path: FileName | None = None
    backup_every_h: Annotated[float, Meta(ge=0.1, le=720)] = 24


class Picking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[picking]: how this site picks; the core's `Policy` in seconds."""

    lines_lit: Annotated[int, Meta(ge=1, le=20)] = 1
    over_pick: bool = False
    short_reason: ReasonName = "QTY_MISMATCH"
    hand_over_after_s: Annotated[float, Meta(ge=0, le=3600)] = 10
    idle_release_s: Annotated[float, Meta(ge=10, le=86_400)] = 900
    lease_s: Annotated[float, Meta(ge=5, le=3600)] = 120
    max_open_tasks: Annotated[int, Meta(ge=1, le=100_000)] = 2_000
    max_lines: Annotated[int, Meta(ge=1, le=200)] = 200
    early_cancel_h: Annotated[float, Meta(ge=0, le=720)] = 24

    def policy(self, voice: Voice) -> Policy:
        return Policy(
            lines_lit=self.lines_lit,
            over_pick=self.over_pick,
            short_reason=ShortReason(self.short_reason),
            hand_over_after_ms=round(self.hand_over_after_s * 1000),
            idle_release_ms=round(self.idle_release_s * 1000),
            lease_ms=round(self.lease_s * 1000),
            max_open_tasks=self.max_open_tasks,
            max_lines=self.max_lines,
            early_cancel_ms=round(self.early_cancel_h * 3_600_000),
            rejects_before_hint=voice.rejects_before_hint,
            walk_ms_per_unit=voice.walk_ms_per_step,
            digits_grace_ms=round(voice.digits_grace_h * 3_600_000),
            count_all=voice.count == "always",
            early_proof=voice.early_digits,
        )


class Layout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[layout]: the tables beside the settings file. `parts` is for the WMS side and the demo."""

    locations: FileName = "locations.csv"
    modules: FileName = "modules.csv"
    parts: FileName | None = None
    elsewhere: FileName | None = None
    check_digits: FileName | None = None


class Bus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[bus]]: one serial line of modules. `port` is a device path or a pyserial URL."""

    id: Id
    port: Annotated[str, Meta(min_length=1, max_length=4096)]
    baud: Literal[115_200, 250_000, 500_000, 1_000_000] = 250_000
    latency_ms: Annotated[float, Meta(ge=0, le=50)] = 0


class Gpio(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[gpio]: who drives the pins of GPIO modules; `socket` is the bridge of the simulated ones."""

    factory: Literal["lgpio", "mock", "simulated"] = "lgpio"
    socket: FileName | None = None


class Scanner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[picker.scanner]: one person's barcode scanner. `port`: its serial line (USB scanners in their serial mode,
    Bluetooth ones with their cradle), or `keyboard:` and an event device. `prefix`, `suffix`: what it adds to a code.
    """

    port: Annotated[str, Meta(min_length=1, max_length=4096)]
    baud: Literal[9600, 19_200, 38_400, 57_600, 115_200] = 9600
    prefix: Annotated[str, Meta(max_length=32)] = ""
    suffix: Annotated[str, Meta(max_length=32)] = ""
    repeat_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500


class Picker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[picker]]: how the shelves speak to one person."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,32}\Z")]
    colour: ColourName
    pattern: PatternName
    letter: Annotated[str, Meta(pattern=r"^[A-Z0-9]\Z")]
    zones: Annotated[tuple[Zone, ...], Meta(min_length=1)]
    home: str | None = None
    signed_on: bool = False
    voice: Headset | None = None
    scanner: Scanner | None = None

    def profile(self) -> PickerProfile:
        return PickerProfile(
            self.id,
            Colour(self.colour),
            Pattern(self.pattern),
            self.letter,
            self.zones,
            self.home,
            self.signed_on,
            voice=self.voice is not None,
            scanner=self.scanner is not None,
        )


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[log]: `file` None = standard error, where systemd's journal reads it."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: FileName | None = None


class BusHost(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[bus_host]: where the buses are polled: in a process of their own or in a thread of the controller."""

    mode: Literal["process", "thread"] = "process"


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings file as written."""

    identity: Identity = field(name="site")
    mqtt: Mqtt = field(default_factory=Mqtt)
    journal: JournalSection = field(default_factory=JournalSection)
    picking: Picking = field(default_factory=Picking)
    layout: Layout = field(default_factory=Layout)
    buses: tuple[Bus, ...] = field(name="bus", default=())
    gpio: Gpio = field(default_factory=Gpio)
    pickers: tuple[Picker, ...] = field(name="picker", default=())
    voice: Voice = field(default_factory=Voice)
    log: Log = field(default_factory=Log)
    bus_host: BusHost = field(default_factory=BusHost)


class LocationRow(Struct, frozen=True, kw_only=True):
    """A row of locations.csv. `walk`: place in the walking order; `check_digits`: 2–4 digits or empty."""

    location: str
    zone: str
    walk: int
    aisle: str = ""
    bay: str = ""
    level: str = ""
    check_digits: str = ""

    def known_to_core(self, rotation: tuple[CheckDigits, ...] = ()) -> Location:
        return Location(
            self.location,
            self.zone,
            self.walk,
            self.check_digits,
            aisle=self.aisle,
            bay=self.bay,
            level=self.level,
            rotation=rotation,
        )


class Module(Struct, frozen=True, kw_only=True):
    """A row of modules.csv: `bus` and `address` (1–250) of a bus module, or the BCM pins of a GPIO module."""

    module: str
    location: str
    bus: str = ""
    address: int = 0
    led_pins: tuple[int, ...] = ()
    button_pin: int = -1


class Settings(Document, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings file, its tables, and where they came from. All file names are absolute here."""

    path: Path
    digest: str
    """SHA-256 over the settings file and its tables, hexadecimal."""
    locations: tuple[LocationRow, ...]
    modules: tuple[Module, ...]
    elsewhere: dict[str, str]
    """Locations of other controllers: location -> controller."""
    rotation: dict[str, tuple[CheckDigits, ...]] = field(default_factory=dict)
    """Location -> check digits that take turns, oldest first."""

    def site(self) -> Site:
        """The configured world of the core."""
        rows = self.locations
        places = told_apart(row.known_to_core(self.rotation.get(row.location, ())) for row in rows)
        return Site(
            site_id=self.identity.id,
            controller_id=self.identity.controller,
            locations={place.location_id: place for place in places},
            pickers={picker.id: picker.profile() for picker in self.pickers},
            zones=frozenset(row.zone for row in rows),
            policy=self.picking.policy(self.voice),
            capabilities=self._capabilities(),
            elsewhere=self.elsewhere,
        )

    def _capabilities(self) -> frozenset[str]:
        """What anybody here can do."""
        able = {
            "light": True,
            "voice": any(p.voice for p in self.pickers),
            "scan": any(p.scanner for p in self.pickers),
        }
        return frozenset(name for name, can in able.items() if can)

    def addresses(self, bus: str) -> dict[str, int]:
        """Module -> address, of one bus."""
        return {module.module: module.address for module in self.modules if module.bus == bus}

    def gpio_modules(self) -> tuple[Module, ...]:
        return tuple(module for module in self.modules if not module.bus)

    def module_at(self) -> dict[str, str]:
        """Location -> module; every location has exactly one."""
        return {module.location: module.module for module in self.modules}
