"""The site of a demo: a site's own settings with everything outside this machine replaced by simulations.

In: a settings file, a work folder, a broker. Out: a settings file in the work folder that `pickbeam run` and
`pickbeam sim shelf` take; the paths in that folder.
"""

from __future__ import annotations

import fcntl
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, unquote, urlsplit

from controller.demo.toml_out import toml_of
from controller.errors import UsageError
from controller.settings import Settings, load

MARK: Final = ".pickbeam-demo"
"""In every work folder, so that nothing else is ever wiped."""
SOCKET_PATH_MAX: Final = 90
"""Linux allows 107 bytes for the path of a Unix socket; ours have names of up to 17 in the folder."""
HAND_OVER_S: Final = 3.0
WORN: Final = {"style": "terse", "rate_wpm": 200}
"""How headsets of the demo are set."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything of a demo lies. `lock`: held as long as the demo lives."""

    root: Path
    lock: IO[str] | None = None

    @property
    def settings(self) -> Path:
        return self.root / "pickbeam.toml"

    @property
    def journal(self) -> Path:
        return self.root / "journal.db"

    @property
    def wms(self) -> Path:
        return self.root / "wms.db"

    @property
    def shelf(self) -> Path:
        return self.root / "shelf.jsonl"

    @property
    def notes(self) -> Path:
        """The voice pickers' own book."""
        return self.root / "voice.jsonl"

    @property
    def sim(self) -> Path:
        return self.root / "sim"

    def headset(self, picker: str) -> Path:
        return self.sim / f"headset-{picker}.sock"

    def log(self, name: str) -> Path:
        return self.root / f"{name}.log"


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works: those who press, those who speak; ids. Others of the settings stay at home."""

    pressing: tuple[str, ...] = ()
    speaking: tuple[str, ...] = ()


NOBODY_SPEAKS: Final = Crew()


def crew_of(pickers: Sequence[Mapping[str, Any]], crew: Crew, folder: Folder) -> list[dict[str, Any]]:
    """The rows of the settings, those who press first; a simulated headset for everybody who speaks, and no other.

    The short style and a brisk voice are what people who do this all day ask for.
    """
    order = {name: place for place, name in enumerate((*crew.pressing, *crew.speaking))}
    found = []
    for row in sorted(pickers, key=lambda row: order.get(row["id"], len(order))):
        worn = {"device": f"unix:{folder.headset(row['id'])}", **WORN}
        rest = {key: value for key, value in row.items() if key != "voice"}
        found.append(rest | ({"voice": worn} if row["id"] in crew.speaking else {}))
    return found


def fresh_folder(root: Path) -> Folder:
    """An empty work folder; what an earlier demo left is gone. Raises UsageError for a folder in other use."""
    root = root.resolve()
    if len(str(root)) > SOCKET_PATH_MAX:
        raise UsageError(f"--dir {root}: {SOCKET_PATH_MAX} characters at most, for the sockets in it")
    if root.exists() and any(root.iterdir()) and not (root / MARK).exists():
        raise UsageError(f"--dir {root} is not empty, and not the folder of an earlier demo: name another one")
    root.mkdir(parents=True, exist_ok=True)
    lock = (root / MARK).open("a", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise UsageError(f"--dir {root}: another demo runs there; wait for it, or name another folder") from None
    for left in root.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        elif left.name != MARK:
            left.unlink()
    return Folder(root, lock)


def derive(
    source: Path,
    folder: Folder,
    mqtt: Mapping[str, Any] | None = None,
    *,
    site_id: str | None = None,
    hand_over_s: float = HAND_OVER_S,
    crew: Crew = NOBODY_SPEAKS,
) -> Settings:
    """Writes the demo's settings file and reads it back. None: as in the source. Raises SettingsError."""
    load(source)  # every fault of the site's own file is told by its own name
    document = tomllib.loads(source.read_text(encoding="utf-8"))
    derived = demo_document(document, source.parent.resolve(), folder, mqtt, site_id)
    derived["picker"] = crew_of(derived["picker"], crew, folder)
    derived["picking"]["hand_over_after_s"] = hand_over_s
    folder.settings.write_text(toml_of(derived), encoding="utf-8")
    return load(folder.settings)


