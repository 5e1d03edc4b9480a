"""How alike two phrases sound.

In: phonetic spellings (IPA). Out: a distance, 0 = the same sound, about 1 = nothing in common.

An edit distance over sounds, where a substitution costs what the two sounds differ in (manner, place, voice; height,
backness, rounding), divided by the mean length. The weights are our own; they follow what a telephone band and noise
take away first: voicing (b/p), place of nasals and fricatives (m/n, f/s), unstressed vowels. They are held to known
pairs by tests/voice/test_lint.py.
"""
# ruff: noqa: RUF001 (phonetic letters look like other letters)

from __future__ import annotations

from functools import cache, lru_cache

ALIKE = 0.22
"""Nearer phrases are confused: fifteen/fifty have 0.13, blocked/locked 0.16, softer/faster 0.19."""
SAME = 0.07
"""Nearer phrases are the same to a recogniser."""

_PLACES = ("pbmɸβ", "fvɱʋ", "θð", "tdnszɹrlɾɬɫ", "ʃʒɻʈɖɳ", "cɟɲçjʎɕʑ", "kɡgŋxɣwɰ", "qɢʁʀχ", "hɦʔ")
_MANNERS = ("pbtdkɡgcɟqɢʔʈɖ", "mnŋɲɱɳ", "fvszʃʒθðxçɣhɦʁχʀβɸɕʑ", "lɹrɾjwɰʎʋɻɫɬ")
_VOICED = frozenset("bdɡgɟɢmnŋɲɱɳvzʒðɣɦʁβʑlɹrɾjwɰʎʋɻɫʀ")
_VOWELS = {
    **dict.fromkeys("iy", (1.0, 0.0)),
    **dict.fromkeys("ɪʏᵻ", (0.85, 0.2)),
    **dict.fromkeys("eø", (0.65, 0.0)),
    **dict.fromkeys("ɛœ", (0.4, 0.1)),
    **dict.fromkeys("æ", (0.2, 0.1)),
    **dict.fromkeys("aɐ", (0.05, 0.4)),
    **dict.fromkeys("əɜɚɝ", (0.5, 0.5)),
    **dict.fromkeys("ʌ", (0.35, 0.7)),
    **dict.fromkeys("ɑɒ", (0.05, 1.0)),
    **dict.fromkeys("ɔ", (0.35, 1.0)),
    **dict.fromkeys("oɤ", (0.65, 1.0)),
    **dict.fromkeys("ʊ", (0.85, 0.8)),
    **dict.fromkeys("uɯ", (1.0, 1.0)),
}
"""Vowel -> (height, backness), 0-1, as in the IPA chart."""
_ROUND = frozenset("yʏøœɔɒoʊu")
_MURMURED = frozenset("əɐɚɜ")
_WEAK = frozenset("əɐᵻɚ")
_FAINT = frozenset("hʔ")
_GLIDES = {"j": "iɪ", "w": "uʊ"}
_SOUNDS = frozenset("".join((*_PLACES, *_MANNERS))) | _VOWELS.keys()


def sounds(ipa: str) -> tuple[str, ...]:
    """The sounds of a phonetic spelling; stress, length and joins are left out, diphthongs and affricates are two."""
    return tuple(sign for sign in ipa if sign in _SOUNDS)


def syllables(ipa: str) -> int:
    """How many vowels; a diphthong counts as one, a murmured vowel behind another one (`slower`) for itself."""
    count, vowel = 0, False
    for sign in ipa:
        here = sign in _VOWELS
        count += here and (not vowel or sign in _MURMURED)
        vowel = here
    return count


@lru_cache(maxsize=1 << 16)
def distance(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Between two phrases as `sounds`; 0 = the same, about 1 = nothing in common."""
    row = [0.0]
    for sound in other:
        row.append(row[-1] + _presence(sound))
    for left in one:
        above, row = row, [row[0] + _presence(left)]
        for place, right in enumerate(other):
            row.append(
                min(
                    above[place] + difference(left, right),
                    above[place + 1] + _presence(left),
                    row[place] + _presence(right),
                )
            )
    mean = (len(one) + len(other)) / 2
    return row[-1] / mean if mean else 0.0


@cache
def difference(left: str, right: str) -> float:
    """Between two sounds, 0-1.2."""
    if left == right:
        return 0.0
    if left in _VOWELS and right in _VOWELS:
        (height, back), (height_2, back_2) = _VOWELS[left], _VOWELS[right]
        rounded = (left in _ROUND) != (right in _ROUND)
        return 0.7 * abs(height - height_2) + 0.4 * abs(back - back_2) + 0.1 * rounded
    if left in _VOWELS or right in _VOWELS:
        glide, vowel = (right, left) if left in _VOWELS else (left, right)
        return 0.3 if vowel in _GLIDES.get(glide, "") else 1.2
    manner = 0.6 if _class(left, _MANNERS) != _class(right, _MANNERS) else 0.0
    place = 0.07 * abs(_class(left, _PLACES) - _class(right, _PLACES))
    voice = 0.2 if (left in _VOICED) != (right in _VOICED) else 0.0
    return min(1.0, 0.05 + manner + place + voice)


@cache
def _presence(sound: str) -> float:
    """What it costs to hear a sound that is not there, or to miss one."""
    if sound in _FAINT:
        return 0.3
    if sound in _WEAK:
        return 0.5
    return 0.9 if sound in _VOWELS else 0.7


def _class(sound: str, classes: tuple[str, ...]) -> int:
    return next(number for number, members in enumerate(classes) if sound in members)
