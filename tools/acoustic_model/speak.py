"""Synthesises clean training speech: `python -m tools.acoustic_model.speak ENGINE N SEED OUT`.

In: an engine (a name of `ENGINES`), a number of utterances, a seed.
Out: files `OUT_000.npz`, `OUT_001.npz` ... of up to 1500 utterances: `wav` (int16, 16 kHz, one after the other) and
`off` (their bounds); beside each a JSON list of [voice, [word, ...], null or [[phone, ...], ...]]: one list of phones
per word where the pronunciation is known, null where any of the lexicon may have been said.

A file that exists is not made again, so an interrupted run is repeated with the same command.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.acoustic_model.lexicon import Phones

if TYPE_CHECKING:
    from tools.acoustic_model.kokoro import Kokoro
    from tools.acoustic_model.pico import Pico
    from tools.acoustic_model.texts import Utterance

SAMPLE_RATE = 16000
CHUNK = 1500  # utterances of a file
PEAK = 20000
MIN_S, MAX_S = 0.1, 7.0
Wave = np.ndarray[Any, Any]
#: speaker, words, phones of each word if known, 16 kHz wave
Spoken = tuple[str, tuple[str, ...], list[Phones] | None, Wave]


def trimmed(wave: Wave, *, floor_db: float = -45.0, margin_s: float = 0.03) -> Wave:
    """`wave` without the silence around it; what is less than `floor_db` below the loudest 10 ms is speech.

    The default keeps weak fricatives and the release of a last stop.
    """
    block = SAMPLE_RATE // 100
    power = np.convolve(wave.astype(float) ** 2, np.ones(block) / block, "same")
    loud = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (floor_db / 10))
    if not len(loud) or power.max() <= 0:
        return wave[:0]
    margin = round(margin_s * SAMPLE_RATE)
    return wave[max(0, loud[0] - margin) : loud[-1] + margin]


def finished(wave: Wave, rng: random.Random) -> Wave | None:
    """Trimmed, at the common peak, as int16; None for what is too short, too long or broken.

    One in six is cut tightly, as an endpoint detector or a hasty speaker would.
    """
    if not len(wave) or not np.isfinite(wave).all():
        return None
    tight = rng.random() < 1 / 6
    cut = trimmed(wave, floor_db=-30.0, margin_s=0.005) if tight else trimmed(wave)
    if not MIN_S * SAMPLE_RATE <= len(cut) <= MAX_S * SAMPLE_RATE:
        return None
    peak = np.abs(cut).max()
    return (cut * (PEAK / peak)).astype(np.int16) if peak > 0 else None


def _espeak(rng: random.Random, count: int) -> Iterator[Spoken]:
    from tools.acoustic_model.espeak import Espeak
    from tools.acoustic_model.texts import utterance

    engine = Espeak()
    for _ in range(count):
        said = utterance(rng)
        voice, wave = engine.native(said, rng)
        yield voice, said.words, None, wave


def _foreign(rng: random.Random, count: int) -> Iterator[Spoken]:
    from tools.acoustic_model.espeak import Espeak
    from tools.acoustic_model.texts import utterance

    engine = Espeak()
    for _ in range(count):
        said = utterance(rng)
        voice, phones, wave = engine.foreign(said, rng)
        yield voice, said.words, phones, wave


def _flite(rng: random.Random, count: int) -> Iterator[Spoken]:
    """Four people; most utterances get another vocal tract, melody and rate, a quarter a foreign accent."""
    from tools.acoustic_model.flite import Flite
    from tools.acoustic_model.texts import utterance

    engine = Flite()
    for _ in range(count // 2):
        said = utterance(rng)
        phones: list[Phones] | None = None
        if rng.random() < 0.25:
            voice, phones, wave = engine.foreign(said, rng)
        else:
            voice, wave = engine.native(said, rng)
        yield from _two_speakers((voice, said.words, phones, wave), rng, 0.7)


def _morph(rng: random.Random, count: int) -> Iterator[Spoken]:
    """Speakers between two of flite's people, or between one of them and one of espeak-ng's."""
    from tools.acoustic_model.espeak import Espeak
    from tools.acoustic_model.flite import Flite
    from tools.acoustic_model.texts import utterance
    from tools.acoustic_model.world import applied, blended, random_change

    people, machine = Flite(), Espeak()
    for _ in range(count // 2):
        said = utterance(rng)
        first_voice, first = people.native(said, rng)
        second_voice, second = people.native(said, rng) if rng.random() < 0.6 else machine.native(said, rng)
        if first_voice == second_voice or max(len(first), len(second)) > 4 * SAMPLE_RATE:
            continue
        if min(len(first), len(second)) > MIN_S * SAMPLE_RATE:
            between = blended(trimmed(first), trimmed(second), rng)
            for _ in range(2):
                change = random_change(rng, tract=(0.84, 1.2))
                yield f"{first_voice}~{second_voice}", said.words, None, applied(between, change, rng)


def _festival(rng: random.Random, count: int) -> Iterator[Spoken]:
    """Two Americans read."""
    from tools.acoustic_model.festival import native_order, synthesised
    from tools.acoustic_model.texts import utterance

    orders = [native_order(utterance(rng), rng) for _ in range(count // 2)]
    for order, wave in synthesised(orders):
        yield from _two_speakers((order.speaker, order.words, order.phones, wave), rng, 0.5)


def _plain(rng: random.Random, count: int) -> Iterator[Spoken]:
    """People as they are, without a vocoder: what real speech is nearest to."""
    from tools.acoustic_model.festival import native_order, synthesised
    from tools.acoustic_model.flite import Flite
    from tools.acoustic_model.texts import utterance

    engine = Flite()
    for _ in range(count * 2 // 3):
        said = utterance(rng)
        phones: list[Phones] | None = None
        if rng.random() < 0.2:
            voice, phones, wave = engine.foreign(said, rng)
        else:
            voice, wave = engine.native(said, rng)
        yield voice, said.words, phones, wave
    for order, wave in synthesised([native_order(utterance(rng), rng) for _ in range(count - count * 2 // 3)]):
        yield order.speaker, order.words, order.phones, wave


def _pico(rng: random.Random, count: int) -> Iterator[Spoken]:
    """Two Anglophones and four foreigners, half of them foreign, without a vocoder of ours."""
    from tools.acoustic_model.pico import Pico
    from tools.acoustic_model.texts import utterance

    engine = Pico()
    for _ in range(count):
        yield _said_by(engine, utterance(rng), rng, 0.5)


def _throats(rng: random.Random, count: int) -> Iterator[Spoken]:
    """The same six with other vocal tracts."""
    from tools.acoustic_model.pico import Pico
    from tools.acoustic_model.texts import utterance

    engine = Pico()
    for _ in range(count // 2):
        yield from _two_speakers(_said_by(engine, utterance(rng), rng, 0.5), rng, 1.0)


def _said_by(engine: Pico | Kokoro, said: Utterance, rng: random.Random, native: float) -> Spoken:
    """By an Anglophone in this share of the cases, else with an accent."""
    if rng.random() < native:
        voice, wave = engine.native(said, rng)
        return voice, said.words, None, wave
    voice, phones, wave = engine.foreign(said, rng)
    return voice, said.words, phones, wave


def _abroad(rng: random.Random, count: int) -> Iterator[Spoken]:
    """Italians, Czechs, Finns, an Indian and an American imitating foreigners say phones."""
    from tools.acoustic_model.festival import foreign_order, synthesised
    from tools.acoustic_model.texts import utterance

    orders = [foreign_order(utterance(rng), rng) for _ in range(count // 2)]
    for order, wave in synthesised(orders):
        yield from _two_speakers((order.speaker, order.words, order.phones, wave), rng, 0.3)


def _guests(rng: random.Random, count: int) -> Iterator[Spoken]:
    """The same people from abroad as they are, without a vocoder."""
    from tools.acoustic_model.festival import foreign_order, synthesised
    from tools.acoustic_model.texts import utterance

    for order, wave in synthesised([foreign_order(utterance(rng), rng) for _ in range(count)]):
        yield order.speaker, order.words, order.phones, wave


def _kokoro(rng: random.Random, count: int, *, strangers: bool = False) -> Iterator[Spoken]:
    """Some forty people of a neural voice and mixtures of two, or only strangers to it; three in ten with an accent."""
    from tools.acoustic_model.kokoro import Kokoro
    from tools.acoustic_model.texts import utterance

    engine = Kokoro(strangers=strangers)
    for _ in range(count):
        yield _said_by(engine, utterance(rng), rng, 0.7)


def _rhvoice(rng: random.Random, count: int) -> Iterator[Spoken]:
    """Two Americans of RHVoice, as they are in two cases of three, else with another vocal tract."""
    from tools.acoustic_model.rhvoice import RhVoice
    from tools.acoustic_model.texts import utterance
    from tools.acoustic_model.world import random_change

    engine = RhVoice()
    for _ in range(count):
        said = utterance(rng)
        voice, wave = engine.native(said, rng, random_change(rng) if rng.random() < 1 / 3 else None)
        yield voice, said.words, None, wave


def _two_speakers(spoken: Spoken, rng: random.Random, changed: float) -> Iterator[Spoken]:
    """Two speakers out of one reading, since the analysis costs most: the first is changed in a share of the cases."""
    from tools.acoustic_model.world import analysed, applied, random_change

    voice, words, phones, wave = spoken
    if not MIN_S * SAMPLE_RATE < len(wave) < MAX_S * SAMPLE_RATE:
        return
    print_ = analysed(wave)
    if rng.random() < changed:
        yield f"{voice}+world", words, phones, applied(print_, random_change(rng), rng)
    else:
        yield spoken
    yield f"{voice}+world", words, phones, applied(print_, random_change(rng), rng)


ENGINES: dict[str, Callable[[random.Random, int], Iterator[Spoken]]] = {
    "espeak": _espeak,
    "foreign": _foreign,
    "flite": _flite,
    "morph": _morph,
    "festival": _festival,
    "plain": _plain,
    "pico": _pico,
    "throats": _throats,
    "abroad": _abroad,
    "guests": _guests,
    "kokoro": _kokoro,
    "kokoromix": partial(_kokoro, strangers=True),
    "rhvoice": _rhvoice,
}


def write(path: Path, spoken: Iterator[Spoken], rng: random.Random) -> tuple[int, float]:
    """Writes the pair of files of one chunk. Returns the number of utterances and their seconds."""
    waves: list[Wave] = []
    meta: list[tuple[str, list[str], list[list[str]] | None]] = []
    for voice, words, phones, wave in spoken:
        done = finished(wave, rng)
        if done is not None:
            waves.append(done)
            meta.append((voice, list(words), None if phones is None else [list(word) for word in phones]))
    path.with_suffix(".json").write_text(json.dumps(meta), encoding="utf-8")
    offsets = np.cumsum([0, *(len(wave) for wave in waves)])
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, wav=np.concatenate(waves), off=offsets)
    os.replace(part, path)  # noqa: PTH105 - whoever sees the .npz sees all of it
    return len(waves), float(offsets[-1]) / SAMPLE_RATE


def speak(engine: str, count: int, seed: int, out: Path) -> None:
    """All chunks of one engine; prints a line for each. KeyError for an engine that is not in `ENGINES`."""
    make = ENGINES[engine]
    stem = out.with_suffix("") if out.suffix == ".npz" else out
    for index, first in enumerate(range(0, count, CHUNK)):
        path = stem.with_name(f"{stem.name}_{index:03d}.npz")
        if path.exists():
            continue
        start = time.monotonic()
        rng = random.Random(f"{engine} {seed} {index}")
        number, seconds = write(path, make(rng, min(CHUNK, count - first)), rng)
        took = time.monotonic() - start
        print(f"{path.name}: {number} utterances, {seconds / 3600:.2f} h, took {took:.0f} s", flush=True)


def main() -> None:
    engine, count, seed, out = sys.argv[1:]
    speak(engine, int(count), int(seed), Path(out))


if __name__ == "__main__":
    main()
