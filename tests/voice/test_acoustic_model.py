"""
The writers of the speech model: bytes as Kaldi reads them, the graph's shape; and the shipped model in a real Vosk.

In: tiny layers and lexicons; controller/voice/models/en-embedded; recordings in tests/voice/audio.
Out: -
"""

from __future__ import annotations

import io
import json
import struct
import wave
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from tools.acoustic_model import features, graph, kaldi_model  # noqa: E402
from tools.acoustic_model.layer import Layer  # noqa: E402


def written(write: Any, *values: Any, **named: Any) -> bytes:
    out = io.BytesIO()
    write(out, *values, **named)
    return out.getvalue()


def test_numbers_and_vectors_are_written_as_kaldi_reads_them() -> None:
    assert written(kaldi_model.token, "<Dim>") == b"<Dim> "
    assert written(kaldi_model.integer, 40) == b"\x04\x28\x00\x00\x00"
    assert written(kaldi_model.integers, [1, -1]) == b"\x04\x02\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff"
    assert written(kaldi_model.vector, [1.0]) == b"FV \x04\x01\x00\x00\x00\x00\x00\x80\x3f"


def test_an_eight_bit_matrix_is_a_range_and_one_byte_per_weight() -> None:
    matrix = np.array([[-1.0, 0.0], [1.0, 0.5]])
    data = written(kaldi_model.matrix, matrix, kaldi_model.Width.EIGHT)
    assert data == b"CM3 " + struct.pack("<ffii", -1.0, 2.0, 2, 2) + bytes([0, 128, 255, 191])
    assert kaldi_model.rounded(matrix, kaldi_model.Width.EIGHT) == pytest.approx(matrix, abs=1 / 255)


def test_transition_ids_count_first_and_further_frames_of_every_phone_in_every_place() -> None:
    assert kaldi_model.leaving("SIL", "S") == 2
    assert [kaldi_model.leaving("AA", place) for place in "BEIS"] == [4, 6, 8, 10]
    last_real = kaldi_model.leaving("ZH", "S")
    assert kaldi_model.garbage_leaving("B", "AA") == last_real + 2
    assert kaldi_model.word_boundaries().splitlines()[:3] == ["1 nonword", "2 begin", "3 end"]
    states = written(kaldi_model.transition_model).split(b"<Tuples> ")[1]
    assert struct.unpack("<xi", states[:5])[0] == 157 + 3 * 39


def test_a_bypass_is_added_by_a_node_of_its_own() -> None:
    first = Layer("a", (-3, 0), np.ones((2, 4)), np.ones(2), relu=True)
    second = Layer("b", (0,), np.ones((2, 2)), np.ones(2), relu=True, bypass="a", bypass_scale=0.5)
    lines = kaldi_model.wiring([first, second], 2).splitlines()
    assert lines[1].endswith("input=Append(Offset(input, -3), input)")
    assert lines[-2] == "component-node name=b.sum component=b.sum input=Sum(b.relu, Scale(0.5, a.relu))"
    assert lines[-1] == "output-node name=output input=b.sum objective=linear"


def test_a_layer_without_bias_is_linear_so_that_kaldi_does_not_multiply_it_out() -> None:
    narrow = Layer("n", (0,), np.ones((1, 2)), np.zeros(1), relu=False)
    data = written(kaldi_model.network, [narrow], 2, kaldi_model.Width.FLOAT)
    assert b"<LinearComponent> " in data
    assert b"<AffineComponent> " not in data


def test_words_share_their_beginnings_and_come_out_on_their_last_phone() -> None:
    entries = [("six", ("S", "IH", "K", "S"), 0.0), ("sick", ("S", "IH", "K"), 0.0)]
    arcs, final = graph.lexicon_graph(entries, graph.Costs())
    firsts = [a for a in arcs if a[2] == kaldi_model.leaving("S", "B")]
    assert len(firsts) == 1
    assert firsts[0][0] == final
    assert {(a[2], a[3]) for a in arcs if a[3] in {"six", "sick"}} == {
        (kaldi_model.leaving("S", "E"), "six"),
        (kaldi_model.leaving("K", "E"), "sick"),
    }


