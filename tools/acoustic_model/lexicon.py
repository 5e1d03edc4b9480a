"""The words of the picking dialogue and how people pronounce them, native speakers and others.

In: `pronunciations.txt` (compiled from CMUdict) and `variants.txt` (by hand), both beside this file.
Out: pronunciations as tuples of ARPAbet phones for training, for the decoding graph, and for the texts to synthesise.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

Phones = tuple[str, ...]

#: Silence first (index 0), then the 39 phones of ARPAbet without stress, in alphabetical order.
PHONES: tuple[str, ...] = (
    "SIL",
    *"AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split(),
)
VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())

#: Every phrase a picker may say, the canonical one of each meaning and its synonyms alike.
COMMANDS: tuple[str, ...] = (
    *"ready,okay,confirm,correct,yes,affirmative,no,negative,cancel,say again,repeat,help,where,where is it".split(","),
    *"how many,what is it,what item,back,go back,skip,skip it,short,damaged,empty,undo,undo last,pause".split(","),
    *"take a break,resume,continue,go to sleep,wake up,louder,softer,quieter,faster,slower,sign on".split(","),
    *"sign in,sign out,sign off,next,next task,done,finished,override,tote full,wrong item,blocked".split(","),
    *"expired,not found,mismatch,oversize,other reason,no check digit,next line,message,terse,full,stop".split(","),
    *"supervisor,hand over,put back,start,left,right,up,down,on,off,go".split(","),
)
ONES: tuple[str, ...] = tuple("zero one two three four five six seven eight nine".split())
#: Other words for the digit 0.
ZEROS: tuple[str, ...] = ("zero", "oh", "nought")
TEENS: tuple[str, ...] = tuple(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
TENS: tuple[str, ...] = tuple("twenty thirty forty fifty sixty seventy eighty ninety".split())
LETTERS: tuple[str, ...] = tuple(
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey x-ray yankee zulu".split()
)
NOUNS: tuple[str, ...] = tuple(
    "aisle bay bin slot shelf level zone location pallet case cases piece pieces box boxes tote cart item label check "
    "digit digits serial lot number quantity task order line lines take put pick scan report change date weight print "
    "exit wait volume top bottom half point minus dash double triple".split()
)
#: Sounds of hesitation; they are trained, and decoded as out of vocabulary.
HESITATIONS: tuple[str, ...] = ("uh", "um", "er", "hmm")

LISTS = ("decoys", "general", "trade", "common")
"""Sections of `pronunciations.txt` besides the vocabulary."""
LONGEST_GENERAL = 8  # letters of the general words that the decoding graph knows

_HERE = Path(__file__).parent
_SECTION = re.compile(r"\[(\w+)\]")


@cache
def vocabulary() -> tuple[str, ...]:
    """Every word of the dialogue once, in the order of the lists above."""
    phrases = (*COMMANDS, *ONES, *ZEROS, *TEENS, *TENS, "hundred", "thousand", "and", *LETTERS, *NOUNS)
    return tuple(dict.fromkeys(word for phrase in phrases for word in phrase.split()))


@cache
def _sections() -> dict[str, dict[str, tuple[Phones, ...]]]:
    """`pronunciations.txt` by section (`vocabulary` and `LISTS`): word -> pronunciations."""
    return _read(_HERE / "pronunciations.txt")


@cache
def _variants() -> dict[str, dict[str, tuple[Phones, ...]]]:
    """`variants.txt` by section (`native`, `foreign`): word -> pronunciations."""
    return _read(_HERE / "variants.txt")


def _read(path: Path) -> dict[str, dict[str, tuple[Phones, ...]]]:
    """A file of sections; one word per line, its pronunciations separated by commas.

    Raises ValueError naming file and line at an unknown phone or a line before the first section.
    """
    sections: dict[str, dict[str, tuple[Phones, ...]]] = {}
    words: dict[str, tuple[Phones, ...]] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        if match := _SECTION.fullmatch(text):
            words = sections.setdefault(match[1], {})
            continue
        if words is None:
            raise ValueError(f"{path.name}:{number}: a word before the first [section]; add a section line above it")
        word, _, rest = text.partition(" ")
        spoken = tuple(tuple(part.split()) for part in rest.split(",") if part.strip())
        if unknown := {phone for phones in spoken for phone in phones} - set(PHONES):
            raise ValueError(
                f"{path.name}:{number}: {sorted(unknown)} are no ARPAbet phones; write e.g. `six S IH K S`"
            )
        words[word] = spoken
    return sections


def dictionary_pronunciations(word: str) -> tuple[Phones, ...]:
    """The careful pronunciations, as CMUdict has them. KeyError for a word of none of the sections."""
    for section in _sections().values():
        if word in section:
            return section[word]
    raise KeyError(f"no pronunciation of {word!r}; add it to pronunciations.txt or compile that file anew")


def without_r(phones: Phones) -> Phones:
    """The pronunciation of speakers who drop R unless a vowel follows, and say a final ER as a schwa (AH)."""
    kept: list[str] = []
    for index, phone in enumerate(phones):
        before_vowel = index + 1 < len(phones) and phones[index + 1] in VOWELS
        if phone == "R" and index > 0 and not before_vowel:
            continue
        last_of_long = phone == "ER" and index + 1 == len(phones) and len(phones) > 2
        kept.append("AH" if last_of_long else phone)
    return tuple(kept)


def careful_pronunciation(word: str, rng: random.Random) -> Phones:
    """One pronunciation for a synthesiser that is told the phones: as in the dictionary, rarely a reduced form."""
    return rng.choice(dictionary_pronunciations(word) if rng.random() < 0.92 else training_pronunciations(word))


@cache
def training_pronunciations(word: str) -> tuple[Phones, ...]:
    """How native speakers may say `word`: CMUdict, the same without R, and reduced forms. KeyError for unknown words.

    Use it for recordings whose phones are not known; recordings in a foreign accent carry their own phones.
    """
    base = dictionary_pronunciations(word)
    native = _variants().get("native", {}).get(word, ())
    spoken = (*base, *native)
    return tuple(dict.fromkeys((*spoken, *(without_r(phones) for phones in spoken))))


@cache
def pronunciations(word: str) -> tuple[Phones, ...]:
    """Every way to recognise `word`: `training_pronunciations` and those of foreign speakers."""
    return tuple(dict.fromkeys((*training_pronunciations(word), *_variants().get("foreign", {}).get(word, ()))))


@cache
def decoys() -> tuple[str, ...]:
    """About 1200 everyday words that are no part of the dialogue: the recogniser's way of not mishearing them."""
    return tuple(_sections()["decoys"])


