"""Speakers of SVOX Pico: an American and a British woman read, four people of the continent say English phones.

In: words, or the phones to say; a random generator that sets rate and pitch.
Out: 16 kHz waves, through the extension of the package ttspico, some 150 utterances per second.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.acoustic_model.accents import ACCENTS, accented, habits
from tools.acoustic_model.lexicon import Phones, careful_pronunciation
from tools.acoustic_model.texts import Utterance

if TYPE_CHECKING:
    import numpy as np

READERS = ("en-US", "en-GB")


@dataclass(frozen=True, slots=True)
class Tongue:
    """How a voice says ARPAbet phones: `phone=symbols` in X-SAMPA, `phone=symbols/PHONES` where it can only say others.

    The symbols are those of the voice's own inventory: it leaves out what it lacks without a word.
    """

    accent: str
    table: str

    def sounds(self) -> dict[str, tuple[str, Phones]]:
        """Symbols, and the phones that are heard, of each ARPAbet phone."""
        known = {}
        for entry in self.table.split():
            phone, _, rest = entry.partition("=")
            symbols, slash, heard = rest.partition("/")
            known[phone] = (symbols, tuple(heard.split("+")) if heard else (() if slash else (phone,)))
        return known


_STOPS = "P=p B=b T=t D=d K=k G=g M=m N=n L=l F=f S=s "
FOREIGNERS: dict[str, Tongue] = {
    "de-DE": Tongue(
        "german",
        _STOPS + "V=v Z=z SH=S ZH=Z CH=tS JH=dZ HH=h NG=N R=R W=v/V Y=j TH=s/S DH=z/Z AA=a: AE=E/EH AH=a AO=O AW=aU "
        "AY=aI EH=E ER=96/ER EY=e: IH=I IY=i: OW=o: OY=OY UH=U UW=u:",
    ),
    "es-ES": Tongue(
        "spanish",
        _STOPS + "V=b/B Z=s/S SH=tS/CH ZH=j/Y CH=tS JH=j/Y HH=x NG=N R=rr W=u Y=j TH=T DH=D AA=a AE=a/AA AH=a/AA AO=o "
        "AW=au AY=ai EH=e ER=er/EH+R EY=ei IH=i/IY IY=i OW=ou OY=oi UH=u/UW UW=u",
    ),
    "fr-FR": Tongue(
        "french",
        _STOPS + "V=v Z=z SH=S ZH=Z CH=tS JH=dZ HH=/ NG=N R=R W=w Y=j TH=s/S DH=z/Z AA=a AE=a/AA AH=9 AO=O AW=au AY=aj "
        "EH=E ER=9R/ER+R EY=e IH=i/IY IY=i OW=o OY=Oj UH=u/UW UW=u",
    ),
    "it-IT": Tongue(
        "italian",
        _STOPS + "V=v Z=z SH=S ZH=dZ/JH CH=tS JH=dZ HH=/ NG=ng/N+G R=r W=u Y=i TH=t/T DH=d/D AA=a AE=E/EH AH=a/AA AO=O "
        "AW=au AY=ai EH=E ER=er/EH+R EY=ei IH=i/IY IY=i: OW=ou OY=oi UH=u/UW UW=u:",
    ),
}


class Pico:
    """The six voices of the package, with rates and pitches at random."""

    def __init__(self) -> None:
        from ttspico import TtsEngine

        self._engines: dict[str, Any] = {name: TtsEngine(name) for name in (*READERS, *FOREIGNERS)}
        self._sounds = {name: tongue.sounds() for name, tongue in FOREIGNERS.items()}

    def _say(self, voice: str, text: str, rng: random.Random) -> np.ndarray[Any, Any]:
        import numpy as np

        engine = self._engines[voice]
        engine.rate = round(100 * 2 ** rng.uniform(-0.6, 0.8))
        engine.pitch = round(100 * 2 ** rng.uniform(-0.6, 0.6))
        return np.frombuffer(engine.speak(text), np.int16).astype(float)

    def native(self, utterance: Utterance, rng: random.Random) -> tuple[str, np.ndarray[Any, Any]]:
        """One of the two Anglophones reads text. Returns the speaker and the wave."""
        voice = rng.choice(READERS)
        return voice, self._say(voice, utterance.text(), rng)

    def foreign(self, utterance: Utterance, rng: random.Random) -> tuple[str, list[Phones], np.ndarray[Any, Any]]:
        """One of the four others speaks English. Returns the speaker, the phones of each word and the wave."""
        voice = rng.choice(list(FOREIGNERS))
        habit = habits(ACCENTS[FOREIGNERS[voice].accent], rng)
        known, said, parts = self._sounds[voice], [], []
        for word, pause in zip(utterance.words, (*utterance.pauses, False), strict=True):
            sounds = [known[phone] for phone in accented(careful_pronunciation(word, rng), habit)]
            said.append(tuple(phone for _, phones in sounds for phone in phones))
            symbols = "".join(symbols for symbols, _ in sounds)
            parts.append(f'<phoneme alphabet="xsampa" ph="{symbols}"/>{"," if pause else ""}')
        return f"{FOREIGNERS[voice].accent}/{voice}", said, self._say(voice, " ".join(parts), rng)
