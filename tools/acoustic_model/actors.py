"""English spoken by actors, to train with: `python -m tools.acoustic_model.actors FOLDER [ROOT]`.

In: the Debian packages of `PACKAGES`, installed; CMUdict, which pocketsphinx brings.
Out: `actors_000.npz` ... and `dubbers_000.npz` in FOLDER with their JSON, as `speak` writes.

Two games that their authors give away are spoken by actors, five hours in all, and hold the text of every
recording: people who talk to each other, fast and slurred, angry, whispering, shouting, with accents. All that `speak`
makes is read out. Where the actor says another thing than the text, `sift` leaves the recording out.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tools.acoustic_model.games import Recording, amazon_queen, drascula
from tools.acoustic_model.recordings import decoded, write_mixed
from tools.acoustic_model.speak import MAX_S, MIN_S, SAMPLE_RATE, Spoken

PACKAGES = ("flight-of-the-amazon-queen", "drascula", "sox", "libsox-fmt-all")
_WORD = re.compile(r"[a-z']+")
#: Sounds a second that people say; where a text has more or fewer, there is music beside it, or it is another text.
MOST_A_SECOND, FEWEST_A_SECOND = 24.0, 3.0
Pronunciations = Mapping[str, tuple[tuple[str, ...], ...]]


@cache
def dictionary() -> Pronunciations:
    """CMUdict: words in small letters, all ways to say them."""
    from pocketsphinx import get_model_path

    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        found[re.sub(r"\(\d+\)$", "", word)].append(tuple(phones))
    return {word: tuple(ways) for word, ways in found.items()}


def ways(word: str, known: Pronunciations) -> tuple[tuple[str, ...], ...]:
    """How a word is said, quoted ('word') or with its end swallowed (doin'). KeyError if nobody knows."""
    if word in known:
        return known[word]
    if word.endswith("in'") and (whole := known.get(f"{word[:-1]}g")):
        return tuple((*way[:-1], "N") for way in whole)
    return known[word.strip("'")]


def label(text: str, known: Pronunciations) -> list[tuple[str, ...]]:
    """For each word its sounds, or one sound that stands for all ways to say it. KeyError: a word that is not known."""
    if re.search(r"\d", text):
        raise KeyError(text)
    said = [ways(word, known) for word in _WORD.findall(text.lower().replace("`", "'")) if word.strip("'")]
    return [one[0] if len(one) == 1 else ("|".join("+".join(way) for way in one),) for one in said]


def _sounds(word: tuple[str, ...]) -> Sequence[str]:
    """Those of the first way to say it."""
    return word if len(word) > 1 else word[0].split("|")[0].split("+")


def said(told: Iterable[Recording]) -> Iterator[Spoken]:
    """Recordings with the sounds of their texts; those that cannot be of their texts are left out."""
    for one in told:
        try:
            words = label(one.text, dictionary())
        except KeyError:
            continue
        wave = decoded(one.told, one.sound)
        seconds = len(wave) / SAMPLE_RATE
        sounds = sum(len(_sounds(word)) for word in words)
        if MIN_S < seconds < MAX_S and FEWEST_A_SECOND < sounds / seconds < MOST_A_SECOND:
            yield f"actor+{one.speaker}", tuple(one.text.split()), words, wave


def main() -> None:
    folder, root = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "/")
    for name, told in (("actors", amazon_queen(root)), ("dubbers", drascula(root))):
        write_mixed(folder, name, told, said)


if __name__ == "__main__":
    main()