@cache
def general_words() -> tuple[str, ...]:
    """More everyday and technical words, for training texts; the graph has the short ones."""
    return tuple(_sections()["general"])


@cache
def trade_words() -> tuple[str, ...]:
    """Words of warehouses, vehicles and machines that a site's own phrases are likely to hold."""
    return tuple(_sections()["trade"])


@cache
def common_words() -> tuple[str, ...]:
    """What else is frequent in English: the letters, and words that a site's own phrases may hold."""
    return tuple(_sections()["common"])


@cache
def decode_words() -> tuple[str, ...]:
    """The words of the decoding graph: the vocabulary, hesitations, decoys, and words for phrases of a site's own.

    Of the general words the short ones: the model must stay under 3 MB.
    """
    general = (word for word in general_words() if len(word) <= LONGEST_GENERAL)
    return tuple(dict.fromkeys((*vocabulary(), *HESITATIONS, *decoys(), *trade_words(), *common_words(), *general)))


def compile_lexicon(cmudict: Path, lists: Mapping[str, Iterable[str]]) -> str:
    """The text of `pronunciations.txt`: words of CMUdict's file (stress marks and `(2)` allowed) by section.

    Words of the vocabulary stand nowhere else, nor do decoys. Words that CMUdict lacks are left out, except in the
    vocabulary, where they raise KeyError.
    """
    spoken: dict[str, list[str]] = {}
    for line in cmudict.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        plain = " ".join(re.sub(r"\d", "", phone) for phone in phones)
        entries = spoken.setdefault(re.sub(r"\(\d+\)$", "", word.lower()), [])
        if plain not in entries:
            entries.append(plain)
    spoken |= {"nought": ["N AO T"], "hmm": ["HH M", "M"], "er": ["ER", "AH"]}
    spoken |= {"barcode": ["B AA R K OW D"], "barcodes": ["B AA R K OW D Z"], "unblock": ["AH N B L AA K"]}
    spoken = {word: phones for word, phones in spoken.items() if any(phones)}
    sections = {"vocabulary": list(dict.fromkeys((*vocabulary(), *HESITATIONS)))}
    known = set(sections["vocabulary"])
    for name in LISTS:
        sections[name] = sorted({word for word in lists[name] if word in spoken} - known)
        known.update(sections["decoys"])
    lines = ["# Compiled from CMUdict (LICENCES.md) by lexicon.py; corrections belong into variants.txt."]
    for name, words in sections.items():
        lines += [f"[{name}]", *(f"{word} {', '.join(spoken[word])}" for word in words)]
    return "\n".join(lines) + "\n"


def main(cmudict: Path, *files: Path) -> None:
    """`python -m tools.acoustic_model.lexicon CMUDICT [DECOYS [GENERAL [TRADE [COMMON]]]]`.

    Writes `pronunciations.txt` anew. Without lists of words (files, separated by white space) the words of the present
    file are kept.
    """
    lists = {name: list(_sections()[name]) for name in LISTS[len(files) :]}
    lists |= {name: file.read_text(encoding="utf-8").split() for name, file in zip(LISTS, files, strict=False)}
    (_HERE / "pronunciations.txt").write_text(compile_lexicon(cmudict, lists), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
