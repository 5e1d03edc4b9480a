"""
A test set of development speakers, for choosing costs and thresholds without looking at the test speakers.

In: the speech folder of `speak`.
Out: NAME.npz and NAME.json as `evaluate` reads them: `python -m tools.acoustic_model.devset SPEECH_FOLDER OUT.npz`.
"""

import json
import sys
from pathlib import Path

import numpy as np

from tools.acoustic_model.corpus import held_back
from tools.acoustic_model.lexicon import COMMANDS, ONES, vocabulary
from tools.acoustic_model.texts import number_words

_NUMBERS = {tuple(number_words(n)) for n in range(10, 101)}
_DIGITS = {*ONES, "oh"}


def kind(words: tuple[str, ...]) -> str | None:
    """The kind of an utterance as `testset` has them; None for those that no grammar of the test allows."""
    if " ".join(words) in COMMANDS:
        return "command"
    if set(words) <= _DIGITS:
        return {1: "digit", 2: "pair"}.get(len(words), "string" if len(words) <= 5 else None)
    if words in _NUMBERS:
        return "number"
    return None if set(words) & set(vocabulary()) else "oov"


def main(source: Path, target: Path, most: int = 60) -> None:
    """Up to `most` utterances of a kind and engine."""
    waves, meta, used = [], [], dict[tuple[str, str], int]()
    for path in sorted(source.glob("*.npz")):
        if path.name.startswith("test"):
            continue
        engine = path.stem.rstrip("0123456789_")
        with np.load(path) as stored:
            wav, off = stored["wav"], stored["off"]
        for i, (voice, words, _) in enumerate(json.loads(path.with_suffix(".json").read_text())):
            of = kind(tuple(words))
            if of is None or not held_back(voice) or used.get((engine, of), 0) >= most:
                continue
            used[engine, of] = used.get((engine, of), 0) + 1
            waves.append(wav[off[i] : off[i + 1]])
            meta.append([f"{engine} {voice}", of, words])
    np.savez(target, wav=np.concatenate(waves), off=np.cumsum([0, *map(len, waves)]))
    target.with_suffix(".json").write_text(json.dumps(meta))
    print(used)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
