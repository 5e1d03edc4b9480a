"""Labels of phones for HTS voices: what is around each, and where it stands in syllable, word and phrase.

In: words and their phones. Out: a row of features for each phone, and the label that RHVoice's `labelling.xml` makes of
it (the guesses at word classes, stress and accent are festival's, as RHVoice has them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from tools.acoustic_model.accents import stressed_vowel
from tools.acoustic_model.lexicon import VOWELS, Phones

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


def labelled(word: str, phones: Phones) -> Word:
    """A word with its syllables, which its place in the phrase asks for."""
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


def _places(phrases: list[Phrase]) -> tuple[list[_Place | None], list[str]]:
    """Where each phone stands, None for the silences, and its name."""
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
    return places, names


def features(phrases: list[Phrase]) -> list[dict[str, object]]:
    """What the labels say of each phone, the silences around phrases ("pau") included, by RHVoice's names."""
    places, names = _places(phrases)
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
