"""HTS voices: decision trees and tables of means into a track of spectra, pitches and breathiness.

In: a file `voice.data` of RHVoice, labels of phones, lengths of pauses, a pace. Out: a `Voiceprint` for WORLD.

The trees ask a label for five states with a duration, a spectrum, a pitch and a breathiness each; the smoothest track
through the states' means is the likeliest one (Tokuda et al., ICASSP 2000).
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import solveh_banded

from tools.acoustic_model.world import FRAME_MS, Voiceprint

Array = np.ndarray[Any, Any]
_RATE, _BINS = 16000, 257
_STATES = 5
_WINDOWS = 3  # static, first and second difference
_POSTFILTER = 0.4  # as the voices' `voice.params` has it: sharper formants, which averaging has flattened
#: Hertz in the middle of the seven bands of breathiness.
_BANDS = (500, 1500, 3000, 5000, 7000, 9000, 11000)
Question = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # within, at the start, at the end


def _question(patterns: str) -> Question:
    within: list[str] = []
    start: list[str] = []
    end: list[str] = []
    for pattern in re.findall(r'"([^"]*)"', patterns):
        text = pattern.strip("*")
        kind = end if pattern[0] == "*" and pattern[-1] != "*" else start if pattern[0] != "*" else within
        kind.append(text)
    return tuple(within), tuple(start), tuple(end)


class Trees:
    """The decision trees of one stream, one for each state: from a label to a row of the stream's table."""

    def __init__(self, text: str) -> None:
        asked = {name: _question(rest) for name, rest in re.findall(r"QS\s+(\S+)\s+\{(.*?)\}", text)}
        self._trees: list[dict[str, tuple[Question, str, str]]] = []
        for block in re.findall(r"\{\*\}\[\d+\]\s*\{(.*?)\n\}", text, re.DOTALL):
            lines = (line.split() for line in block.strip().splitlines())
            self._trees.append({node: (asked[name], no, yes) for node, name, no, yes in lines})

    def __len__(self) -> int:
        return len(self._trees)

    def leaf(self, state: int, label: str) -> int:
        """Counted from 0."""
        tree, node = self._trees[state], "0"
        while node[0] != '"':
            (within, start, end), no, yes = tree[node]
            hit = any(text in label for text in within) or label.startswith(start) or label.endswith(end)
            node = yes if hit else no
        return int(node.strip('"').rsplit("_", 1)[1]) - 1


class Stream:
    """Means and variances of one kind of parameter, and the trees that lead to them."""

    def __init__(self, table: bytes, trees: str, width: int, *, gated: bool) -> None:
        self._trees = Trees(trees)
        sizes = np.frombuffer(table, "<u4", len(self._trees))
        row = 2 * width + gated
        values = np.frombuffer(table, "<f4", offset=sizes.nbytes).reshape(-1, row).astype(float)
        self._tables = np.split(values, np.cumsum(sizes)[:-1])
        self._width = width

    def of(self, state: int, label: str) -> tuple[Array, Array, float]:
        """Mean, variance, and the probability that there is a value at all."""
        row = self._tables[state][self._trees.leaf(state, label)]
        return row[: self._width], row[self._width : 2 * self._width], row[-1]


