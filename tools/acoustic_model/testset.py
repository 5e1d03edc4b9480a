"""Test recordings of speakers that training never heard: `python -m tools.acoustic_model.testset FOLDER [FIXTURES]`.

In: festival's voice ked (a wholly new person), the held-out people of Kokoro where its voices are (kokoro.py), and the
held-out variants of espeak-ng.
Out: `FOLDER/test_ked.npz`, `test_kokoro.npz` and `test_espeak.npz` with JSON lists of [voice, kind, [word, ...]] beside
them; with FIXTURES, some sixty of them as WAV files and `index.json`, for the tests of the repository.

Kinds: `command`, `digit` (alone), `number` (10-100), `pair` (check digits 00-99, spoken singly), `string` (3-5 digits)
and `oov` (words and sentences of which none is a command: every acceptance is an error).
"""

from __future__ import annotations

import json
import random
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np

from tools.acoustic_model import kokoro
from tools.acoustic_model.espeak import ENGLISH, HELD_OUT_VARIANTS, Espeak, Setting
from tools.acoustic_model.festival import HELD_OUT, read_order, synthesised
from tools.acoustic_model.lexicon import COMMANDS, ONES, decoys, general_words
from tools.acoustic_model.speak import PEAK, SAMPLE_RATE, trimmed
from tools.acoustic_model.texts import Utterance, digits, number_words

SEED = 77
Item = tuple[str, Utterance]  # kind and what to say
_FIXTURE_WORDS = (
    *"zero,oh,one,two,three,four,five,six,seven,eight,nine,ten,twelve,fifteen,twenty,thirty two,forty five".split(","),
    *"ninety nine,one two,four seven,oh three,eight eight,seven three nine,short two,three confirm".split(","),
    *"ready,confirm,yes,no,cancel,repeat,help,where,how many,go back,skip,short,damaged,empty,undo".split(","),
    *"pause,resume,go to sleep,wake up,louder,softer,faster,slower,next,done,sign on,override,tote full".split(","),
    *"steady,guess,ship,sport,window,the coffee is cold,where did you park the van".split(","),
)
_SENTENCES = (
    "did you see the game on saturday,the coffee machine is broken again,my brother bought a new car,mind your head"
    ",i will call you later,it looks like rain,who moved my gloves,the radio is too quiet,lunch is at noon today"
    ",we should ask the manager,put that thing over there,she said it was fine,could you open the window"
    ",there is a truck at the gate,he never knows what to do,that was a long night,please watch your step"
    ",my kids are at school,nobody told me about that,the battery is almost dead,careful with the ladder"
    ",we ran out of paper,i think so too,what a lovely day,see you tomorrow,come over here for a second"
    ",have you got a pen,the lift is stuck,turn the music down please,where did you park the van"
).split(",")


def plain(words: list[str]) -> Utterance:
    return Utterance(tuple(words), (False,) * (len(words) - 1))


def items(rng: random.Random) -> list[Item]:
    """What each test speaker says: about 480 utterances."""
    made: list[Item] = [("command", plain(phrase.split())) for phrase in COMMANDS]
    made += [("digit", plain([word])) for word in (*ONES, "oh")]
    made += [("number", plain(number_words(number))) for number in range(10, 101)]
    made += [("pair", plain([ONES[number // 10], ONES[number % 10]])) for number in range(100)]
    made += [("string", plain(digits(rng, length))) for length in (3, 4, 5) for _ in range(20)]
    made += [("oov", plain([word])) for word in rng.sample(decoys(), 50)]
    made += [("oov", plain(rng.sample(general_words(), rng.randint(1, 4)))) for _ in range(40)]
    made += [("oov", plain(text.split())) for text in _SENTENCES]
    return made


def ked(wanted: list[Item], rng: random.Random) -> list[tuple[str, Item, np.ndarray[Any, Any]]]:
    """The held-out person reads them at usual rates."""
    orders = [read_order(HELD_OUT, utterance, rng.uniform(0.8, 1.25)) for _, utterance in wanted]
    kinds = {id(order): item for order, item in zip(orders, wanted, strict=True)}
    return [(HELD_OUT, kinds[id(order)], wave_) for order, wave_ in synthesised(orders)]


def neural(wanted: list[Item], rng: random.Random) -> list[tuple[str, Item, np.ndarray[Any, Any]]]:
    """The held-out people of Kokoro take turns."""
    engine = kokoro.Kokoro(kokoro.HELD_OUT)
    turns = [(kokoro.HELD_OUT[number % len(kokoro.HELD_OUT)], item) for number, item in enumerate(wanted)]
    return [(name, item, engine.read(item[1], engine.one(name), rng)) for name, item in turns]


def strangers(wanted: list[Item], rng: random.Random) -> list[tuple[str, Item, np.ndarray[Any, Any]]]:
    """The held-out variants of espeak-ng take turns."""
    engine = Espeak()
    made = []
    for number, item in enumerate(wanted):
        language = rng.choices(list(ENGLISH), list(ENGLISH.values()))[0]
        voice = f"{language}+{HELD_OUT_VARIANTS[number % len(HELD_OUT_VARIANTS)]}"
        setting = Setting(voice, rng.randint(120, 210), rng.randint(25, 75), rng.randint(30, 70))
        made.append((voice, item, engine.say(item[1].text(), setting)))
    return made


def _levelled(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    cut = trimmed(samples)
    levelled: np.ndarray[Any, Any] = (cut * (PEAK / np.abs(cut).max())).astype(np.int16)
    return levelled


def write_set(path: Path, made: list[tuple[str, Item, np.ndarray[Any, Any]]]) -> None:
    """The pair of files of one test set; prints the number of utterances of each kind."""
    waves = [_levelled(samples) for _, _, samples in made]
    meta = [(voice, kind, list(utterance.words)) for voice, (kind, utterance), _ in made]
    np.savez(path, wav=np.concatenate(waves), off=np.cumsum([0, *(len(samples) for samples in waves)]))
    path.with_suffix(".json").write_text(json.dumps(meta), encoding="utf-8")
    kinds = [kind for _, kind, _ in meta]
    print(path.name, {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)})


def write_fixtures(folder: Path, rng: random.Random) -> None:
    """Short recordings as 16-bit mono WAV at 16 kHz, two thirds by ked, and `index.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        ("oov" if number > len(_FIXTURE_WORDS) - 8 else "vocabulary", plain(text.split()))
        for number, text in enumerate(_FIXTURE_WORDS)
    ]
    made = ked([item for number, item in enumerate(wanted) if number % 3], rng)
    made += strangers([item for number, item in enumerate(wanted) if number % 3 == 0], rng)
    index = []
    for voice, (kind, utterance), samples in made:
        name = "-".join(utterance.words) + ".wav"
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(_levelled(samples).astype("<i2").tobytes())
        index.append({"file": name, "words": " ".join(utterance.words), "kind": kind, "voice": voice})
    index.sort(key=lambda entry: entry["file"])
    lines = ",\n".join(json.dumps(entry) for entry in index)
    (folder / "index.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main() -> None:
    folder = Path(sys.argv[1])
    rng = random.Random(SEED)
    wanted = items(rng)
    write_set(folder / "test_ked.npz", ked(wanted, rng))
    write_set(folder / "test_espeak.npz", strangers(wanted, rng))
    if kokoro.VOICES.is_dir():
        write_set(folder / "test_kokoro.npz", neural(wanted, rng))
    if len(sys.argv) > 2:
        write_fixtures(Path(sys.argv[2]), random.Random(SEED))


if __name__ == "__main__":
    main()
