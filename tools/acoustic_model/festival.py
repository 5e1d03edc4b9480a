"""Speakers of festival: two Americans that read text, and diphone voices of other languages that are told each sound.

In: utterances; a random generator that sets rate and melody.
Out: 16 kHz waves. Festival (Debian) runs once for each voice and many utterances, in a folder of its own.

The foreign voices get English as phones, lengths and pitches (`Utterance Segments`), so nothing of their own language
is read; what their sounds cannot express is labelled as what is really heard.
"""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile
from scipy.signal import resample_poly

from tools.acoustic_model.accents import ACCENTS, Accent, Habits, accented, habits, stressed_vowel
from tools.acoustic_model.lexicon import VOWELS, Phones, careful_pronunciation
from tools.acoustic_model.texts import Utterance

#: The wholly new speaker of the tests. Never trained on.
HELD_OUT = "ked_diphone"
READERS = ("kal_diphone", "cmu_us_slt_arctic_hts")
_MS = dict.fromkeys("P T K B D G F V TH DH S Z SH ZH CH JH".split(), 85) | dict.fromkeys(
    "M N NG L R W Y HH".split(), 65
)
_MS |= {"S": 110, "SH": 110, "AH": 70, "IH": 75, "EH": 90, "UH": 75} | dict.fromkeys("AA AE AO IY UW ER".split(), 115)
_MS |= dict.fromkeys("AY AW EY OW OY".split(), 155) | {"T": 75, "D": 60, "CH": 110}


@dataclass(frozen=True, slots=True)
class Tongue:
    """How the voices of one language sound English: `sounds` is `PHONE=sound+sound`, `accent` what they replace first.

    stressed: suffix of a vowel's sound under stress; silence: the sound of silence; softens: consonants double before
    IY and IH (Russian); reads: a statistical voice, which sets lengths and pitch itself and is given syllables.
    """

    sounds: str
    accent: Accent
    stressed: str = ""
    silence: str = "#"
    softens: bool = False
    reads: bool = False

    def table(self) -> dict[str, list[str]]:
        return {name: said.split("+") for name, _, said in (part.partition("=") for part in self.sounds.split())}


