"""The workshop's packed features: smaller, and the same within half a step."""

import json
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from tools.acoustic_model.pack import STEP, pack, pack_noise, unpack  # noqa: E402


def _features(folder: Path) -> Any:
    rng = np.random.default_rng(1)
    mel = (rng.normal(0, 1, (90, 40)).cumsum(0) + 10).astype(np.float16)
    off, utterance = np.array([0, 20, 50, 90]), np.array([0, 0, 1])
    np.savez(folder / "a_000.npz", mel=mel, off=off, level=np.array([60.0, 61.0, 62.0]), utterance=utterance)
    (folder / "a_000.json").write_text(json.dumps([["x", ["one"], None], ["y", ["two"], [["T", "UW"]]]]))
    np.save(folder / "noise.npy", mel)
    return mel.astype(np.float32)


def test_features_arrive_within_half_a_step_with_as_many_copies_as_were_asked_for(tmp_path: Path) -> None:
    mel = _features(tmp_path)
    there_path, noise_path = tmp_path / "there.npz", tmp_path / "noise there.npz"
    pack(tmp_path / "a_000.npz", tmp_path / "packed.npz", copies=1)
    unpack(tmp_path / "packed.npz", there_path)
    pack_noise(tmp_path / "noise.npy", tmp_path / "packed noise.npz")
    unpack(tmp_path / "packed noise.npz", noise_path)

    with np.load(there_path) as there:
        assert there["utterance"].tolist() == [0, 1]
        assert there["off"].tolist() == [0, 20, 60]
        assert there["level"].tolist() == [60.0, 62.0]
        assert np.abs(there["mel"] - np.concatenate([mel[:20], mel[50:]])).max() <= STEP / 2 + 0.02
    told = [json.loads(f.with_suffix(".json").read_text()) for f in (there_path, tmp_path / "a_000.npz")]
    assert told[0] == told[1]
    assert np.abs(np.load(noise_path.with_suffix(".npy")) - mel).max() <= STEP / 2 + 0.02
