"""The drawn state machines are the ones in force."""

from __future__ import annotations

from pathlib import Path

from controller.core.diagrams import document


def test_the_picture_is_fresh(repo: Path) -> None:
    assert (repo / "docs" / "STATES.md").read_text() == document(), "run `make docs`"
