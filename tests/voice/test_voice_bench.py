"""The bench with the real recogniser over a handful of phrases, and as a command.

In: the embedded model, one held-out speaker of espeak-ng. Out: cells, entries, a picture.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import build
from controller.voice_bench import accuracy, peer, plot, rejection
from controller.voice_bench.hearing import MODEL, Listener, fitted
from controller.voice_bench.noise import hall
from controller.voice_bench.scoring import Tally
from controller.voice_bench.sets import KINDS, at_pick, sets
from controller.voice_bench.speakers import Speaker
from controller.voice_bench.surroundings import CONDITIONS, Surroundings
from controller.voice_bench.talk import recordings

SPEAKER = Speaker("en-us+belinda")

pytestmark = pytest.mark.slow


def test_a_speaker_in_quiet_is_mostly_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    first = {one.kind: one for one in reversed(sets(fitted(MODEL), quick=True)) if len(one.asked) >= 3}
    few = [type(one)(one.kind, one.answers, one.grammar, one.asked[:3]) for one in first.values()]
    monkeypatch.setattr(accuracy, "sets", lambda *_args, **_named: tuple(few))
    found = accuracy.run(accuracy.Job(MODEL, SPEAKER, CONDITIONS[0], seed=0, quick=True))
    assert {kind: tally.n for kind, tally in found.items()} == dict.fromkeys(KINDS, 3)
    assert sum(tally.right for tally in found.values()) >= 15
    assert all(tally.right + tally.wrong + tally.rejected == tally.n for tally in found.values())
    assert sum(tally.forced for tally in found.values()) >= 15
    if peer.installed():
        assert all(tally.peer is not None for tally in found.values())


def test_only_what_has_an_aim_is_said_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    first = {one.kind: one for one in sets(fitted(MODEL), quick=True)}
    few = [type(one)(one.kind, one.answers, one.grammar, one.asked[:1]) for one in first.values()]
    monkeypatch.setattr(accuracy, "sets", lambda *_args, **_named: tuple(few))
    found = accuracy.run(accuracy.Job(MODEL, SPEAKER, CONDITIONS[2], seed=0, quick=False, repeat=1))
    assert {kind: tally.n for kind, tally in found.items()} == {
        "commands": 1,
        "commands in turn": 1,
        "check digits": 1,
    }


def test_a_hall_alone_is_no_answer() -> None:
    place = Surroundings(CONDITIONS[2], seed=5, noise=hall(seed=5, seconds=8))
    listener = Listener(MODEL)
    assert list(rejection.accepted(listener, at_pick(fitted(MODEL)), [place.alone(9.5)])) == []


def test_recorded_talk_is_heard_from_beside_the_wearer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who says "confirm" into the wearer's microphone confirms; the same from beside him is somebody else's."""
    monkeypatch.chdir(tmp_path)
    files = recordings(Path(__file__).parent / "audio" / "confirm.wav")
    found = rejection.recorded(rejection.Recorded(MODEL, tuple(files)))
    taken = {below: [one.text for one in fooled.accepted] for below, fooled in found.items()}
    assert taken == {0.0: ["confirm"], 15.0: []}
    assert (rejection.share([found], 2).value, rejection.share([found], 2).met) == (50.0, False)
    entries = {entry.name: entry for entry in rejection.by_level("recorded talk", [found])}
    assert len(entries) == 2 * len(rejection.COUNTED)
    assert (
        "1 in 0 min: confirm 1"
        in entries["false accepts, confirming answers, recorded talk at the level of the wearer"].note
    )


def test_the_picture_shows_every_kind(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    cells = [
        accuracy.Cell(group, condition.name, kind, Tally(n=10, right=9, peer=5))
        for group in ("ked", "espeak-ng")
        for condition in CONDITIONS
        for kind in KINDS
    ]
    file = tmp_path / "deep" / "plot.png"
    plot.draw(cells, file, "test")
    assert file.read_bytes().startswith(b"\x89PNG")


def test_as_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["pickbeam", "voice", "bench"])
    made: list[accuracy.Cell] = [accuracy.Cell("espeak-ng", "clean", "commands", Tally(n=4, right=4, forced=4))]
    monkeypatch.setattr(accuracy, "measure", lambda *_args, **_named: made)
    words = ["voice", "bench", "--groups", "accuracy", "--speakers", SPEAKER.voice, "--out", "b.json"]
    ended = CliRunner().invoke(build(called="voice"), words)
    assert ended.exit_code == 0, ended.output
    written = json.loads(Path("b.json").read_text(encoding="utf-8"))
    assert written["machine"]["speakers"] == [SPEAKER.voice]
    (entry,) = written["entries"]
    assert (entry["name"], entry["value"], entry["met"]) == ("commands, clean", 100.0, True)
    assert "commands, clean" in ended.output


@pytest.mark.parametrize(
    ("place", "groups", "said"),
    [
        ("notes", "rejection", "record people who talk"),
        ("missing.wav", "rejection", "record people who talk"),
        ("broken", "rejection", "broken.wav"),
        ("notes", "latency", "in the group rejection"),
    ],
)
def test_talk_that_cannot_be_heard_is_said_before_anything_is_measured(
    place: str, groups: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["pickbeam", "voice", "bench"])
    for file, data in (("notes/notes.txt", b""), ("broken/broken.wav", b"RIFF")):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_bytes(data)
    words = ["voice", "bench", "--groups", groups, "--talk", str(tmp_path / place)]
    ended = CliRunner().invoke(build(called="voice"), words)
    assert ended.exit_code
    assert said in str(ended.exception)
