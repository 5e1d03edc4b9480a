"""How the station is: the figures behind `state/health` and the self-test.

In: the gate, the shelves, headsets and scanners, the journal, the system's own files. Out: `HealthParts`, sentences,
the site's UTC offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from controller.clock import Clock
from controller.core.model import TaskState
from controller.gate import Gate
from controller.headsets import WELL, Headsets
from controller.journal import Journal, Space
from controller.shelves import Shelves
from controller.wms.house import HealthParts

TEMPERATURE: Final = Path("/sys/class/thermal/thermal_zone0/temp")
LINK: Final = (
    *("up", "polls", "frames", "bad_frames", "duplicates", "gaps"),
    *("repairs", "late_replies", "collisions", "loss"),
)
"""What health tells of a bus; the rest of its counters are for technicians."""


def health(
    gate: Gate,
    shelves: Shelves,
    headsets: Headsets,
    journal: Journal,
    clock: Clock,
    *,
    scanners: Mapping[str, str],
    broken: str | None,
) -> HealthParts:
    """Everything the app knows of its health. `scanners`: picker -> how his scanner does."""
    state, stats = gate.committed, journal.stats()
    active = sum(1 for x in state.tasks.values() if x.state is TaskState.STARTED)
    shelf = shelves.health()
    errors = [*map(_module_error, shelf["modules"]["bad"]), *headsets.errors(), *_scanner_errors(scanners)]
    if broken is not None:
        errors.append(
            {"code": "STORAGE_FAILED", "level": "error", "ref": None, "hint": f"nothing is confirmed: {broken}"}
        )
    elif stats.space is not Space.OK:
        hint = f"{stats.free_mb} MB free: make room; new tasks are refused"
        errors.append({"code": "STORAGE_FULL", "level": "error", "ref": None, "hint": hint})
    mode = "failed" if broken is not None else "paused" if "ctl" in state.paused else "running"
    return HealthParts(
        mode=mode,
        paused=tuple(sorted(state.paused)),
        errors=tuple(errors),
        tasks={"open": len(state.tasks), "active": active},
        modules=shelf["modules"],
        db={
            "ok": broken is None,
            "commit_ms_p50": round(stats.commit_ms_p50, 2),
            "commit_ms_p99": round(stats.commit_ms_p99, 2),
            "free_mb": stats.free_mb,
            "wal_kb": stats.wal_kb,
        },
        sys=_system(clock) | {"buses": _links(shelf["drivers"])},
        voice=headsets.health(),
    )


def selftest(shelves: Shelves, journal: Journal) -> str:
    """One sentence about what can be tested without a person."""
    modules, stats = shelves.health()["modules"], journal.stats()
    lost = ", ".join(x["id"] for x in modules["bad"]) or "none"
    return f"modules {modules['ok']}/{modules['total']} (lost: {lost}); commit p99 {stats.commit_ms_p99:.1f} ms"


def offset_of(timezone: str) -> Callable[[int], str]:
    """Wall milliseconds -> the site's offset from UTC, such as +01:00. An unknown zone is UTC."""
    try:
        zone: Any = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC

    def offset(wall: int) -> str:
        return datetime.fromtimestamp(wall / 1000, zone).isoformat()[-6:]

    return offset


def _scanner_errors(scanners: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a technician has to look at. Who has no scanner any more goes on by lamp and voice where that will do."""
    return [
        {"code": "SCANNER_OFFLINE", "level": "warn", "ref": picker, "hint": how}
        for picker, how in scanners.items()
        if how not in WELL
    ]


def _module_error(bad: dict[str, Any]) -> dict[str, Any]:
    hint = {
        "NO_REPLY": "check its plug and the bus before it",
        "KEY_HELD": "a key hangs: free it or change the module",
        "ADDRESS_CLASH": "two modules share this address: give one another",
        "BUS_DOWN": "check the cable and the port of the bus",
    }.get(bad["fault"], bad["fault"])
    return {"code": "MODULE_OFFLINE", "level": "warn", "ref": bad["id"], "hint": f"{bad['loc']}: {hint}"}


def _links(drivers: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Bus -> how well its line works, counted since the bus was opened."""
    buses = {bus: counters for driver in drivers for bus, counters in driver.get("buses", {}).items()}
    return {bus: {name: counters[name] for name in LINK if name in counters} for bus, counters in buses.items()}


def _system(clock: Clock) -> dict[str, Any]:
    figures: dict[str, Any] = {"clock_sync": clock.synced()}
    try:
        figures["cpu_c"] = round(int(TEMPERATURE.read_text()) / 1000)
    except (OSError, ValueError):
        figures["cpu_c"] = None
    return figures