def demo_document(
    document: Mapping[str, Any],
    home: Path,
    folder: Folder,
    mqtt: Mapping[str, Any] | None = None,
    site_id: str | None = None,
) -> dict[str, Any]:
    """The decoded settings of the demo. `home`: what relative file names of `document` count from."""
    layout = {"locations": "locations.csv", "modules": "modules.csv", **document.get("layout", {})}
    return {
        "site": document["site"] | ({} if site_id is None else {"id": site_id}),
        "mqtt": _absolute(document.get("mqtt", {}), home) if mqtt is None else dict(mqtt),
        "journal": {"path": str(folder.journal), "ballast_mb": 0, "min_free_percent": 0},
        "picking": dict(document.get("picking", {})),
        "layout": {key: str(home / name) for key, name in layout.items()},
        "bus": [{**bus, "port": str(folder.sim / f"bus-{bus['id']}")} for bus in document.get("bus", [])],
        "gpio": {"factory": "simulated", "socket": str(folder.sim / "gpio.sock")},
        "picker": [_without_scanner(row) | {"signed_on": "home" not in row} for row in document.get("picker", [])],
        "bus_host": document.get("bus_host", {"mode": "process"}),
        "voice": _voice(document.get("voice", {}), home, folder),
    }


def _without_scanner(picker: Mapping[str, Any]) -> dict[str, Any]:
    """A demo touches no real device, and its pickers scan nothing."""
    return {name: value for name, value in picker.items() if name != "scanner"}


def _voice(voice: Mapping[str, Any], home: Path, folder: Folder) -> dict[str, Any]:
    """[voice] with its files where they are, and recordings (if they are on) in the demo's folder."""
    files = {key: {code: str(home / name) for code, name in voice.get(key, {}).items()} for key in ("models", "words")}
    return {**voice, **files, "audio_folder": str(folder.root / "clips")}


def embedded_mqtt(port: int) -> dict[str, Any]:
    """[mqtt] for the broker of the demo, which speaks MQTT 3.1.1 only."""
    return {"url": f"mqtt://127.0.0.1:{port}", "version": "3.1.1", "keepalive_s": 5}


def given_mqtt(url: str, folder: Folder, version: str = "5") -> dict[str, Any]:
    """[mqtt] for `--broker URL`, which speaks MQTT `version`. Raises UsageError."""
    where = urlsplit(url)
    if where.scheme not in ("mqtt", "mqtts") or not where.hostname:
        raise UsageError(f"--broker {url}: mqtt://[user:password@]host[:port] or mqtts://…, or `site`")
    section = {"url": f"{where.scheme}://{where.netloc.rpartition('@')[2]}", "version": version}
    if where.username:
        section["username"] = unquote(where.username)
    if where.password:
        file = folder.root / "mqtt.password"
        file.touch(mode=0o600)
        file.write_text(unquote(where.password), encoding="utf-8")
        section["password_file"] = str(file)
    return section


def broker_url(settings: Settings) -> str:
    """The broker of a site, as the WMS side of the demo reaches it. Raises UsageError where it can not."""
    mqtt = settings.mqtt
    if mqtt.ca_file or mqtt.cert_file:
        raise UsageError("the demo's WMS knows no private certificates: name another broker with --broker, or none")
    if mqtt.username is None:
        return mqtt.url
    password = "" if mqtt.password_file is None else Path(mqtt.password_file).read_text(encoding="utf-8").strip()
    scheme, _, rest = mqtt.url.partition("://")
    return f"{scheme}://{quote(mqtt.username, safe='')}:{quote(password, safe='')}@{rest}"


def _absolute(mqtt: Mapping[str, Any], home: Path) -> dict[str, Any]:
    return {key: str(home / value) if key.endswith("_file") else value for key, value in mqtt.items()}
