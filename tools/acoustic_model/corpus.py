"""
The training speech in memory, and batches made of it: stretched, cut, joined, padded.

In: folders written by `prepare`; the lexicon for utterances whose phones are not known.
Out: batches of clean log-mel with levels and phone graphs, ready for `augment.Distorter`.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tools.acoustic_model.augment import NOISE_DB, Banks, stretch
from tools.acoustic_model.features import BINS, FLOOR
from tools.acoustic_model.lexicon import PHONES, training_pronunciations
from tools.acoustic_model.network import STRIDE
from tools.acoustic_model.phone_graph import JOINED, PhoneGraph, phone_graph

Frames = NDArray[np.float32]
Word = tuple[tuple[int, ...], ...]  # the pronunciations that may have been said
_NUMBER = {phone: i for i, phone in enumerate(PHONES)}
SLOWEST = 0.42  # of the pace of the engines, which hurry: people who say one word take their time
LONGEST = 900  # frames of a joined utterance
#: Engines whose sounds were once a person's, and how much more they count than formant synthesis of the same size.
RECORDED = ("plain", "pico", "rhvoice", "throats", "guests", "flite", "festival", "abroad", "morph")
PEOPLE = 3.0
#: The neural voices count most: they are many, and what is nearest to people who simply talk.
NEURAL = 12.0
#: Recordings of people, who talk, or speak other languages.
REAL, STRANGERS = ("actors", "dubbers", "volunteers", "learners", "telephone"), 8.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance: its copies (log-mel, level in dB re one step), its words, its place among those of its file."""

    voice: str
    engine: str
    words: tuple[Word, ...]
    copies: tuple[tuple[NDArray[np.float16], float], ...]
    place: int = 0

    @property
    def talk(self) -> bool:
        """Whether it is talk, or another language: phones follow each other otherwise than in answers."""
        return self.engine.startswith(REAL)


@dataclass(frozen=True, slots=True)
class Batch:
    clean: Tensor  # [B, T, 40]
    level_db: Tensor  # [B]
    lengths: Tensor  # [B] outputs of 30 ms
    graphs: tuple[PhoneGraph, ...]
    talk: Tensor  # [B] bool: see `Spoken.talk`


def held_back(voice: str) -> bool:
    """Development speakers: one donor of the flite voices, and one in twenty-five of the others."""
    return "awb" in voice or zlib.crc32(voice.partition("+")[2].encode()) % 25 == 7


@dataclass(slots=True)
class Corpus:
    """Utterances to train on and to develop with; `refresh` takes in files that have arrived."""

    folder: Path
    training: list[Spoken] = field(default_factory=list)
    development: list[Spoken] = field(default_factory=list)
    _files: set[str] = field(default_factory=set)
    _share: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def refresh(self) -> bool:
        """Whether anything was new."""
        new = [f for f in sorted(self.folder.glob("*.npz")) if f.name not in self._files and ".part" not in f.name]
        for f in new:
            self._files.add(f.name)
            for spoken in read(f):
                held = held_back(spoken.voice) and not spoken.talk
                (self.development if held else self.training).append(spoken)
        if new:
            self._weigh()
        return bool(new)

    def release_development(self) -> None:
        """Train on the development speakers too (the last part of a run)."""
        self.training.extend(self.development)
        self._weigh()

    def _weigh(self) -> None:
        """Engines count by a power of their size: many cheap voices of one kind must not drown the others."""
        engines, index = np.unique([s.engine for s in self.training], return_inverse=True)
        size = np.bincount(index, minlength=len(engines)).astype(np.float64)
        share = size**0.65 * np.array([_weight(engine) for engine in engines])
        self._share = np.cumsum((share / share.sum() / size)[index])

    def draw(self, rng: Generator) -> Spoken:
        return self.training[int(np.searchsorted(self._share, rng.random() * self._share[-1]))]


def _weight(engine: str) -> float:
    if engine.startswith("kokoro"):
        return NEURAL
    if engine.startswith(REAL):
        return STRANGERS
    return PEOPLE if engine.startswith(RECORDED) else 1.0


def read(path: Path) -> Iterator[Spoken]:
    """Utterances of one file; those with a word that the lexicon does not know are left out."""
    with np.load(path) as stored:
        mel, off, level, utterance = (stored[k] for k in ("mel", "off", "level", "utterance"))
    meta = json.loads(path.with_suffix(".json").read_text())
    engine = path.stem.rstrip("0123456789").rstrip("_")
    copies: dict[int, list[tuple[NDArray[np.float16], float]]] = {}
    for i, of in enumerate(utterance):
        copies.setdefault(int(of), []).append((mel[off[i] : off[i + 1]], float(level[i])))
    for i, parts in copies.items():
        voice, words, phones = meta[i]
        try:
            labels = [*chain.from_iterable(map(_known, phones))] if phones else [possible(w) for w in words]
        except KeyError:
            continue
        yield Spoken(voice, engine, tuple(w for w in labels if w == JOINED or w[0]), tuple(parts), i)


def _known(phones: Sequence[str]) -> list[Word]:
    """A word told by phones; where one stands for several readings, `AA|AH`, word after word without a pause."""
    if not any("|" in phone or "+" in phone for phone in phones):
        return [(tuple(_NUMBER[p] for p in phones),)]
    sounds = [tuple(_numbered(reading) for reading in phone.split("|")) for phone in phones]
    return [word for sound in sounds for word in (JOINED, sound)][1:]