_EMPTY_WAV = 1000  # bytes: header and a breath of silence
_CAN_SOFTEN = frozenset("pbtdkgfvszhmnlr")
_CATALAN_VOWELS = frozenset("ax a e E i o O u".split())
_SAME = "P=p T=t K=k B=b D=d G=g F=f V=v S=s Z=z M=m N=n L=l R=r Y=j "
ITALIAN = Tongue(
    _SAME + "CH=tS JH=dZ SH=S ZH=Z NG=ng W=w AA=a AH=a AO=O EH=E IY=i UW=u OW=o+u EY=e+i AY=a+i AW=a+u OY=O+i",
    Accent(
        (),
        "TH>T:.7 TH>F:.15 TH>S:.15 DH>D:.9 DH>Z:.1 HH>:1 IH>IY:1 UH>UW:1 AE>EH:.6 AE>AA:.4 AH>AA:.5 AH>EH:.1 "
        "ER>EH+R:.6 ER>AO+R:.2 ER>AA+R:.2 NG>N+G:1 ZH>SH:1",
        vowel_at_end=0.2,
    ),
    stressed="1",
)
CZECH = Tongue(
    _SAME + "CH=c~ JH=dz~ SH=s~ ZH=z~ HH=h W=u AA=a: AH=a AO=o: EH=e IH=i IY=i: UH=u UW=u: OW=o+u EY=e+j AY=a+j "
    "AW=a+u OY=o+j",
    Accent(
        (),
        "TH>T:.5 TH>S:.25 TH>F:.25 DH>D:.8 DH>Z:.2 W>V:.7 AE>EH:.8 AE>AA:.2 ER>EH+R:.7 ER>AO+R:.3 NG>N+G:.5 NG>N+K:.5 "
        "IH>IY:.2 AH>AA:.3",
        devoiced=1.0,
    ),
)
FINNISH = Tongue(
    _SAME.replace("Z=z ", "") + "CH=t+S SH=S HH=h NG=N AA=a: AE=@ AH=a AO=o: EH=e IH=i IY=i: UH=u UW=u: OW=o+u EY=e+i "
    "AY=a+i AW=a+u OY=o+i",
    Accent(
        (),
        "TH>T:.7 TH>S:.2 TH>F:.1 DH>D:1 Z>S:1 ZH>SH:1 JH>CH:1 W>V:1 ER>EH+R:.6 ER>AO+R:.2 ER>AA+R:.2 B>P:.3 G>K:.3 "
        "AH>AA:.2",
        devoiced=1.0,
    ),
)
HINDI = Tongue(
    _SAME.replace("Z=z ", "").replace("T=t", "T=T").replace("D=d", "D=D").replace("Y=j", "Y=y")
    + "CH=ch JH=j SH=sh HH=h W=v AA=aa AH=a AO=oh EH=eh IH=ih IY=iy UH=uh UW=uw OW=oo EY=ee AY=aa+ih AW=aa+uh OY=oh+ih",
    Accent(
        (),
        "TH>T:1 DH>D:1 W>V:1 Z>S:.5 Z>JH:.5 ZH>JH:1 AE>EH:1 ER>AH+R:.6 ER>EH+R:.4 NG>N+G:1",
        vowel_before_s=0.15,
    ),
    silence="pau",
)
_RUSSIAN_HABITS = (
    "TH>S:.45 TH>T:.35 TH>F:.2 DH>Z:.6 DH>D:.4 W>V:1 AE>EH:1 UH>UW:1 ER>EH+R:.6 ER>AO+R:.4 NG>N:.5 NG>N+G:.5 "
    "IH>IY:.4 AH>AA:.4 JH>ZH:.5 OW>AO:.3"
)
RUSSIAN = Tongue(
    _SAME + "CH=ch SH=sh ZH=zh JH=d+zh HH=h AA=aa AH=a AO=oo EH=ee IH=i IY=ii UW=uu OW=oo+u EY=ee+j AY=aa+j AW=aa+u "
    "OY=oo+j",
    Accent((), _RUSSIAN_HABITS, devoiced=1.0),
    silence="pau",
    softens=True,
)
CATALAN = Tongue(
    _SAME.replace("V=v ", "") + "CH=t+S JH=d+Z SH=S ZH=Z W=w AA=a AH=ax AO=O EH=E IY=i UW=u OW=o+w EY=e+j AY=a+j "
    "AW=a+w OY=O+j",
    Accent(
        (),
        "TH>T:.7 TH>S:.3 DH>D:1 V>B:1 HH>:1 IH>IY:1 UH>UW:1 AE>EH:.4 AE>AA:.6 ER>EH+R:.7 ER>AH+R:.3 NG>N+G:.5 NG>N:.5 "
        "AH>AA:.3",
        devoiced=0.8,
        vowel_before_s=0.6,
    ),
    stressed="1",
    reads=True,
)
_KAL_VOWELS = " ".join(f"{name}={name.lower()}" for name in sorted(VOWELS - {"AH"}))
AMERICAN = Tongue(
    _SAME.replace("Y=j ", "") + f"Y=y CH=ch JH=jh SH=sh ZH=zh NG=ng TH=th DH=dh HH=hh W=w AH=ah {_KAL_VOWELS}",
    Accent((), ""),
    silence="pau",
)
#: Voice: its language and its usual pitch in hertz. krb is a boy; lp, dita and lj are women.
ABROAD: dict[str, tuple[Tongue, float]] = {
    "lp_diphone": (ITALIAN, 190),
    "pc_diphone": (ITALIAN, 115),
    "czech_dita": (CZECH, 190),
    "czech_krb": (CZECH, 220),
    "czech_machac": (CZECH, 110),
    "czech_ph": (CZECH, 110),
    "suo_fi_lj_diphone": (FINNISH, 190),
    "hy_fi_mv_diphone": (FINNISH, 110),
    "hindi_NSK_diphone": (HINDI, 120),
    "msu_ru_nsh_clunits": (RUSSIAN, 120),
    "upc_ca_ona_hts": (CATALAN, 190),
    "kal_diphone": (AMERICAN, 108),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One utterance for one voice: the Scheme expression that makes `u`, and what will be said."""

    voice: str
    speaker: str
    scheme: str
    words: tuple[str, ...]
    phones: list[Phones] | None


def read_order(voice: str, utterance: Utterance, stretch: float, pitch: float | None = None) -> Order:
    """English text; `stretch` 0.5-1.5 lengthens all sounds, `pitch` in hertz where the voice takes it."""
    melody = f"(set! int_lr_params '((target_f0_mean {pitch:.0f}) (target_f0_std {pitch * 0.13:.0f}) " if pitch else ""
    melody += "(model_f0_mean 170) (model_f0_std 34)))" if pitch else ""
    scheme = f'{melody}(Parameter.set \'Duration_Stretch {stretch:.2f})(set! u (Utterance Text "{utterance.text()}"))'
    return Order(voice, voice, scheme, utterance.words, None)


def native_order(utterance: Utterance, rng: random.Random) -> Order:
    """One of the Americans reads at a random rate."""
    voice = rng.choice(READERS)
    pitch = rng.uniform(75, 200) if voice == "kal_diphone" else None
    return read_order(voice, utterance, rng.uniform(0.55, 1.4), pitch)


def foreign_order(utterance: Utterance, rng: random.Random) -> Order:
    """A voice of another language, or an American in an accent, says English phones."""
    voice = rng.choice(list(ABROAD))
    tongue, pitch = ABROAD[voice]
    name = rng.choice(list(ACCENTS)) if tongue is AMERICAN else ""
    habit: Habits = habits(ACCENTS[name] if name else tongue.accent, rng)
    said = [accented(careful_pronunciation(word, rng), habit) for word in utterance.words]
    table = tongue.table()
    # a rule may bring in a phone that the voice lacks: it is left out of sound and label alike
    said = [tuple(phone for phone in phones if phone in table) or ("AA",) for phones in said]
    speaker = f"{name}/{voice}" if name else voice
    if tongue.reads:
        scheme = syllables(said, (*utterance.pauses, False), tongue)
    else:
        segments = melody(said, (*utterance.pauses, True), tongue, pitch * math.exp(rng.gauss(0, 0.18)), rng)
        scheme = f"(set! u (Utterance Segments ({segments})))"
    return Order(voice, speaker, scheme, utterance.words, said)


def syllables(said: list[Phones], pauses: tuple[bool, ...], tongue: Tongue) -> str:
    """Words made up in festival's lexicon with the given sounds, and a text of them."""
    table, entries, text = tongue.table(), [], []
    for place, (phones, pause) in enumerate(zip(said, pauses, strict=True)):
        name = "xy" + "bcdfgklmnp"[place % 10] * (1 + place // 10) + "o"
        stress = stressed_vowel(phones)
        parts: list[list[str]] = [[]]
        marks = [0]
        for index, phone in enumerate(phones):
            starts = phone in VOWELS or (index + 1 < len(phones) and phones[index + 1] in VOWELS)
            if starts and any(part.rstrip("1") in _CATALAN_VOWELS for part in parts[-1]) and phones[index - 1] != "S":
                parts.append([])
                marks.append(0)
            first, *rest = table[phone]
            parts[-1] += [first + tongue.stressed if index == stress and first != "ax" else first, *rest]
            marks[-1] |= int(index == stress)
        body = " ".join(f"(({' '.join(part)}) {mark})" for part, mark in zip(parts, marks, strict=True))
        entries.append(f'(lex.add.entry \'("{name}" nil ({body})))')
        text.append(name + ("," if pause else ""))
    return f'{" ".join(entries)} (set! u (Utterance Text "{" ".join(text)}."))'


def melody(said: list[Phones], pauses: tuple[bool, ...], tongue: Tongue, pitch: float, rng: random.Random) -> str:
    """Sounds with lengths in seconds and pitch targets, as festival's Segments: falling, stresses higher and longer."""
    table, rate, span = tongue.table(), math.exp(rng.uniform(-0.45, 0.4)), rng.uniform(0.3, 1.6)
    slope = rng.choice((0.3, 0.3, 0.3, 0.1, -0.2))  # statements fall, questions rise
    parts = [f"({tongue.silence} 0.15)"]
    total = sum(len(phones) for phones in said)
    place = 0
    for phones, pause in zip(said, pauses, strict=True):
        stress = stressed_vowel(phones)
        for index, phone in enumerate(phones):
            last = pause and index >= len(phones) - 2
            seconds = _MS[phone] / 1000 * rate * (1.35 if last else 1.0) * (1.2 if index == stress else 1.0)
            seconds *= math.exp(rng.gauss(0, 0.12))
            place += 1
            height = slope * (0.5 - place / total) + (0.2 if index == stress else 0.0) + rng.gauss(0, 0.03)
            hertz = pitch * math.exp(span * height)
            sounds = table[phone]
            soft = tongue.softens and phones[index + 1 : index + 2] in {("IY",), ("IH",)}
            if soft and phone not in VOWELS and sounds[-1] in _CAN_SOFTEN:
                sounds = [*sounds[:-1], sounds[-1] * 2]
            for number, sound in enumerate(sounds):
                share = 1.0 if len(sounds) == 1 else (0.6, 0.4)[number]
                marked = sound + tongue.stressed if index == stress and number == 0 else sound
                target = f" ({seconds * share / 2:.3f} {hertz:.0f})" if phone in VOWELS else ""
                parts.append(f"({marked} {seconds * share:.3f}{target})")
        if pause:
            parts.append(f"({tongue.silence} {rng.uniform(0.12, 0.4):.2f})")
    return " ".join(parts)


def synthesised(orders: list[Order]) -> Iterator[tuple[Order, np.ndarray[Any, Any]]]:
    """The waves of all orders that festival could fulfil, by voice; those with missing diphones are left out."""
    with TemporaryDirectory(prefix="festival-") as folder:
        for voice in dict.fromkeys(order.voice for order in orders):
            mine = [order for order in orders if order.voice == voice]
            yield from _one_voice(voice, mine, Path(folder))


def _one_voice(voice: str, orders: list[Order], folder: Path) -> Iterator[tuple[Order, np.ndarray[Any, Any]]]:
    script = folder / "orders.scm"
    lines = [f"(voice_{voice})"]
    for number, order in enumerate(orders):
        wave = folder / f"{voice}-{number}.wav"
        work = f'(begin {order.scheme} (utt.synth u) (utt.save.wave u "{wave}" \'riff))'
        lines.append(f'(format stderr "\\nORDER {number}\\n") (unwind-protect {work} (print "failed"))')
    script.write_text("\n".join(lines), encoding="utf-8")
    command = [shutil.which("festival") or "festival", "-b", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    parts = re.split(r"\nORDER (\d+)\n", done.stderr)
    complaints = dict(zip(parts[1::2], parts[2::2], strict=True))
    for number, order in enumerate(orders):
        path = folder / f"{voice}-{number}.wav"
        lacking = re.search(
            "default diphone|missing|backing|no diphone|not found|ERROR", complaints.get(str(number), "")
        )
        written = path.exists() and path.stat().st_size > _EMPTY_WAV
        if written and not lacking:
            wave, rate = soundfile.read(path)
            common = math.gcd(16000, rate)
            yield order, resample_poly(wave, 16000 // common, rate // common) * 32768
        path.unlink(missing_ok=True)