class HtsVoice:
    """A file `voice.data`. Rows of the result are 5 ms apart."""

    def __init__(self, path: Path) -> None:
        raw = path.read_bytes()
        head, _, body = raw.partition(b"[DATA]\n")
        self._head, self._body = head.decode("latin-1"), body
        self.rate = int(self._field("SAMPLING_FREQUENCY"))
        self.frame_ms = 1000 * int(self._field("FRAME_PERIOD")) / self.rate
        self._warp = float(self._field("OPTION[MCP]").partition("ALPHA=")[2].partition(",")[0])
        self._duration = Stream(self._part("DURATION_PDF"), self._text("DURATION_TREE"), _STATES, gated=False)
        self._streams = {
            name: Stream(
                self._part(f"STREAM_PDF[{name}]"),
                self._text(f"STREAM_TREE[{name}]"),
                _WINDOWS * int(self._field(f"VECTOR_LENGTH[{name}]")),
                gated=name == "LF0",
            )
            for name in ("MCP", "LF0", "BAP")
        }
        self._cosines = np.cos(np.outer(np.arange(int(self._field("VECTOR_LENGTH[MCP]"))), self._axis()))

    def _field(self, name: str) -> str:
        return re.search(rf"^{re.escape(name)}:(.*)$", self._head, re.MULTILINE)[1]  # type: ignore[index]

    def _part(self, name: str) -> bytes:
        first, last = map(int, self._field(name).split("-"))
        return self._body[first : last + 1]

    def _text(self, name: str) -> str:
        return self._part(name).decode("latin-1")

    def _axis(self) -> Array:
        """Our linear frequencies on the warped scale of the cepstra, in radians."""
        omega = 2 * np.pi * np.linspace(0, _RATE / 2, _BINS) / self.rate
        return np.asarray(omega + 2 * np.arctan2(self._warp * np.sin(omega), 1 - self._warp * np.cos(omega)))

    def lengths(self, labels: list[str], pauses: dict[int, float], pace: float) -> Array:
        """Frames of each state of each phone; `pauses` sets the seconds of some phones.

        Haste and leisure change most what varies most, as in HTS.
        """
        mean, variance = (
            np.array([part[:_STATES] for part in parts])
            for parts in list(zip(*(self._duration.of(0, label) for label in labels), strict=True))[:2]
        )
        spoken = np.array(["-pau+" not in label for label in labels])
        total = mean[spoken].sum()
        mean[spoken] += (total / pace - total) / variance[spoken].sum() * variance[spoken]
        for index, seconds in pauses.items():
            mean[index] = seconds * 1000 / self.frame_ms / _STATES
        return np.maximum(1, np.rint(mean)).astype(int)

    def voiceprint(self, labels: list[str], pauses: dict[int, float], pace: float) -> Voiceprint:
        """What is said, for WORLD, a row every `FRAME_MS`."""
        frames = self.lengths(labels, pauses, pace).ravel()
        cepstra, pitch, bands = (self._track(name, labels, frames) for name in ("MCP", "LF0", "BAP"))
        voiced = ~np.isnan(pitch)
        spectrum = self._spectrum(cepstra)
        axis = np.linspace(0, _RATE / 2, _BINS)
        breath = 10 ** (np.array([np.interp(axis, _BANDS, row) for row in bands]) / 20)
        rows = np.arange(0.0, len(pitch) - 1, FRAME_MS / self.frame_ms)
        low, nearest = rows.astype(int), np.rint(rows).astype(int)
        share = (rows - low)[:, None]
        return Voiceprint(
            np.where(voiced, np.exp(pitch), 0.0)[nearest, 0],
            spectrum[low] * (1 - share) + spectrum[low + 1] * share,
            np.where(voiced, np.clip(breath, 1e-3, 1.0), 1.0)[nearest],
        )

    def _track(self, name: str, labels: list[str], frames: Array) -> Array:
        """One parameter over time; NaN where it has no value (the pitch of voiceless sounds)."""
        found = [self._streams[name].of(state, label) for label in labels for state in range(_STATES)]
        mean, variance = (np.repeat(np.array([row[i] for row in found]), frames, axis=0) for i in (0, 1))
        there = np.repeat(np.array([name != "LF0" or row[2] > 0.5 for row in found]), frames)
        track = np.full((len(there), mean.shape[1] // _WINDOWS), np.nan)
        if there.any():
            track[there] = smoothest(mean[there], variance[there], edges(there))
        return track

    def _spectrum(self, cepstra: Array) -> Array:
        """Log power, the formants sharpened, at the power of before."""
        plain = 2 * cepstra @ self._cosines
        b = cepstra.copy()
        for k in range(b.shape[1] - 2, -1, -1):
            b[:, k] -= self._warp * b[:, k + 1]
        b[:, 1] -= _POSTFILTER * self._warp * b[:, 2]
        b[:, 2:] *= 1 + _POSTFILTER
        for k in range(b.shape[1] - 1):
            b[:, k] += self._warp * b[:, k + 1]
        sharp = 2 * b @ self._cosines
        level = np.log(np.exp(plain).mean(axis=1)) - np.log(np.exp(sharp).mean(axis=1))
        return np.asarray(sharp + level[:, None] - 2 * math.log(32768))


def edges(there: Array) -> Array:
    """Of the frames that are there: which begin or end a run of them."""
    padded = np.concatenate([[False], there, [False]])
    return np.asarray(~(padded[:-2] & padded[2:]))[there]


def smoothest(mean: Array, variance: Array, edge: Array) -> Array:
    """The likeliest track, given means and variances of values, first and second differences (in this order)."""
    width = mean.shape[1] // _WINDOWS
    weight = 1 / variance
    weight[edge, width:] = 0.0
    track = np.empty((len(mean), width))
    for k in range(width):
        (p0, p1, p2), (m0, m1, m2) = (table[:, k::width].T for table in (weight, mean))
        one, two = p1 * m1 / 2, p2 * m2
        around = p1 / 4 + p2
        bands = np.zeros((3, len(mean)))
        bands[2] = p0 + 4 * p2
        bands[2, :-1] += around[1:]
        bands[2, 1:] += around[:-1]
        bands[1, 1:] = -2 * (p2[:-1] + p2[1:])
        bands[0, 2:] = (p2 - p1 / 4)[1:-1]
        right = p0 * m0 - 2 * two
        right[1:] += (one + two)[:-1]
        right[:-1] += (two - one)[1:]
        track[:, k] = solveh_banded(bands[max(0, 3 - len(mean)) :], right, check_finite=False)
    return track
