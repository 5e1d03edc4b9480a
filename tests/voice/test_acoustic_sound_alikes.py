"""Words that are taken for commands: which are tried, and how they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.voice_bench.hearing import MODEL
from controller.voice_bench.speakers import Speaker
from tools.acoustic_model.sound_alikes import QUIET, Job, by_command, candidates, taken


def test_no_form_of_an_answer_is_tried() -> None:
    known = ["help", "helped", "he", "hell", "no", "nor", "sign", "signing", "confirm", "conf", "i'll", "a", "[unk]"]
    assert candidates(known, {"help", "no", "sign", "confirm"}) == ["he", "hell", "nor"]


def test_what_was_taken_most_often_comes_first() -> None:
    found = [("shore", "short"), ("shirt", "short"), ("bag", "back"), ("shirt", "short")]
    assert by_command(found) == {"back": ["bag"], "short": ["shirt", "shore"]}


@pytest.mark.slow
def test_hears_what_is_taken_for_a_command(tmp_path: Path) -> None:
    job = Job(MODEL, tmp_path, Speaker("en-us+f2"), QUIET, ("confirm", "holiday"))
    assert taken(job) == [("confirm", "confirm")]
