"""
Features made small for the way to another machine, and unpacked there: about 3 bits a value instead of 16.

In, out: `python -m tools.acoustic_model.pack FEATURES PACKED COPIES NAME...` writes NAME.packed.npz for NAME.npz, with
the first COPIES copies of every utterance, or for noise.npy; `python -m tools.acoustic_model.pack PACKED FEATURES`
makes the features of all that is packed.

Values are rounded to half a neper (an error of 0.14, far below what `augment` does to them), then differences in time
and from band to band are compressed.
"""

import bz2
import io
import json
import multiprocessing
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEP = 0.5
Values = NDArray[np.float32]


def packed(mel: Values) -> bytes:
    """Log-mel [frames, bands] as bytes."""
    steps = np.round(mel / STEP).astype(np.int16)
    change = np.diff(np.diff(steps, axis=0, prepend=0), axis=1, prepend=0)
    return bz2.compress(change.astype(np.int16).T.tobytes())


def unpacked(stored: bytes, bands: int) -> Values:
    change = np.frombuffer(bz2.decompress(stored), np.int16).reshape(bands, -1).T
    return (change.cumsum(1).cumsum(0) * STEP).astype(np.float32)


def pack(source: Path, target: Path, copies: int) -> None:
    with np.load(source) as stored:
        mel, off, level, utterance = (stored[k] for k in ("mel", "off", "level", "utterance"))
    rank = np.arange(len(utterance)) - np.searchsorted(utterance, utterance)
    kept = np.flatnonzero(rank < copies)
    frames = np.concatenate([mel[off[i] : off[i + 1]] for i in kept]).astype(np.float32)
    lengths = np.diff(off)[kept]
    beside = io.BytesIO()
    meta = source.with_suffix(".json").read_text()
    np.savez_compressed(
        beside,
        mel=np.frombuffer(packed(frames), np.uint8),
        off=np.cumsum([0, *lengths]).astype(np.int32),
        level=level[kept].astype(np.float32),
        utterance=utterance[kept].astype(np.int16),
        meta=np.frombuffer(json.dumps(json.loads(meta), separators=(",", ":")).encode(), np.uint8),
        bands=mel.shape[1],
    )
    target.write_bytes(beside.getvalue())


def pack_noise(source: Path, target: Path) -> None:
    frames = np.load(source).astype(np.float32)
    np.savez(target, mel=np.frombuffer(packed(frames), np.uint8), bands=frames.shape[1])


def unpack(source: Path, target: Path) -> None:
    with np.load(source) as stored:
        mel = unpacked(stored["mel"].tobytes(), int(stored["bands"])).astype(np.float16)
        if "off" not in stored:
            np.save(target.with_suffix(".npy"), mel)
            return
        target.with_suffix(".json").write_bytes(stored["meta"].tobytes())
        scratch = target.with_suffix(".part.npz")
        np.savez(scratch, mel=mel, off=stored["off"], level=stored["level"], utterance=stored["utterance"])
    scratch.rename(target)


def main(arguments: list[str]) -> None:
    source, target = Path(arguments[0]), Path(arguments[1])
    target.mkdir(parents=True, exist_ok=True)
    if len(arguments) == 2:
        files = sorted(source.glob("*.packed.npz"))
        with multiprocessing.Pool() as pool:
            pool.starmap(unpack, [(f, target / f.name.replace(".packed", "")) for f in files])
        return
    for name in arguments[3:]:
        out = target / f"{name}.packed.npz"
        if (source / f"{name}.npy").exists():
            pack_noise(source / f"{name}.npy", out)
        else:
            pack(source / f"{name}.npz", out, int(arguments[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
