"""Strange speech of test sets: what counts as strange, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.core.speech import Risk
from controller.voice.grammar import Choice, Grammar
from controller.voice_bench.rejection import Taken
from controller.voice_bench.surroundings import AIMED

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from tools.acoustic_model.evaluate import Utterance  # noqa: E402 only where what it needs is installed
from tools.acoustic_model.strange import Job, strangers, told  # noqa: E402


def test_what_is_an_answer_there_is_not_strange() -> None:
    wave = np.array([1, -2], np.int16)
    said = [("oov", "go"), ("command", "ready"), ("oov", "ready"), ("oov", "go")]
    utterances = [Utterance("v", kind, (text,), wave) for kind, text in said]
    found = strangers(utterances, Grammar("t", (Choice("ready"),)))
    assert {text: list(sound) for text, sound in found.items()} == {"0 go": [1, -2], "3 go": [1, -2]}


def test_tells_the_share_and_the_answers() -> None:
    job = Job(Path("m"), Path("test_ked.npz"), "all commands", AIMED[0])
    taken = [Taken("back", Risk.NORMAL), Taken("no", Risk.SAFE), Taken("back", Risk.NORMAL)]
    assert told(job, 120, taken) == "test_ked, all commands, clean: 2.5 % (3 of 120): back 2, no 1"
    assert told(job, 120, []) == "test_ked, all commands, clean: 0.0 % (0 of 120)"