def _numbered(reading: str) -> tuple[int, ...]:
    return tuple(_NUMBER[p] for p in reading.split("+") if p)


def possible(word: str) -> Word:
    """The pronunciations of which one was said. KeyError if the lexicon has none."""
    return tuple(tuple(_NUMBER[p] for p in phones) for phones in training_pronunciations(word))


@dataclass(frozen=True, slots=True)
class Piece:
    frames: Frames
    level_db: float
    graph: PhoneGraph
    talk: bool = False


def silence(frames: int) -> Frames:
    return np.full((frames, BINS), FLOOR, np.float32)


def piece(corpus: Corpus, rng: Generator) -> Piece:
    """One training example: mostly an utterance, sometimes several in a row, seldom none at all."""
    if rng.random() < 0.04:
        return Piece(silence(int(rng.integers(20, 200))), NOISE_DB, phone_graph([]))
    spoken = [corpus.draw(rng)]
    while rng.random() < 0.2 and len(spoken) < 4:
        spoken.append(corpus.draw(rng))
    spoken = [s for s in spoken if s.talk == spoken[0].talk]
    speed = float(np.clip(np.exp(rng.normal(-0.1, 0.32)), SLOWEST, 1.7)) if rng.random() < 0.85 else 1.0
    words: list[Word] = []
    parts: list[Frames] = []
    levels = []
    for s in spoken:
        mel, level = s.copies[int(rng.integers(len(s.copies)))]
        frames = _cut(mel, rng)
        graph = phone_graph(s.words)
        fastest = len(frames) / (STRIDE * (graph.shortest() + 1))
        frames = stretch(frames, min(speed, max(fastest, SLOWEST)), rng)
        if parts and len(frames) + sum(map(len, parts)) > LONGEST:
            break
        if parts and rng.random() < 0.8:
            parts.append(silence(int(rng.integers(1, 60))))
        parts.append(frames)
        words.extend(s.words)
        levels.append(level)
    if rng.random() < 0.7:
        parts.insert(0, silence(int(rng.integers(1, 60))))
    if rng.random() < 0.7:
        parts.append(silence(int(rng.integers(1, 60))))
    return Piece(np.concatenate(parts), float(np.mean(levels)), phone_graph(words), spoken[0].talk)


def _cut(mel: NDArray[np.float16], rng: Generator) -> Frames:
    """Tight cuts: one in three loses 10-40 ms at either end."""
    if len(mel) > 30 and rng.random() < 0.33:
        mel = mel[int(rng.integers(0, 5)) : len(mel) - int(rng.integers(0, 5))]
    return mel.astype(np.float32)


def whole(spoken: Spoken, rng: Generator) -> Piece:
    """A development example: the clean copy in a little silence."""
    mel, level = spoken.copies[0]
    lead, tail = silence(int(rng.integers(1, 30))), silence(int(rng.integers(1, 30)))
    return Piece(np.concatenate([lead, mel.astype(np.float32), tail]), level, phone_graph(spoken.words), spoken.talk)


def batches(pieces: list[Piece], frames: int, rng: Generator) -> list[Batch]:
    """Batches of about as many frames, each of pieces of similar length, in random order."""
    fitting = [p for p in pieces if (len(p.frames) + STRIDE - 1) // STRIDE > p.graph.shortest()]
    fitting.sort(key=lambda p: len(p.frames) + rng.uniform(0, 10))
    groups: list[list[Piece]] = [[]]
    for p in fitting:
        if groups[-1] and len(p.frames) * (len(groups[-1]) + 1) > frames:
            groups.append([])
        groups[-1].append(p)
    order = rng.permutation(len(groups))
    return [_batch(groups[i]) for i in order if groups[i]]


def _batch(pieces: list[Piece]) -> Batch:
    clean = np.full((len(pieces), max(len(p.frames) for p in pieces), BINS), FLOOR, np.float32)
    for i, p in enumerate(pieces):
        clean[i, : len(p.frames)] = p.frames
    return Batch(
        torch.from_numpy(clean),
        torch.tensor([p.level_db for p in pieces]),
        torch.tensor([(len(p.frames) + STRIDE - 1) // STRIDE for p in pieces]),
        tuple(p.graph for p in pieces),
        torch.tensor([p.talk for p in pieces]),
    )


def babble(corpus: Corpus, clips: int, rng: Generator) -> Frames:
    """Frames of two to six people talking at once, at `NOISE_DB`; clips of eight seconds."""
    out = []
    for _ in range(clips):
        power = np.zeros((800, BINS))
        for _ in range(int(rng.integers(2, 7))):
            at, gain = int(rng.integers(-60, 0)), np.exp(rng.normal(0, 0.7))
            while at < len(power):
                mel, level = corpus.draw(rng).copies[0]
                voice = np.exp(mel.astype(np.float64) + (NOISE_DB - level) * 0.23026) * gain
                begin, end = max(at, 0), max(0, min(at + len(mel), len(power)))
                power[begin:end] += voice[begin - at : begin - at + end - begin]
                at += len(mel) + int(rng.integers(5, 60))
        power *= 0.35
        out.append(np.log(np.maximum(power, 1e-6)))
    return np.concatenate(out).astype(np.float16)


def banks(corpus: Corpus, clips: int, rng: Generator, device: str = "cpu") -> Banks:
    """The folder's noise, and so many clips of babble made of its speakers."""
    noise = np.load(corpus.folder / "noise.npy").astype(np.float32)
    return Banks.build(noise, babble(corpus, clips, rng), rng, device)
