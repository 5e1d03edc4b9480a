"""The dialogues of `tests/scenarios`, each as its text tells it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario import perform

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.pick"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda x: x.stem)
def test_a_dialogue_goes_as_told(path: Path) -> None:
    perform(path)


def test_a_wrong_expectation_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pick"
    wrong.write_text("on P1\nhear P1 no_work\nhear P1 aisle\n")
    with pytest.raises(AssertionError, match=r"wrong\.pick:3"):
        perform(wrong)
