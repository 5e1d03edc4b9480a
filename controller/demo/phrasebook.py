"""What a simulated wearer can expect to hear, how it sounds, and how he says things himself.

In: the words of a language, the labels of the shelves, a synthesiser. Out: sentences by likelihood, samples. It stands
for what people know: their language, what is written on bins, and how the voice in their ear speaks.
"""

from __future__ import annotations

import csv
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import Final, Literal

from controller.core.places import Location
from controller.core.speech import Prompt, Spelled, Value, Word
from controller.settings import Settings
from controller.voice.ear.pcm import from_bytes, resample
from controller.voice.language import Language
from controller.voice.mouth import pcm
from controller.voice.mouth.earcons import Earcon, sound
from controller.voice.mouth.synth import Synth
from firmware_sim.headset import MIC_RATE
from firmware_sim.wearer.person import Situation
from firmware_sim.wearer.understanding import Sentence

PLAIN: Final = (
    *("sign_on", "no_work", "paused", "paused_by_host", "stopped", "asleep", "last_line", "check_digits", "say_ready"),
    *("scan_location", "scan_item", "lamp_dead", "bin_busy", "too_early", "unproven", "count_back", "short_quantity"),
    *("short_reason", "sign_out_sure", "task_picked", "locked", "task_cancelled", "task_taken", "line_cancelled"),
    *("line_changed", "wrong_scan", "at_limit", "item_hint"),
)
"""Sentences without values."""
MOST_LINES: Final = 9
USUAL: Final = (*range(1, 21), 24, 25, 30, 40, 50, 60, 100, 120, 200)
ALL: Final = (*range(1, 61), 70, 75, 80, 90, 100, 110, 120, 144, 150, 200, 250, 300, 400, 500)
"""Quantities that one reckons with first, and at all."""
OPEN: Final = ("help", "hint", "message", "task_picked_to", "serial", "lot")
"""Sentences that go on in a way nobody can know beforehand."""
TWO: Final[Mapping[str, tuple[Value, Value]]] = {
    "words": ("ready", "skip"),
    "text": ("Apples", "Early shift"),
    "container": (Spelled("7"), Spelled("B")),
    "length": (3, 4),
}
NO_UNIT: Final = "EA"

_one_at_a_time = threading.Lock()


@dataclass(slots=True)
class Part:
    """What the label of a bin says about its contents."""

    text: str
    unit: str
    sku: str
    handling: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """`id` as the synthesiser calls it; words per minute, 80–400; volume 0–100."""

    id: str
    rate_wpm: int
    volume: int = 100


