"""Where audio comes from, and what is said when it does not; models that cannot be used."""

from __future__ import annotations

import os
import socket
import wave
from pathlib import Path

import pytest

from controller.voice.ear import SourceError, open_source, sources
from controller.voice.ear.model_files import WIDE, verify, vocabulary, with_options
from controller.voice.models_store import ModelError

EMBEDDED = Path("controller/voice/models/en-embedded")


def test_a_file_comes_in_blocks_of_50_ms_and_ends(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 600))
    source = open_source(f"wav:{tmp_path / 'a.wav'}", real_time=False)
    assert [len(source.read()), len(source.read())] == [1600, 800]
    with pytest.raises(EOFError):
        source.read()
    source.close()


def test_a_pipe_gives_what_is_there(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mic")
    source = open_source(f"pipe:{tmp_path / 'mic'}")
    end = os.open(tmp_path / "mic", os.O_WRONLY)
    assert source.read(timeout=0.0) == b""
    os.write(end, b"\1\0" * 1000)
    assert source.read(timeout=0.5) == b"\1\0" * 800
    assert source.read(timeout=0.0) == b"\1\0" * 200
    source.close()
    source.close()
    os.close(end)


def test_a_headset_on_a_socket_that_goes_ends_the_audio(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        source = open_source(f"unix:{tmp_path / 's'}", rate=8000)
        headset, _ = listener.accept()
        headset.sendall(bytes(800))
        assert len(source.read()) in range(1500, 1601)  # twice as many samples, less those that the filter waits for
        headset.close()
        with pytest.raises(EOFError):
            source.read()
        source.close()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("mic", "alsa:NAME, wav:PATH"),
        ("unix:/nowhere/at/all", "start the headset first"),
        ("pipe:/nowhere/at/all", "mkfifo"),
        ("wav:/nowhere/at/all", "No such file"),
    ],
)
def test_what_cannot_be_opened_says_the_cure(url: str, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        open_source(url)


def test_a_missing_arecord_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources.shutil, "which", lambda _: None)
    with pytest.raises(SourceError, match="apt install alsa-utils"):
        open_source("alsa:default")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("echo 'arecord: main: audio open error: Device or resource busy' >&2; exit 1", "another program holds it"),
        ("echo 'audio open error: No such file or directory' >&2; exit 1", "unplugged"),
        ("head -c 1600 /dev/zero; exit 1", "still plugged in"),
    ],
)
def test_a_failing_sound_card_says_why(script: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "arecord").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "arecord").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    source = open_source("alsa:hw:1")
    with pytest.raises(SourceError, match=f"microphone hw:1: .*{what}"):
        all(source.read() for _ in range(100))
    source.close()


def test_the_embedded_model_is_usable(repo: Path) -> None:
    verify(repo / EMBEDDED)
    assert {"ready", "confirm", "seven", "[unk]"} <= vocabulary(repo / EMBEDDED)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("am/final.mdl", b"\0B<Nnet3>", "no acoustic model"),
        ("am/final.mdl", b"", "no acoustic model"),
        ("am/final.mdl", None, "am/final.mdl is missing"),
        ("graph/Gr.fst", b"<html>404</html>", "no OpenFst graph"),
        ("graph/HCLG.fst", b"x", "ignores grammars"),
        ("graph/words.txt", b"", "no words"),
        ("graph/words.txt", b"[unk] 0\nyes 1\n\xff 2\n", "cannot be read"),
        ("conf/model.conf", None, "conf/model.conf is missing"),
    ],
)
def test_a_broken_model_is_refused(name: str, content: bytes | None, what: str, repo: Path, tmp_path: Path) -> None:
    with_options(repo / EMBEDDED, tmp_path, WIDE)
    graph = tmp_path / "graph"
    graph.unlink()
    graph.mkdir()
    for file in (repo / EMBEDDED / "graph").iterdir():
        (graph / file.name).symlink_to(file)
    (tmp_path / "am").unlink()
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").symlink_to(repo / EMBEDDED / "am" / "final.mdl")
    (tmp_path / name).unlink(missing_ok=True)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=what):
        verify(tmp_path)


def test_no_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no folder"):
        verify(tmp_path / "nothing")


def test_the_wide_copy_changes_the_search_alone(repo: Path, tmp_path: Path) -> None:
    with_options(repo / EMBEDDED, tmp_path, WIDE)
    lines = (tmp_path / "conf" / "model.conf").read_text().splitlines()
    assert f"--beam={WIDE['beam']}" in lines
    assert sum(line.startswith("--beam=") for line in lines) == 1
    assert "--frame-subsampling-factor=3" in lines
    assert vocabulary(tmp_path) == vocabulary(repo / EMBEDDED)
