"""`pickbeam`, `pickbeam check`: what a person sees, and the exit codes a script relies on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller import cli
from controller.errors import SettingsError, StartError


def run(*words: str) -> tuple[int, str]:
    called = next((word for word in words if not word.startswith("-")), None)
    result = CliRunner().invoke(cli.build(called), list(words))
    return result.exit_code, result.output


def test_help_teaches_without_loading_any_command() -> None:
    before = set(sys.modules)
    code, text = run("--help")
    assert code == 0
    for word in ("pickbeam demo", "pickbeam check config/", "pickbeam run", "nothing is lost", "all faults at once"):
        assert word in " ".join(text.split()).lower()
    assert {name for name in set(sys.modules) - before if name.startswith("controller.cli.")} == set()


def test_version() -> None:
    code, text = run("--version")
    assert (code, text) == (0, "pickbeam 0.1.0\n")


def test_an_unknown_command_is_wrong_use() -> None:
    assert run("chek")[0] == 2


def test_check_of_a_right_site(repo: Path) -> None:
    code, text = run("check", str(repo / "config/parts-warehouse/pickbeam.toml"))
    assert code == 0
    assert "112 locations in 3 zones on 2 buses and 4 GPIO modules, 4 pickers" in text


def test_check_shows_every_fault(repo: Path) -> None:
    code, text = run("check", str(repo / "config/broken/02-unknown-keys.toml"))
    assert code == 2
    assert "3 faults" in text
    for word in ("[mqtt].ulr", "[piking]", "[[bus]][1].buad", "`baud`"):
        assert word in text


def test_check_for_programs(repo: Path) -> None:
    files = [str(repo / name) for name in ("config/pickbeam.example.toml", "config/broken/01-not-toml.toml")]
    code, text = run("check", "--json", *files)
    right, wrong = (json.loads(line) for line in text.splitlines())
    assert code == 2
    assert right["ok"]
    assert len(right["digest"]) == 64
    assert [fault["key"] for fault in wrong["faults"]] == ["line 3"]


@pytest.mark.parametrize(
    ("fault", "code"), [(SettingsError("wrong"), 2), (StartError("no port"), 1), (KeyboardInterrupt(), 130)]
)
def test_exit_codes(monkeypatch: pytest.MonkeyPatch, fault: BaseException, code: int) -> None:
    def raises(*, called: str | None) -> object:
        raise fault

    monkeypatch.setattr(cli, "build", raises)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == code