@dataclass
class Phrasebook:
    """Of one wearer. `own`: how he speaks; `mouth`: the voice in his ear."""

    language: Language
    style: Literal["full", "terse"]
    own: Voice
    mouth: Voice
    synth: Synth
    settings: Settings
    parts: Mapping[str, Sequence[Part]]
    _tiers: dict[Situation, tuple[Sequence[Sentence], ...]] = field(default_factory=dict)
    _spoken: dict[str, bytes] = field(default_factory=dict)

    # ---- hearing ----------------------------------------------------------------------------------------------------

    def heard_as(self, text: str) -> bytes:
        """How the mouth says it, in his ear."""
        with _one_at_a_time:
            return pcm.louder(self.synth.speak(text, self.mouth.id, self.mouth.rate_wpm), self.mouth.volume)

    def beeps(self) -> dict[str, bytes]:
        return {earcon.value: pcm.louder(sound(earcon), self.mouth.volume) for earcon in Earcon}

    def expected(self, now: Situation) -> Sequence[Sequence[Sentence]]:
        """The likeliest sentences, with those known only by their beginning; possible ones; unlikely ones."""
        if now not in self._tiers:
            self._tiers[now] = (
                (*_once(self._likely(now)), *(self._open(key) for key in OPEN)),
                tuple(_once(self._possible(now))),
                tuple(self._sentence("wrong_digits", said=Spelled(f"{digits:02}")) for digits in range(100)),
            )
        return self._tiers[now]

    def _likely(self, now: Situation) -> Iterator[Sentence]:
        yield from (self._sentence(key) for key in PLAIN)
        for key in ("task", "task_urgent", "lines_left"):
            yield from (self._sentence(key, lines=count) for count in range(1, MOST_LINES + 1))
        bins = self.settings.site().locations.values()
        yield from (self._sentence("aisle", aisle=aisle) for aisle in sorted({x.aisle for x in bins if x.aisle}))
        yield from self._places(x for x in bins if _near(x, now.aisle))
        if now.said:
            yield self._sentence("wrong_digits", said=Spelled(now.said))
        for location in now.locations:
            yield self._sentence("digits_hint", location=Spelled(location))
            yield from self._pick(location, USUAL)
        if now.short is not None:
            yield from self._sure(now, [now.short])
        if now.last is not None:
            yield from self._undo(now, [now.last])

    def _possible(self, now: Situation) -> Iterator[Sentence]:
        yield from (self._sentence("wrong_digits", said=Spelled(heard)) for heard in _one_off(now.said))
        for location in now.locations:
            yield from self._pick(location, ALL)
        yield from self._places(x for x in self.settings.site().locations.values() if not _near(x, now.aisle))
        codes = sorted({code for parts in self.parts.values() for part in parts for code in part.handling})
        yield from (self._sentence("handling", handling=code) for code in codes)
        if now.locations:  # a question that he was misheard into as well
            yield from self._sure(now, range(13))
        if now.last is not None:
            yield from self._undo(now, range(31))

    def _places(self, bins: Iterable[Location]) -> Iterator[Sentence]:
        for place in bins:
            if place.shares_name or not place.bay:
                yield self._sentence("location", location=Spelled(place.location_id))
            elif place.level:
                yield self._sentence("bay_level", bay=place.bay, level=place.level)
            else:
                yield self._sentence("bay", bay=place.bay)

    def _pick(self, location: str, quantities: Iterable[int]) -> Iterator[Sentence]:
        parts = self.parts.get(location) or [Part("", NO_UNIT, "", ())]
        for count in map(Decimal, quantities):
            for part in parts:
                if part.text:
                    yield self._sentence("pick", quantity=count, unit=part.unit, text=part.text)
                yield self._sentence("pick_plain", quantity=count, unit=part.unit)
                yield self._sentence("remain", quantity=count, unit=part.unit)
                yield self._sentence("how_many", quantity=count, unit=part.unit)
        for part in parts:
            if part.text:
                yield self._sentence("what_is_it", text=part.text, sku=Spelled(part.sku))
            yield from (self._sentence("handling", handling=code) for code in part.handling)

    def _sure(self, now: Situation, quantities: Iterable[int]) -> Iterator[Sentence]:
        units = {part.unit for location in now.locations for part in self.parts.get(location, ())} or {NO_UNIT}
        for count in map(Decimal, quantities):
            for unit in sorted(units):
                for reason in ("EMPTY", "DAMAGED"):
                    yield self._sentence("short_sure", quantity=count, unit=unit, reason=reason)

    def _undo(self, now: Situation, quantities: Iterable[int]) -> Iterator[Sentence]:
        place = now.last_location or ""
        units = {part.unit for part in self.parts.get(place, ())} or {NO_UNIT}
        for count in map(Decimal, quantities):
            for unit in sorted(units):
                yield self._sentence("undo_sure", quantity=count, unit=unit, location=Spelled(place))

    def _sentence(self, key: str, **values: Value) -> Sentence:
        text = self.language.spoken(Prompt(key, tuple(values.items())), self.style)
        return Sentence(key, text, tuple((name, _plain(value)) for name, value in values.items()))

    def _open(self, key: str) -> Sentence:
        from controller.core.guide.talk.prompts import PROMPTS

        both = [self._sentence(key, **{name: TWO[name][n] for name in PROMPTS[key]}).text for n in (0, 1)]
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(*(text.split() for text in both), strict=False))
        return Sentence(key, " ".join(word for word, _ in alike).rstrip(",") or both[0], (), open_end=True)

    # ---- speaking ---------------------------------------------------------------------------------------------------

    def say(self, text: str) -> bytes:
        """For his microphone: 16 kHz, 16 bit."""
        if text not in self._spoken:
            with _one_at_a_time:
                spoken = self.synth.speak(text, self.own.id, self.own.rate_wpm)
            self._spoken[text] = resample(from_bytes(spoken), pcm.RATE, MIC_RATE).tobytes()
        return self._spoken[text]

    def word(self, word: str, random: Random) -> str:
        """One of the phrases for a command: mostly the usual one."""
        phrases = self.language.answers.words[Word(word)]
        return phrases[0] if random.random() < 0.8 else random.choice(phrases)

    def digits(self, digits: str, random: Random) -> str:
        names: defaultdict[str, list[str]] = defaultdict(list)
        for name, digit in self.language.answers.digits.items():
            names[digit].append(name)
        return " ".join(names[x][0] if random.random() < 0.9 else random.choice(names[x]) for x in digits)

    def number(self, number: int) -> str:
        return self.language.answers.numbers.phrases(number)[0]


def read_parts(path: Path | None) -> dict[str, list[Part]]:
    """Location -> what lies there, as printed on its label; empty without a file."""
    found: defaultdict[str, list[Part]] = defaultdict(list)
    if path is not None and path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                handling = tuple((row.get("handling") or "").split())
                for location in (row.get("locations") or "").split():
                    part = Part(row["description"], row.get("uom") or NO_UNIT, row["part"], handling)
                    found[location].append(part)
    return dict(found)


def _near(place: Location, aisle: str) -> bool:
    return not place.aisle or aisle in {"", place.aisle}


def _plain(value: Value) -> str:
    return value.text if isinstance(value, Spelled) else str(value)


def _one_off(said: str) -> Iterator[str]:
    """Digits of which one was misheard."""
    for at in range(len(said)):
        yield from (f"{said[:at]}{digit}{said[at + 1 :]}" for digit in "0123456789" if digit != said[at])


def _once(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Of sentences that are said alike, the first."""
    seen: set[str] = set()
    for sentence in sentences:
        if sentence.text not in seen:
            seen.add(sentence.text)
            yield sentence
