"""
Clean speech files into log-mel frames, each utterance also as treated copies (codecs, clipping, echoes, speed).

In: NAME.npz (`wav` int16 at 16 kHz, `off`) and NAME.json ([voice, words, phones] per utterance), as `speak` writes.
Out: NAME.npz in another folder (`mel` float16, `off`, `level` in dB re one step, `utterance`), and a copy of NAME.json.

`python -m tools.acoustic_model.prepare SPEECH_FOLDER FEATURE_FOLDER COPIES MINUTES` goes on looking for new files.
"""

import shutil
import sys
import time
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly

from tools.acoustic_model.augment import NOISE_DB
from tools.acoustic_model.features import RATE, level_db, log_mel
from tools.acoustic_model.noise import noise

Wave = NDArray[np.float64]
LONGEST = 8 * RATE


def respeed(wave: Wave, factor: float) -> Wave:
    """Faster and higher, or slower and lower: resampled through the spectrum."""
    count = len(wave)
    target = round(count / factor)
    lines = np.fft.rfft(wave)
    keep = target // 2 + 1
    lines = lines[:keep] if keep <= len(lines) else np.pad(lines, (0, keep - len(lines)))
    return np.asarray(np.fft.irfft(lines, target) * (target / count))


def room(wave: Wave, rng: Generator) -> Wave:
    """A random impulse response: direct sound, then noise that decays within 0.1-0.7 s."""
    seconds = rng.uniform(0.1, 0.7)
    time_axis = np.arange(int(RATE * min(seconds, 0.5))) / RATE
    response = rng.normal(size=len(time_axis)) * np.exp(-6.9 * time_axis / seconds) * rng.uniform(0.01, 0.2)
    response[: int(rng.uniform(0.001, 0.012) * RATE)] = 0
    response[0] = 1
    if rng.random() < 0.5:
        response = lfilter(*butter(1, rng.uniform(1500, 7000) / 8000), response)
    return np.asarray(fftconvolve(wave, response)[: len(wave) + 1600])


def companded(wave: Wave, rng: Generator) -> Wave:
    """A telephone: 8 kHz, logarithmic 8-bit (or fewer) samples."""
    slow = resample_poly(wave, 1, 2)
    peak = np.abs(slow).max() + 1e-6
    steps = 2 ** int(rng.integers(5, 8)) - 1
    log = np.sign(slow) * np.log1p(255 * np.abs(slow) / peak) / np.log(256)
    quantised = np.round(log * steps) / steps
    return np.asarray(resample_poly(np.sign(quantised) * peak * (256 ** np.abs(quantised) - 1) / 255, 2, 1))


def clipped(wave: Wave, rng: Generator) -> Wave:
    """Too loud for the converter: the loudest 0.5-15 % of the samples are cut."""
    limit = np.quantile(np.abs(wave), 1 - np.exp(rng.uniform(np.log(0.005), np.log(0.15))))
    return np.clip(wave, -limit, limit)


def treated(wave: Wave, rng: Generator) -> Wave:
    """One copy of the wave with one treatment at least."""
    out, before = wave, wave
    if rng.random() < 0.6:
        out = respeed(out, rng.uniform(0.84, 1.2))
    if rng.random() < 0.3:
        out = room(out, rng)
    if rng.random() < 0.25:
        out = clipped(out, rng)
    if rng.random() < 0.3:
        out = companded(out, rng)
    elif rng.random() < 0.15:
        out = resample_poly(resample_poly(out, 1, 2), 2, 1)
    if out is before:
        out = respeed(out, rng.uniform(0.8, 0.95))
    return np.asarray(out * (20_000 / (np.abs(out).max() + 1e-6)))


def prepare(source: Path, target: Path, copies: int, seed: int) -> float:
    """One file; returns the hours of speech written. Treated copies are rounded as a converter would."""
    rng = np.random.default_rng(seed)
    with np.load(source) as stored:
        wav, off = stored["wav"], stored["off"]
    mel, level, utterance, lengths = [], [], [], [0]
    for i in range(len(off) - 1):
        clean = wav[off[i] : off[i + 1]].astype(np.float64)
        if not RATE // 8 <= len(clean) <= LONGEST:
            continue
        for copy in range(copies):
            wave = np.round(treated(clean, rng)) if copy else clean
            frames = log_mel(wave)
            mel.append(frames.astype(np.float16))
            level.append(level_db(wave))
            utterance.append(i)
            lengths.append(len(frames))
    scratch = target.with_suffix(".part.npz")
    shutil.copy(source.with_suffix(".json"), target.with_suffix(".json"))
    np.savez(scratch, mel=np.concatenate(mel), off=np.cumsum(lengths), level=np.array(level), utterance=utterance)
    scratch.rename(target)
    return sum(lengths) / 360_000


def noise_bank(target: Path, clips: int, seed: int) -> None:
    """Log-mel of clips of eight seconds of noise, at `NOISE_DB`."""
    rng = np.random.default_rng(seed)
    scale = 10 ** (NOISE_DB / 20)
    frames = [log_mel(noise(rng, 8 * RATE) * scale).astype(np.float16) for _ in range(clips)]
    np.save(target, np.concatenate(frames))


def main(arguments: list[str]) -> None:
    speech, features = Path(arguments[0]), Path(arguments[1])
    copies, until = int(arguments[2]), time.monotonic() + 60 * float(arguments[3])
    features.mkdir(parents=True, exist_ok=True)
    if not (features / "noise.npy").exists():
        noise_bank(features / "noise.npy", 400, seed=1)
        print("noise bank written", flush=True)
    done = 0.0
    while True:
        waiting = [
            f
            for f in sorted(speech.glob("*.npz"))
            if not f.name.startswith("test") and f.with_suffix(".json").exists() and not (features / f.name).exists()
        ]
        for f in waiting:
            done += prepare(f, features / f.name, copies, seed=len(list(features.glob("*.npz"))) + 100)
            print(f"{f.name}: {done:.2f} h in all", flush=True)
        if time.monotonic() > until:
            return
        if not waiting:
            time.sleep(3)


if __name__ == "__main__":
    main(sys.argv[1:])