def test_words_share_their_last_phones() -> None:
    entries = [("back", ("B", "AE", "K"), 0.0), ("pick", ("P", "IH", "K"), 0.5), ("a", ("AH",), 0.0)]
    arcs, _ = graph.lexicon_graph(entries, graph.Costs())
    ends = {word: (target, cost) for _, target, _, word, cost in arcs if word in {"back", "pick", "a"}}
    last = ends["back"][0]
    assert (ends["pick"], ends["a"][0] == last) == ((last, 0.5), False)
    further = [arc for arc in arcs if arc[0] == arc[1] == last]
    assert further == [(last, last, kaldi_model.leaving("K", "E") - 1, "", 0.0)]


def test_unknown_costs_its_entry_and_every_phone() -> None:
    arcs, _ = graph.lexicon_graph([], graph.Costs(unknown=2.0, unknown_phone=1.5))
    entering = [a[4] for a in arcs if a[2] == kaldi_model.garbage_leaving("B", "T")]
    leaving = [(a[3], a[4]) for a in arcs if a[2] == kaldi_model.garbage_leaving("E", "T")]
    assert entering == [3.5]
    assert leaving == [(graph.UNKNOWN, 1.5)]


def test_mfcc_is_the_lifted_cosine_transform_of_log_mel_and_can_be_undone() -> None:
    wave_ = np.random.default_rng(1).normal(size=1600) * 1000
    mel = features.log_mel(wave_)
    assert mel.shape == (features.frame_count(1600), 40) == (8, 40)
    back = features.mfcc(wave_) @ np.linalg.inv(features.mfcc_matrix()).T
    assert back == pytest.approx(mel, abs=1e-3)
    assert features.log_mel(np.zeros(400)).max() == pytest.approx(features.FLOOR)


def test_a_tone_lies_in_the_triangle_around_its_pitch() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(800) / features.RATE) * 8000
    loudest = int(features.log_mel(tone)[0].argmax())
    assert abs(features.hertz_of_bins()[loudest] - 1000) < 60


def test_a_slow_speaker_draws_out_what_is_loud() -> None:
    augment = pytest.importorskip("tools.acoustic_model.augment")
    weak, loud = np.zeros((40, features.BINS), np.float32), np.full((40, features.BINS), 12, np.float32)
    slow = augment.stretch(np.concatenate([weak, loud]), 0.5, np.random.default_rng(0))
    assert len(slow) == 160
    assert (slow[:, 5] > 6).sum() > 85


@pytest.fixture(scope="module")
def shipped(repo: Path) -> Any:
    vosk = pytest.importorskip("vosk")
    vosk.SetLogLevel(-1)
    return vosk.Model(str(repo / "controller" / "voice" / "models" / "en-embedded"))


def heard(model: Any, path: Path, phrases: list[str]) -> str:
    from vosk import KaldiRecognizer

    with wave.open(str(path)) as file:
        sound = file.readframes(file.getnframes())
    quiet = b"\x00" * 16_000
    recogniser = KaldiRecognizer(model, 16_000, json.dumps([*phrases, "[unk]"]))
    recogniser.AcceptWaveform(quiet + sound + quiet)
    return str(json.loads(recogniser.FinalResult())["text"])


@pytest.mark.slow
def test_the_shipped_model_is_small(repo: Path) -> None:
    folder = repo / "controller" / "voice" / "models" / "en-embedded"
    assert sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) <= 3_000_000


@pytest.mark.slow
def test_the_shipped_model_knows_the_whole_vocabulary(shipped: Any) -> None:
    from tools.acoustic_model.lexicon import decode_words

    missing = [word for word in [*decode_words(), "[unk]"] if shipped.vosk_model_find_word(word) < 0]
    assert missing == []


@pytest.mark.slow
def test_the_shipped_model_hears_commands_and_rejects_other_words(shipped: Any, repo: Path) -> None:
    audio = repo / "tests" / "voice" / "audio"
    index = json.loads((audio / "index.json").read_text(encoding="utf-8"))
    said = [entry for entry in index if entry["kind"] == "vocabulary" and " " not in entry["words"]]
    phrases = sorted({entry["words"] for entry in said})
    right = sum(heard(shipped, audio / e["file"], phrases) == e["words"] for e in said)
    strange = [entry for entry in index if entry["kind"] == "oov" and " " in entry["words"]]
    taken = [e["words"] for e in strange if heard(shipped, audio / e["file"], phrases) in phrases]
    assert right >= 0.85 * len(said), f"{right} of {len(said)} right"
    assert taken == []
