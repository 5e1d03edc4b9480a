"""Right, wrong or rejected: what the dialogue would have done with what the ear gave it.

In: utterances and what they should have meant. Out: tallies, and their percentages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from controller.voice.grammar import Utterance
from controller.voice.language import Meaning

Means = Callable[[str], Meaning | None]


class Outcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    """Accepted as something else: the costly one."""
    REJECTED = "rejected"
    """Not accepted, or nothing heard at all: the picker says it again."""


def judged(utterances: Iterable[Utterance], expected: Meaning, means: Means) -> tuple[Outcome, str]:
    """By the first accepted utterance: the dialogue acts on that. And why it was rejected, or what it was taken for."""
    why = "NOTHING_HEARD"
    for one in utterances:
        if one.accepted:
            right = means(one.text) == expected
            return (Outcome.RIGHT, "") if right else (Outcome.WRONG, one.text)
        why = one.why
    return Outcome.REJECTED, why


@dataclass(slots=True)
class Tally:
    """What became of `n` phrases. `forced`, `peer`: how many the recogniser without rejection, and the peer, had right
    (peer None: there is none).
    """

    n: int = 0
    right: int = 0
    wrong: int = 0
    rejected: int = 0
    forced: int = 0
    peer: int | None = None
    why: Counter[str] = field(default_factory=Counter)
    """Reasons of rejections, and `said > taken for` of wrong ones."""

    def count(self, outcome: Outcome, detail: str, said: str, *, forced: bool, peer: bool | None) -> None:
        self.n += 1
        self.right += outcome is Outcome.RIGHT
        self.wrong += outcome is Outcome.WRONG
        self.rejected += outcome is Outcome.REJECTED
        self.forced += forced
        if peer is not None:
            self.peer = (self.peer or 0) + peer
        if outcome is not Outcome.RIGHT:
            self.why[f"{said} > {detail}" if outcome is Outcome.WRONG else detail] += 1

    def percent(self, part: int) -> float:
        return 100.0 * part / self.n if self.n else 0.0

    def note(self) -> str:
        """`n=68, wrong 1.5, rejected 4.4 (UNKNOWN 2, LOW_CONFIDENCE 1), forced choice 98.5 %`."""
        reasons = ", ".join(f"{name} {count}" for name, count in self.why.most_common() if " > " not in name)
        rejected = f"rejected {self.percent(self.rejected):.1f}" + (f" ({reasons})" if reasons else "")
        forced = f"forced choice {self.percent(self.forced):.1f} %"
        return f"n={self.n}, wrong {self.percent(self.wrong):.1f}, {rejected}, {forced}"

    def confusions(self, most: int = 5) -> list[str]:
        """`nine > five` and the like, most frequent first."""
        return [name for name, _ in self.why.most_common() if " > " in name][:most]


def total(tallies: Sequence[Tally]) -> Tally:
    """All of them as one; the peer counts only where it heard all."""
    whole = Tally()
    for one in tallies:
        whole.n += one.n
        whole.right += one.right
        whole.wrong += one.wrong
        whole.rejected += one.rejected
        whole.forced += one.forced
        whole.why += one.why
    if tallies and all(one.peer is not None for one in tallies):
        whole.peer = sum(one.peer or 0 for one in tallies)
    return whole
