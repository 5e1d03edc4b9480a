"""Who is misheard on what: counted from the journal's facts. No audio is needed, and none is kept.

In: facts in the order in which they happened. Out: `Report`, one `Hearing` per picker. What somebody had wanted to say
is inferred, never known: from the answer that was taken next at the same step, from what was taken back, and from check
digits that were right at the second try.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from controller.core.facts import (
    Fact,
    HeadsetDown,
    PhraseMisheard,
    PhraseTaken,
    PickUndone,
    ProofRefused,
    ProofTooEarly,
)
from controller.core.speech import Word
from controller.voice.grammar import UNKNOWN

KINDS = (PhraseTaken, PhraseMisheard, ProofRefused, ProofTooEarly, PickUndone, HeadsetDown)
"""What is read; everything else is passed over."""
RETRY_MS = 30_000
"""Said again within this: probably the same thing. Later it may be anything."""
REGRET_MS = 60_000
"""Taken back within this: the phrase may have been misheard. Later the picker has changed his mind."""
EVERYONE = ""
"""The picker of a report without names."""
BACK = frozenset({Word.NO.value, Word.CANCEL.value, Word.BACK.value})
ASIDE = frozenset(
    word.value
    for word in (
        *(Word.SAY_AGAIN, Word.HELP, Word.WHERE, Word.HOW_MANY, Word.WHAT_IS_IT, Word.LOUDER, Word.SOFTER),
        *(Word.FASTER, Word.SLOWER, Word.YES, Word.UNDO, Word.SIGN_OUT),
    )
)
"""Phrases that put nothing into the books or the way: taking back does not mean them."""
SHORTS = frozenset({Word.SHORT.value, Word.DAMAGED.value, Word.EMPTY.value})
NUMBERS = {"place": "check digits", "items": "item digits"}
"""Step -> what digits are there; at all other steps they are a quantity."""
QUANTITY = "quantity"
NOTHING = "(nothing)"
"""What was heard instead when nothing was understood."""


@dataclass(slots=True)
class Said:
    """One thing that is said. `rejected` at first, `corrected` later; `lowest` and `mean` confidence 0–1."""

    heard: int = 0
    rejected: int = 0
    corrected: int = 0
    lowest: float = 1.0
    total: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.heard if self.heard else 0.0

    @property
    def trouble(self) -> float:
        """Share of attempts that went wrong."""
        return (self.rejected + self.corrected) / max(1, self.heard + self.rejected)


@dataclass(slots=True)
class Early:
    """Check digits that came sooner than the way takes. `soonest`: the least share of the way's time, 0–1."""

    times: int = 0
    refused: int = 0
    soonest: float = 1.0


