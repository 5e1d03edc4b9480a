"""Foreign accents of English as rules on phones: what a speaker makes of the sounds that the mother tongue lacks.

In: ARPAbet phones of a word, an accent, a random generator for the habits of one speaker.
Out: the phones that this speaker says: they are both the instruction for the synthesiser and the label for training.

The rules are textbook transfer (Swan & Smith, "Learner English"), each with the share of speakers who follow it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from tools.acoustic_model.lexicon import VOWELS, Phones

_UNVOICED = {"B": "P", "D": "T", "G": "K", "V": "F", "Z": "S", "JH": "CH", "ZH": "SH", "DH": "TH"}
_STOPS = frozenset("P T K B D G".split())


@dataclass(frozen=True, slots=True)
class Accent:
    """Habits of the speakers of one mother tongue.

    swaps: `phone>phones:share` separated by blanks; several for one phone exclude each other; `phones` joins several
    phones by `+` and may be empty.
    devoiced: share of speakers who unvoice the last consonant; dropped: who drop a stop at the end;
    vowel_before_s, vowel_at_end: who say "eskip" or "bigga", and that vowel.
    """

    voices: tuple[str, ...]
    swaps: str
    devoiced: float = 0.0
    dropped: float = 0.0
    vowel_before_s: float = 0.0
    vowel_at_end: float = 0.0
    end_vowel: str = "AH"


ACCENTS: dict[str, Accent] = {
    "german": Accent(
        ("de",),
        "TH>S:.45 TH>T:.15 TH>F:.1 DH>Z:.35 DH>D:.35 W>V:.5 AE>EH:.8 AH>AA:.4 JH>CH:.3 EY>EH:.2 OW>AO:.3 V>F:.1",
        devoiced=0.7,
    ),
    "spanish": Accent(
        ("es", "es-419"),
        "TH>T:.6 TH>S:.1 DH>D:.8 V>B:.6 Z>S:.9 IH>IY:.8 UH>UW:.8 AE>AA:.8 AH>AA:.7 AO>OW:.5 SH>CH:.3 JH>Y:.2 Y>JH:.2 "
        "ER>EH+R:.6 NG>N:.4 ZH>SH:.5",
        vowel_before_s=0.7,
        dropped=0.15,
    ),
    "french": Accent(
        ("fr", "fr-be", "fr-ch"),
        "TH>S:.5 TH>T:.2 TH>F:.15 DH>Z:.6 DH>D:.2 HH>:.6 IH>IY:.9 CH>SH:.3 JH>ZH:.4 AE>AA:.6 OW>AO:.5 EY>EH:.4 "
        "UH>UW:.8 NG>N+G:.2",
    ),
    "italian": Accent(
        ("it",),
        "TH>T:.7 TH>F:.1 DH>D:.8 HH>:.5 IH>IY:.8 AE>EH:.6 AH>AA:.7 UH>UW:.8 OW>AO:.4 NG>N+G:.4 ER>EH+R:.4 Z>S:.2",
        vowel_at_end=0.35,
    ),
    "polish": Accent(
        ("pl",),
        "TH>T:.3 TH>F:.3 TH>S:.2 DH>D:.5 DH>Z:.2 AE>EH:.7 AH>AA:.7 IH>IY:.3 ER>EH+R:.4 NG>N+K:.3 OW>AO:.3 UH>UW:.5",
        devoiced=0.6,
    ),
    "dutch": Accent(
        ("nl",), "TH>T:.35 TH>S:.25 DH>D:.6 DH>Z:.1 AE>EH:.8 V>F:.5 Z>S:.2 AH>AA:.2 IH>IY:.2 W>V:.2", devoiced=0.7
    ),
    "indian": Accent(
        ("hi", "bn", "ta", "te", "ur", "pa", "mr", "gu", "ml", "kn"),
        "TH>T:.9 DH>D:.9 W>V:.5 V>W:.25 Z>JH:.2 Z>S:.15 AO>AA:.4 AE>EH:.3 ZH>JH:.5 F>P:.1",
        vowel_before_s=0.15,
    ),
    "portuguese": Accent(
        ("pt", "pt-br"),
        "TH>T:.6 TH>S:.1 TH>F:.1 DH>D:.8 IH>IY:.8 AE>EH:.7 AH>AA:.4 UH>UW:.8 CH>SH:.2 JH>ZH:.2 OW>AO:.2 NG>N:.3",
        vowel_before_s=0.35,
        vowel_at_end=0.3,
        end_vowel="IY",
    ),
    "russian": Accent(
        ("ru", "uk", "bg"),
        "TH>S:.45 TH>T:.2 TH>F:.1 DH>Z:.5 DH>D:.3 W>V:.7 AE>EH:.8 IH>IY:.5 AH>AA:.6 ER>EH+R:.4 NG>N:.5 OW>AO:.5 "
        "UH>UW:.6",
        devoiced=0.7,
    ),
    "balkan": Accent(
        ("hr", "sr", "bs", "sk", "cs", "sl", "hu"),
        "TH>T:.5 TH>S:.2 DH>D:.8 W>V:.6 AE>EH:.8 IH>IY:.5 AH>AA:.7 ER>EH+R:.4 NG>N+G:.2 OW>AO:.4 UH>UW:.5",
        devoiced=0.35,
    ),
    "romanian": Accent(
        ("ro", "el"), "TH>T:.5 DH>D:.6 IH>IY:.7 AE>EH:.5 AH>AA:.7 OW>AO:.5 SH>S:.15 UH>UW:.7 ER>EH+R:.4", devoiced=0.15
    ),
    "turkish": Accent(
        ("tr",), "TH>T:.7 DH>D:.8 W>V:.7 AE>EH:.7 AH>AA:.5 OW>AO:.4 NG>N+K:.2 IH>IY:.3 ER>ER+R:.2", devoiced=0.5
    ),
    "chinese": Accent(
        ("cmn", "yue", "vi"),
        "TH>S:.6 TH>F:.1 DH>Z:.4 DH>D:.4 V>W:.35 V>F:.1 Z>S:.4 IH>IY:.7 AE>EH:.5 NG>N:.2 UH>UW:.6 ZH>SH:.3",
        dropped=0.35,
        vowel_at_end=0.15,
    ),
    "nordic": Accent(
        ("sv", "nb", "da", "is"),
        "TH>T:.5 DH>D:.6 Z>S:.8 W>V:.4 JH>Y:.2 ZH>SH:.6 SH>S:.1 CH>SH:.15 AE>EH:.4",
        devoiced=0.2,
    ),
    "finnish": Accent(
        ("fi", "et"),
        "TH>T:.6 TH>S:.1 DH>D:.7 B>P:.3 G>K:.3 D>T:.15 Z>S:.8 SH>S:.3 W>V:.7 AE>EH:.2 AH>AA:.5 ZH>S:.4 CH>T+S:.3",
        devoiced=0.4,
    ),
    "arabic": Accent(
        ("ar", "fa"), "TH>S:.3 TH>T:.2 DH>Z:.3 DH>D:.2 P>B:.5 V>F:.4 EH>IH:.2 NG>N+G:.3 OW>AO:.3 CH>SH:.3 AO>OW:.2"
    ),
    "japanese": Accent(
        ("ja", "ko"),
        "TH>S:.7 DH>Z:.7 V>B:.6 L>R:.4 AE>AA:.6 ER>AA:.3 AH>AA:.6 IH>IY:.5 F>HH:.1 UH>UW:.7 OW>AO:.2",
        vowel_at_end=0.35,
        end_vowel="UW",
    ),
    "malay": Accent(
        ("id", "ms"), "TH>T:.7 DH>D:.8 V>F:.4 V>P:.1 Z>S:.3 AE>EH:.7 IH>IY:.5 SH>S:.2 OW>AO:.4 EY>EH:.4", dropped=0.3
    ),
    "african": Accent(
        ("sw",),
        "TH>T:.5 TH>S:.1 DH>D:.6 ER>AA:.4 ER>EH:.2 AH>AA:.6 IH>IY:.7 AE>AA:.6 UH>UW:.6 OW>AO:.4",
        vowel_at_end=0.2,
    ),
}


@dataclass(frozen=True, slots=True)
class Habits:
    """What one speaker of an accent does, the same in every word; `habits` draws one."""

    swaps: dict[str, Phones]
    devoices: bool
    drops_stops: bool
    vowel_before_s: bool
    end_vowel: str


def habits(accent: Accent, rng: random.Random) -> Habits:
    """The habits of one random speaker of `accent`."""
    swaps: dict[str, Phones] = {}
    left: dict[str, float] = {}
    draws: dict[str, float] = {}
    for rule in accent.swaps.split():
        change, _, share = rule.partition(":")
        phone, _, said = change.partition(">")
        draw = draws.setdefault(phone, rng.random())
        low = left.get(phone, 0.0)
        left[phone] = low + float(share)
        if low <= draw < left[phone]:
            swaps[phone] = tuple(said.split("+")) if said else ()
    return Habits(
        swaps,
        rng.random() < accent.devoiced,
        rng.random() < accent.dropped,
        rng.random() < accent.vowel_before_s,
        accent.end_vowel if rng.random() < accent.vowel_at_end else "",
    )


def accented(phones: Phones, habit: Habits) -> Phones:
    """One word as said with `habit`; never empty."""
    said = [new for phone in phones for new in habit.swaps.get(phone, (phone,))]
    if habit.devoices and said and said[-1] in _UNVOICED:
        said[-1] = _UNVOICED[said[-1]]
    long_enough = len(said) > 3
    if habit.drops_stops and long_enough and said[-1] in _STOPS:
        said.pop()
    elif habit.end_vowel and said and said[-1] not in VOWELS and said[-1] not in {"N", "M", "NG", "R", "L"}:
        said.append(habit.end_vowel)
    if habit.vowel_before_s and len(said) > 1 and said[0] == "S" and said[1] not in VOWELS:
        said.insert(0, "EH")
    return tuple(said) or phones


def stressed_vowel(phones: Phones) -> int:
    """Index of the vowel that most likely bears the stress (CMUdict's marks are not kept); -1 without a vowel.

    The first vowel, or the second where the first syllable is a weak prefix (con-, re-, e-, a-).
    """
    vowels = [index for index, phone in enumerate(phones) if phone in VOWELS]
    if len(vowels) < 2:
        return vowels[0] if vowels else -1
    start = phones[: vowels[0] + 1]
    weak = start[-1] == "AH" or start in {("R", "IH"), ("R", "IY"), ("D", "IH"), ("B", "IH"), ("IH",), ("EH", "K", "S")}
    return vowels[1] if weak else vowels[0]


#: Mnemonics of espeak-ng's `[[...]]` input for each phone, best first; a voice takes the first that it knows.
ESPEAK_PHONES: dict[str, tuple[str, ...]] = {
    **dict(zip("P T K B D G F V S Z M N L R W Y".split(), [(name,) for name in "ptkbdgfvszmnlrwj"], strict=True)),
    "CH": ("tS",),
    "JH": ("dZ",),
    "SH": ("S",),
    "ZH": ("Z",),
    "TH": ("T",),
    "DH": ("D",),
    "HH": ("h",),
    "NG": ("N",),
    "AA": ("A:", "a:", "a", "A"),
    "AE": ("a", "E", "e"),
    "AH": ("V", "@", "a", "E"),
    "AO": ("O:", "O", "o"),
    "AW": ("aU", "au", "a"),
    "AY": ("aI", "ai", "a"),
    "EH": ("E", "e", "e:"),
    "ER": ("3:", "@r", "Er", "er"),
    "EY": ("eI", "ei", "e:", "e"),
    "IH": ("I", "i"),
    "IY": ("i:", "i"),
    "OW": ("oU", "ou", "o:", "o"),
    "OY": ("OI", "oi", "o"),
    "UH": ("U", "u"),
    "UW": ("u:", "u"),
}
