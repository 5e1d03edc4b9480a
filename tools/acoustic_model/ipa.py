# ruff: noqa: RUF001 - the letters of the phonetic alphabet are meant
"""Sounds of other languages as the phones that our model tells apart.

In: the international phonetic alphabet as espeak-ng writes it for a sentence of any language.
Out: per word its sounds, each with the phones that it may count as: whoever learns from it takes the likeliest.

A Spanish "a" is not quite AA, AE or AH. Which of them it is nearest to is for the model to find out; that the sound
before it is a T and the one behind it an S holds in every language.
"""

from __future__ import annotations

from typing import Final

#: What one sound may count as: runs of phones of the lexicon.
Readings = tuple[tuple[str, ...], ...]

_AS_WRITTEN: Final = dict(zip("ptkbdgfvszmnlw", "P T K B D G F V S Z M N L W".split(), strict=True))

#: `sound reading|reading`; phones of one reading are joined by `+`. The longest sound that fits is taken.
_TABLE: Final = """
a AA|AH|AE  ɑ AA|AH  ɐ AH|AA  ʌ AH|AA  æ AE|EH  ä AA|AH|AE  ɒ AA|AO
e EH|EY|IH  ɛ EH|AE  ə AH|IH|ER  ɜ ER|AH|EH  ɨ IH|IY|UH  ᵻ IH|AH  i IY|IH  ɪ IH|IY
o AO|OW|UH  ɔ AO|AA|OW  u UW|UH  ʊ UH|UW  ʉ UW|UH  ɵ UH|AO|AH  ɤ AH|UH  ɯ UH|IH|UW
y IY|UW|UH|IH  ø ER|UH|EH  œ ER|AH|EH  ɶ ER|AH|AE
ã AA+N|AH+N|AA|AH  ɐ̃ AH+N|AA+N|AH|AA  ẽ EH+N|EY+N|EY  ĩ IY+N|IY  õ OW+N|AO+N|OW  ũ UW+N|UW
ɑ̃ AA+N|AO+N|AA|AO|AA+NG  ɔ̃ AO+N|OW+N|AO|OW|AO+NG  ɛ̃ AE+N|EH+N|AE|EH|AE+NG  œ̃ AE+N|AH+N|AE|AH|ER+N
aɪ AY  aj AY|AA+Y|AA+IY  ai AY|AA+IY  aʊ AW  aw AW|AA+W  au AW|AA+UW  eɪ EY  ej EY|EH+Y  ei EY|EH+IY  ɛj EY|EH+Y
oɪ OY  oj OY|AO+Y  oi OY|AO+IY  ɔj OY|AO+Y  oʊ OW  ow OW|AO+W  ou OW|AO+UW  ɔw OW|AO+W  əʊ OW  ɔɪ OY
ɡ G  ɫ L  ɭ L  ʎ L+Y|Y|L  r R|D  ɾ R|D  ɹ R  ʀ R|HH  ʁ R|HH|G  ɻ R  ɚ ER  ɝ ER
ʃ SH  ʒ ZH  ʂ SH  ʐ ZH  ɕ SH  ʑ ZH  x HH|K  χ HH|K  h HH  ɦ HH  ħ HH  ç HH|SH|Y  ʝ Y|ZH|JH  ɣ G|HH|W
β V|B  ð DH|D  θ TH|T|S  ɸ F|HH  ɲ N+Y|N|NG  ŋ NG  ɱ M  ɳ N  j Y|IY  ʲ Y|  ɥ W|Y|UW  ʋ V|W  ɬ L|SH
tʃ CH  dʒ JH  tɕ CH  dʑ JH  ʈʂ CH  ɖʐ JH  ts T+S|T+TH|S  dz D+Z|Z  c K+Y|K|CH  ɟ G+Y|G|JH  ʈ T  ɖ D  q K  ʔ |
"""
#: Stress, length, ties and shades; not the tilde, which belongs to the sounds of the table.
_IGNORED: Final = frozenset("^ˈˌːˑ͡_-ʰ̥̩̯̪ˠʼ.‿ˤ̠|̞̝̻")


def _table() -> dict[str, Readings]:
    parts = _TABLE.split()
    told = {
        sound: tuple(tuple(reading.split("+")) if reading else () for reading in readings.split("|"))
        for sound, readings in zip(parts[::2], parts[1::2], strict=True)
    }
    return told | {sound: ((phone,),) for sound, phone in _AS_WRITTEN.items()}


_SOUNDS: Final = _table()
_LONGEST: Final = max(map(len, _SOUNDS))


def sounds(word: str) -> list[Readings]:
    """The sounds of one word. ValueError for a sign of the alphabet that is not in the table."""
    bare = "".join(sign for sign in word if sign not in _IGNORED)
    found: list[Readings] = []
    at = 0
    while at < len(bare):
        length = next((n for n in range(_LONGEST, 0, -1) if bare[at : at + n] in _SOUNDS), 0)
        if not length:
            raise ValueError(f"{word!r}: no phones are told for {bare[at]!r} (U+{ord(bare[at]):04X})")
        readings = _SOUNDS[bare[at : at + length]]
        if any(readings) and (not found or readings != found[-1]):  # a long consonant is one
            found.append(readings)
        at += length
    return found
