"""Recordings of people to test with, never to train with: `python -m tools.acoustic_model.people FOLDER`.

In: the Debian packages of `PACKAGES`, installed; sox reads their files.
Out: `FOLDER/test_people.npz`, `FOLDER/test_talk.npz` and their JSON lists of [voice, kind, [word, ...]], as `testset`
writes them; `FOLDER/talk`, WAV files for `pickbeam voice bench --talk`.

A professional speaker on the telephone (Asterisk's Allison: digits, numbers, the spelling alphabet), volunteers of
children's programs (single words), and, as strange speech, her announcements and shouts out of a game. Pairs and
strings of digits are her digits one after the other, with short pauses. In `test_talk`, all strange speech: British
actors talk to each other in a game (Beneath a Steel Sky).
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from wave import open as wav_file

import numpy as np

from tools.acoustic_model.games import GAME_RATE, steel_sky
from tools.acoustic_model.lexicon import LETTERS, ONES, TEENS, TENS, decoys, vocabulary
from tools.acoustic_model.recordings import decoded, read
from tools.acoustic_model.speak import SAMPLE_RATE, Wave
from tools.acoustic_model.testset import Item, plain, write_set

PACKAGES = (
    "asterisk-core-sounds-en-wav",
    "klettres-data",
    "ktuberling-data",
    "tuxpaint-stamps-default",
    "hedgewars-data",
    "beneath-a-steel-sky",
)
_SHARE = Path("usr/share")
_ALLISON = _SHARE / "asterisk/sounds/en_US_f_Allison"
_KLETTRES = _SHARE / "klettres/en_GB/syllab"
_TUBERLING = _SHARE / "ktuberling/sounds/en"
_STAMPS = _SHARE / "tuxpaint/stamps"
_SHOUTS = _SHARE / "games/hedgewars/Data/Sounds/voices"
_SHOUTERS = ("British", "Classic", "Default", "HillBilly", "Mobster", "Pirate", "Surfer")
_NUMBERS = dict(zip(("10", *map(str, range(11, 20))), TEENS, strict=True)) | {
    str(10 * (index + 2)): word for index, word in enumerate(TENS)
}
#: Her announcements of one word, by file.
_SINGLE = (
    "added,calling,cancelled,disabled,enabled,extension,goodbye,hello,hours,invalid,location,minutes,number,removed,"
    "second,seconds,sorry,time,transfer,vm-first,vm-last,vm-message,vm-messages,vm-received"
).split(",")
LONGEST_S = 4.0
EVERY, EVERY_WAV = 4, 2  # of the conversations of the game: they are hours
Said = tuple[str, Item, Wave]


def digits(root: Path) -> dict[str, Wave]:
    """The telephone speaker's ten digits and "oh"."""
    folder = root / _ALLISON / "digits"
    return {word: read(folder / f"{name}.wav") for name, word in [*map(_numbered, range(10)), ("oh", "oh")]}


def _numbered(number: int) -> tuple[str, str]:
    return str(number), ONES[number]


def telephone(root: Path) -> list[Said]:
    """Single digits, numbers and the spelling alphabet."""
    folder = root / _ALLISON
    made = [_said("allison", "digit", word, wave) for word, wave in digits(root).items()]
    made += [_said("allison", "number", w, read(folder / "digits" / f"{n}.wav")) for n, w in _NUMBERS.items()]
    return made + [_said("allison", "letter", w, read(folder / "phonetic" / f"{w[0]}_p.wav")) for w in LETTERS]


def strings(alone: dict[str, Wave], rng: random.Random) -> list[Said]:
    """All pairs, and sixty strings of three to five."""
    wanted: list[tuple[str, tuple[str, ...]]] = [
        ("pair", (ONES[number // 10], ONES[number % 10])) for number in range(100)
    ]
    wanted += [("string", tuple(rng.choices(ONES, k=length))) for length in (3, 4, 5) for _ in range(20)]
    made = []
    for kind, words in wanted:
        parts = [alone[words[0]]]
        for word in words[1:]:
            parts += [np.zeros(round(rng.uniform(0.02, 0.2) * SAMPLE_RATE)), alone[word]]
        made.append(_said("allison", kind, " ".join(words), np.concatenate(parts)))
    return made


def words(root: Path) -> list[Said]:
    """Single words that the model knows; the grammar is all of them."""
    made = [_said("allison", "word", n.removeprefix("vm-"), read(root / _ALLISON / f"{n}.wav")) for n in _SINGLE]
    for voice, folder in (("klettres", _KLETTRES), ("tuberling", _TUBERLING)):
        files = sorted((root / folder).glob("*.ogg"))
        made += [_said(voice, "word", path.stem.rpartition("_")[2], read(path)) for path in files]
    known = {*vocabulary(), *decoys()}
    return [said for said in made if known.issuperset(said[1][1].words)]


def strange(root: Path) -> list[Said]:
    """Announcements, sentences and shouts: none is a command or a number."""
    once = {f"{name}.wav" for name in _SINGLE} | {
        "vm-no.wav",
        "vm-next.wav",
        "vm-repeat.wav",
        "beep.wav",
        "beeperr.wav",
    }
    files = [("allison", path) for path in sorted((root / _ALLISON).glob("*.wav")) if path.name not in once]
    files += [("stamps", path) for path in sorted((root / _STAMPS).rglob("*_desc.ogg"))]
    for voice in _SHOUTERS:
        files += [(voice, path) for path in sorted((root / _SHOUTS / voice).glob("*.ogg"))]
    heard = [(voice, path.stem, read(path)) for voice, path in files]
    limits = 0.3 * SAMPLE_RATE, LONGEST_S * SAMPLE_RATE
    return [_said(v, "oov", name, wave) for v, name, wave in heard if limits[0] < len(wave) < limits[1]]


def talk(root: Path) -> list[Said]:
    """Sentences out of conversations; single words are left out, for some of them are commands."""
    heard = (decoded(one.told, one.sound) for one in steel_sky(root, EVERY))
    limits = SAMPLE_RATE, LONGEST_S * SAMPLE_RATE
    return [_said("steel sky", "oov", "", wave) for wave in heard if limits[0] < len(wave) < limits[1]]


def keep_talk(root: Path, folder: Path) -> None:
    """Pieces of the same conversations as they are, 8 bit at 11 kHz, all lengths."""
    folder.mkdir(exist_ok=True)
    for index, one in enumerate(steel_sky(root, EVERY_WAV)):
        with wav_file(str(folder / f"{index:04d}.wav"), "wb") as file:
            file.setparams((1, 1, GAME_RATE, 0, "NONE", ""))
            file.writeframes(one.sound)


def _said(voice: str, kind: str, text: str, wave: Wave) -> Said:
    return voice, (kind, plain(text.split())), wave


def main() -> None:
    root, rng = Path(sys.argv[2] if len(sys.argv) > 2 else "/"), random.Random(78)
    made = telephone(root) + strings(digits(root), rng) + words(root) + strange(root)
    write_set(Path(sys.argv[1]) / "test_people.npz", made)
    write_set(Path(sys.argv[1]) / "test_talk.npz", talk(root))
    keep_talk(root, Path(sys.argv[1]) / "talk")


if __name__ == "__main__":
    main()