@dataclass(slots=True)
class Hearing:
    """What was heard of one picker. `reasons`: why things were rejected; `pairs`: (meant, heard as);
    `digits`: (right, heard) of one digit; `steps`: where it was rejected.
    """

    picker: str
    words: dict[str, Said] = field(default_factory=lambda: defaultdict(Said))
    reasons: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    digits: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    wrong_proofs: Counter[str] = field(default_factory=Counter)
    """Location -> check digits that were wrong there."""
    early: dict[str, Early] = field(default_factory=lambda: defaultdict(Early))
    headset_faults: Counter[str] = field(default_factory=Counter)

    @property
    def heard(self) -> int:
        return sum(said.heard for said in self.words.values())

    @property
    def rejected(self) -> int:
        return sum(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Report:
    """`since`, `until`: wall milliseconds of the first and last fact, None without any."""

    hearings: Mapping[str, Hearing]
    since: int | None
    until: int | None


def report(facts: Iterable[Fact], picker: str | None = None, *, aggregate: bool = False) -> Report:
    """Of all pickers, of one, or (`aggregate`) of all together without a name."""
    counts: dict[str, _Counting] = {}
    since = until = None
    for fact in facts:
        who = getattr(fact, "picker", None)
        if not isinstance(fact, KINDS) or who is None or picker not in {None, who}:
            continue
        since, until = fact.at if since is None else since, fact.at
        counts.setdefault(who, _Counting(Hearing(who))).take(fact)
    found = {who: counts[who].done() for who in sorted(counts)}
    if aggregate:
        found = {EVERYONE: _merged(found.values())} if found else {}
    return Report(found, since, until)


class _Counting:
    """Reads one picker's facts in order. `_open`: rejected, waiting for what was meant; `_done`: can be taken back;
    `_refused`: the wrong digits of `_wrong`.
    """

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._open: list[PhraseMisheard] = []
        self._last: PhraseTaken | None = None
        self._done: PhraseTaken | None = None
        self._short = ""
        self._wrong: ProofRefused | None = None
        self._refused: PhraseTaken | None = None

    def take(self, fact: Fact) -> None:
        match fact:
            case PhraseTaken():
                self._settle_digits()
                self._taken(fact)
            case PhraseMisheard():
                self._hearing.reasons[fact.why] += 1
                self._hearing.steps[fact.step] += 1
                if fact.why != "NOT_ASKED":  # that was understood, and only out of place
                    self._open.append(fact)
            case ProofRefused():
                self._hearing.wrong_proofs[fact.location] += 1
                self._wrong, self._refused = fact, self._last
            case ProofTooEarly():
                early = self._hearing.early[fact.location]
                early.times += 1
                early.refused += fact.refused
                early.soonest = min(early.soonest, fact.after_ms / max(1, fact.walk_ms))
            case PickUndone():
                self._regret(self._done, fact.at)
            case HeadsetDown():
                self._hearing.headset_faults[fact.fault] += 1

    def done(self) -> Hearing:
        """The end: the last digits, if nobody refused them, were right."""
        self._settle_digits()
        return self._hearing

    def _taken(self, fact: PhraseTaken) -> None:
        meant = meaning(fact)
        said = self._hearing.words[meant]
        said.heard += 1
        said.total += fact.confidence
        said.lowest = min(said.lowest, fact.confidence)
        for missed in self._open:
            if missed.step == fact.step and fact.at - missed.at <= RETRY_MS and fact.meant not in ASIDE:
                said.rejected += 1
                self._hearing.pairs[meant, missed.text.replace(UNKNOWN, "").strip() or NOTHING] += 1
        self._open.clear()
        if fact.meant in BACK:
            self._taken_back(fact)
        elif fact.meant not in ASIDE:
            self._done = fact
            self._short = fact.meant if fact.meant in SHORTS else self._short
        self._last = fact

    def _taken_back(self, fact: PhraseTaken) -> None:
        """At a question it is the question's own word that was wrong, else what was done last."""
        if fact.step.startswith("short_"):
            word = self._short
        else:
            word = {"undo_sure": Word.UNDO.value, "sign_out_sure": Word.SIGN_OUT.value}.get(fact.step, "")
        if word:
            self._hearing.words[word].corrected += 1
        else:
            self._regret(self._done, fact.at)
        self._done = None

    def _regret(self, done: PhraseTaken | None, at: int) -> None:
        if done is not None and at - done.at <= REGRET_MS:
            self._hearing.words[meaning(done)].corrected += 1
        self._done = None

    def _settle_digits(self) -> None:
        """Wrong digits, then others that nobody refused: where one digit differs, it was misheard (or misread)."""
        last = self._last
        if self._wrong is None or last is None or last is self._refused or last.meant in ASIDE:
            return  # there is nothing to settle, or no other answer yet
        wrong, self._wrong = self._wrong, None
        if last.step != "place" or len(last.meant) != len(wrong.said) or last.at - wrong.at > RETRY_MS:
            return
        differ = [pair for pair in zip(last.meant, wrong.said, strict=True) if pair[0] != pair[1]]
        if len(differ) == 1 and last.meant.isdecimal():
            self._hearing.digits[differ[0]] += 1
            self._hearing.words[NUMBERS["place"]].corrected += 1


def meaning(fact: PhraseTaken) -> str:
    """A Word's value, or what kind of number it is."""
    return fact.meant if not fact.meant.isdecimal() else NUMBERS.get(fact.step, QUANTITY)


def _merged(hearings: Iterable[Hearing]) -> Hearing:
    whole = Hearing(EVERYONE)
    for one in hearings:
        for word, said in one.words.items():
            have = whole.words[word]
            whole.words[word] = Said(
                have.heard + said.heard,
                have.rejected + said.rejected,
                have.corrected + said.corrected,
                min(have.lowest, said.lowest),
                have.total + said.total,
            )
        for location, early in one.early.items():
            sum_ = whole.early[location]
            whole.early[location] = replace(
                sum_,
                times=sum_.times + early.times,
                refused=sum_.refused + early.refused,
                soonest=min(sum_.soonest, early.soonest),
            )
        for name in ("reasons", "pairs", "digits", "steps", "wrong_proofs", "headset_faults"):
            getattr(whole, name).update(getattr(one, name))
    return whole
