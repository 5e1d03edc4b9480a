"""What a demo is to do: its options, and when which fault strikes.

In: options, a seed. Out: `Plan`, and per kind of fault the same series of strikes for the same seed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from controller.errors import UsageError

NOISY, UNPLUG, BROKER, KILL, HEADSET, VOICE = "noisy", "unplug", "broker", "kill", "headset", "voice"
FAULTS: Final = {
    NOISY: "the buses lose frames and flip bits all the time",
    UNPLUG: "the adapter of a bus vanishes and comes back",
    BROKER: "the broker is killed (-9): sessions and retained messages are gone",
    KILL: "the controller is killed (-9) and started again",
    HEADSET: "headsets come off and are put on again, fall silent, clip",
    VOICE: "the voice worker is killed (-9)",
}
CONSTANT: Final = frozenset({NOISY, HEADSET})
"""Left to those whom they befall; all others strike from here."""
MOMENT: Final = ""
"""A strike at a moment of time rather than at a point of the program."""
POINTS: Final = (
    "before_begin",
    "after_begin",
    "after_fact",
    "after_event",
    "after_receipt",
    "after_cursor",
    "before_commit",
    "after_commit",
    "before_resolve",
)
"""Where the journal can be made to die: each side of everything that a commit does."""
POINT_PASSINGS: Final = 15
"""A point is passed so often at most before it kills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One demo. `speed`: of the pickers, 1 = human; `limit_s`: the run is given up after so long."""

    site: Path
    folder: Path
    order_files: tuple[Path, ...]
    orders: int
    pickers: int
    speed: float
    seed: int
    faults: frozenset[str]
    broker: str | None
    """The URL of a running one; `site` = the one of the settings; None = embedded."""
    limit_s: float
    quick: bool
    voice: int = 0
    """How many of the pickers wear headsets and speak."""
    snr_db: float | None = None
    """Speech above the noise in their microphones; None = a quiet room."""


@dataclass(frozen=True, slots=True)
class Strike:
    """`after_s`: since what it strikes was ready; `for_s`: until it is mended; `point`: of the journal (with count)."""

    after_s: float
    for_s: float
    target: str = ""
    point: str = MOMENT


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many strikes, how far apart (s), how long each lasts (s)."""

    strikes: int
    apart: tuple[float, float]
    lasts: tuple[float, float]


FULL: Final = {
    UNPLUG: Rhythm(6, (2.0, 8.0), (0.5, 3.0)),
    BROKER: Rhythm(4, (3.0, 9.0), (0.2, 2.0)),
    KILL: Rhythm(8, (0.3, 6.0), (0.0, 0.5)),
    VOICE: Rhythm(2, (12.0, 20.0), (0.0, 0.0)),
}
QUICK: Final = {
    UNPLUG: Rhythm(3, (0.6, 2.0), (0.3, 1.0)),
    BROKER: Rhythm(2, (1.0, 2.5), (0.1, 0.5)),
    KILL: Rhythm(4, (0.3, 1.8), (0.0, 0.2)),
    VOICE: Rhythm(1, (7.0, 11.0), (0.0, 0.0)),
}


def strikes(plan: Plan, kind: str, targets: Sequence[str] = ("",)) -> Iterator[Strike]:
    """The strikes of one kind, none if it was not asked for."""
    if kind not in plan.faults or kind in CONSTANT:
        return
    rhythm, random = (QUICK if plan.quick else FULL)[kind], Random(f"{plan.seed} {kind}")
    for number in range(rhythm.strikes):
        after, lasts = random.uniform(*rhythm.apart), random.uniform(*rhythm.lasts)
        target, point = random.choice(targets), f"{random.choice(POINTS)}:{random.randint(1, POINT_PASSINGS)}"
        yield Strike(after, lasts, target, point if kind == KILL and number % 2 else MOMENT)


def wanted_faults(words: Iterable[str]) -> frozenset[str]:
    """From `--faults a,b --faults c`. Raises UsageError."""
    found = {part.strip() for word in words for part in word.split(",") if part.strip()}
    if "all" in found:
        found = (found - {"all"}) | set(FAULTS)
    if unknown := found - set(FAULTS):
        raise UsageError(f"--faults {min(unknown)}: one of {', '.join(FAULTS)}, or all")
    return frozenset(found)
