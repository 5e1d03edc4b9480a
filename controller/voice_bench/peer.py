"""pocketsphinx with the model it comes with: what else hears offline, under 50 MB, from the package index.

In: a grammar, 16 kHz samples. Out: the phrase it takes for the likeliest; it has no rejection of its own.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

from controller.errors import StartError
from controller.voice.grammar import Grammar
from controller.voice_bench.sound import RATE, Samples

NAME: Final = "pocketsphinx, bundled en-us model"
CURE: Final = "pocketsphinx is not installed, so nothing stands beside the numbers: pip install 'pickbeam[peers]'"


def installed() -> bool:
    return find_spec("pocketsphinx") is not None


class Peer:
    """One decoder; `load` gives it another grammar. Raises StartError where pocketsphinx is missing."""

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as missing:
            raise StartError(CURE) from missing
        self._decoder: Any = Decoder(lm=None, samprate=float(RATE), loglevel="FATAL")
        self._loaded: dict[Grammar, str] = {}

    def load(self, grammar: Grammar) -> None:
        if grammar not in self._loaded:
            name = f"g{len(self._loaded)}"
            self._decoder.add_jsgf_string(name, jsgf(grammar, self._knows))
            self._loaded[grammar] = name
        self._decoder.activate_search(self._loaded[grammar])

    def hear(self, samples: Samples[int]) -> str:
        """The phrase, or nothing."""
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return "" if found is None else str(found.hypstr)

    def _knows(self, word: str) -> bool:
        return self._decoder.lookup_word(word) is not None


def jsgf(grammar: Grammar, knows: Any = lambda _word: True) -> str:
    """The same complete phrases and digit strings in the Java Speech Grammar Format.

    Phrases with a word that `knows` denies are left out, as are the decoys: they are our recogniser's own means.
    """
    rules, tops = [], []
    choices = [c.text for c in grammar.choices if all(knows(word) for word in c.text.split())]
    if choices:
        rules.append(f"<choice> = {' | '.join(choices)};")
        tops.append("<choice>")
    for number, string in enumerate(grammar.strings):
        rules.append(f"<digit{number}> = {' | '.join(word for word in string.digits if knows(word))};")
        end = f" ({' | '.join(string.terminals)})" if string.terminals else ""
        rules.append(f"<string{number}> = {' '.join([f'<digit{number}>'] * string.length)}{end};")
        tops.append(f"<string{number}>")
    return "\n".join(["#JSGF V1.0;", "grammar pick;", *rules, f"public <said> = {' | '.join(tops)};", ""])
