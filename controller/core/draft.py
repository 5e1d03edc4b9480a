"""A decision in the making.

In: the site, a state, one moment and the cause. Out: the facts (and cues) added so far, each already folded in, so
that a later rule sees what an earlier one decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from controller.core.evolve import evolve
from controller.core.facts import CommandDone, CommandRefused, Fact
from controller.core.model import Fault, Instant, RefusalClass, Site
from controller.core.state import State


@dataclass(frozen=True, slots=True)
class WrongBin:
    """Cue: somebody pressed where nothing was to be confirmed by him; the module says so for a moment."""

    location: str


Cue = WrongBin


class Draft:
    """Collects facts in order. Local to one decision; nothing of it survives."""

    __slots__ = ("cause", "cues", "facts", "now", "site", "state", "states")

    def __init__(self, site: Site, state: State, now: Instant, cause: str) -> None:
        self.site = site
        self.state = state
        self.now = now
        self.cause = cause
        self.facts: list[Fact] = []
        self.states: list[State] = []
        self.cues: list[Cue] = []

    def add(self, kind: type[Fact], **fields: Any) -> None:
        """Decides one fact of this kind, stamped with the present moment and cause."""
        fact = kind(at=self.now.wall, cause=self.cause, **fields)
        self.facts.append(fact)
        self.state = evolve(self.state, fact)
        self.states.append(self.state)

    def done(self, command: str, note: str | None = None) -> None:
        """Answers a command of the host: carried out."""
        self.add(CommandDone, command=command, note=note)

    def refuse(self, command: str, refusal: RefusalClass, *faults: Fault) -> None:
        """Answers a command of the host: refused, for all these reasons."""
        self.add(CommandRefused, command=command, refusal=refusal, faults=faults)
