"""What is said in a warehouse that no headset is asked: words and sentences outside every vocabulary, and babble.

In: held-out speakers, or recordings. Out: texts; minutes of people who talk beside a microphone.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from controller.errors import UsageError
from controller.voice.ear.pcm import decode_wav, read_wav
from controller.voice_bench.noise import steps
from controller.voice_bench.sound import RATE, SPEECH_RMS, Samples, active_rms, added, noise_gain, scaled
from controller.voice_bench.speakers import TALKERS, Speaker, record
from controller.voice_bench.surroundings import hall_loop

EVERYDAY: Final = (
    "window banana telephone coffee yesterday mountain apple football weather trousers kitchen elephant newspaper "
    "bicycle holiday doctor garden money sister television umbrella computer monday sugar market river guitar paper "
    "chicken battery forklift jack lunch radio tired lorry ticket winter station hammer blanket candle engine ladder "
    "carpet tomato ribbon walnut pepper saddle magnet stubborn cashier nightmare wanderer sunrise horizon"
).split()
ALIKE: Final = (
    "steady comfort conform contour confident shirt sport shot skirt skim kept yelp bag pack track lack texture "
    "counsel fighter heavenly sixpence treetop tuna packet"
).split()
"""Words that sound like something that may be said."""
SENTENCES: Final = (
    "did you see the match on television last night",
    "my brother bought a new car and it broke down the same day",
    "they say it is going to rain all week",
    "the coffee machine on the first floor is broken again",
    "can somebody move that forklift please",
    "I told him that the truck would be late",
    "we should have lunch together some time",
    "he left his jacket in the canteen",
    "watch your feet there is glass on the floor",
    "who parked the trolley in front of the door",
    "she is on holiday until the end of the month",
    "the radio plays the same song every hour",
    "my back hurts and my shoes are wet",
    "have you heard about the new shift plan",
    "there were about two hundred people at the wedding",
    "he said seven o'clock but nobody came before nine",
    "put the blue one over there beside the window",
    "I think the printer ran out of paper",
    "that is the third time this week that it happened",
    "come on we have to hurry up a little",
    "does anybody know where the tape is",
    "you would not believe what the manager said to me",
    "the children start school in september",
    "they closed the road because of the snow",
    "no problem I can take care of it tomorrow",
    "so I went back to the shop and asked for my money",
    "is that your telephone ringing",
    "the lift is slower than my grandmother",
    "we moved into the flat above the bakery",
    "somebody spilled a whole bucket of paint",
    "look at this box it weighs more than I do",
    "the bus was full so I had to walk",
)
PAUSE_S: Final = (0.15, 1.2)
ENDED_S: Final = 2
"""After the last recording, so that the ear takes it for ended."""
MINUTE: Final = 60 * RATE
BEHIND_DB: Final = 20.0
"""The hall behind the babble, below one talker."""


@cache
def loop_of(speaker: Speaker, *, few: bool = False) -> Samples[int]:
    """This speaker's sentences in an order of its own, with pauses; one to two minutes, half of one for `few`."""
    random = Random(speaker.voice)
    sentences = SENTENCES[::3] if few else SENTENCES
    spoken = record(speaker, sentences)
    whole = array("h")
    for sentence in random.sample(sentences, len(sentences)):
        said = spoken[sentence]
        whole += scaled(said, SPEECH_RMS / (active_rms(said) or SPEECH_RMS))
        whole += array("h", bytes(2 * int(random.uniform(*PAUSE_S) * RATE)))
    return whole


def babble(minutes: int, seed: int, *, few: bool = False) -> Iterator[Samples[int]]:
    """Minute by minute, one to four talkers at once, each at the wearer's level, in a quiet hall."""
    loops = [loop_of(speaker, few=few) for speaker in TALKERS]
    background = hall_loop(0)
    hush = noise_gain(background, BEHIND_DB)
    random = Random(f"babble {seed}")
    for minute in range(minutes):
        sound = scaled(_from(background, random, MINUTE), hush)
        for loop in random.sample(loops, 1 + (minute + seed) % len(loops)):
            sound = added(sound, _from(loop, random, MINUTE))
        yield sound


def recordings(place: Path) -> list[Path]:
    """The WAV files of a folder and those below it, or the one. UsageError where there is none, SourceError naming the
    file that cannot be read: said now, not after a quarter of an hour.
    """
    found = sorted(one for one in place.rglob("*") if one.suffix.lower() == ".wav") if place.is_dir() else [place]
    if not found or not found[0].is_file():
        raise UsageError(f"{place} is no WAV file and no folder with some: record people who talk, and name it here")
    for file in found:
        decode_wav(file.read_bytes(), str(file))
    return found


def played(files: Sequence[Path]) -> Iterator[Samples[int]]:
    """One after the other, with pauses, each at the wearer's level, in a quiet hall; in the end nobody talks."""
    background = hall_loop(0)
    hush = noise_gain(background, BEHIND_DB)
    random = Random("recorded")
    for file in files:
        said = read_wav(file)
        level = active_rms(said)
        pause = array("h", bytes(2 * int(random.uniform(*PAUSE_S) * RATE)))
        sound = pause + (scaled(said, SPEECH_RMS / level) if level else said)
        yield added(sound, _from(background, random, len(sound)), hush)
    yield scaled(_from(background, random, ENDED_S * RATE), hush)


def hall_noise(minutes: int, seed: int, snr_db: float) -> Iterator[Samples[int]]:
    """Minute by minute the hall alone, `snr_db` under a wearer who does not speak."""
    one, other = hall_loop(0), hall_loop(1)
    gain = noise_gain(one, snr_db) * 0.7071  # two loops together are 3 dB louder than one
    loops = (scaled(one[seed * RATE :] + one[: seed * RATE], gain), scaled(other, gain))
    yield from steps(loops, minutes * MINUTE, MINUTE // 3)


def _from(loop: Samples[int], random: Random, count: int) -> Samples[int]:
    start = random.randrange(len(loop))
    piece = loop[start:]
    while len(piece) < count:
        piece = piece + loop
    return piece[:count]
