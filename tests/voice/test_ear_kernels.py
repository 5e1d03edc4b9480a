"""Which matrix kernels Vosk's library is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from controller.voice.ear.kernels import VARIABLE, chosen, fitting

SAPPHIRE_RAPIDS = "fma avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl avx_vnni avx512_bf16 amx_tile"
SKYLAKE_SERVER = "fma avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl"
ZEN_2 = "fma cx16 sse4_1 avx avx2"
SANDY_BRIDGE = "ssse3 sse4_1 sse4_2 avx"


def told(flags: str) -> str:
    return f"processor\t: 0\nvendor_id\t: Somebody\nflags\t\t: fpu vme {flags}\nbugs\t\t: spectre_v1\n"


@pytest.mark.parametrize(
    ("flags", "kernels"),
    [(SAPPHIRE_RAPIDS, "Cooperlake"), (SKYLAKE_SERVER, "SkylakeX"), (ZEN_2, "Haswell"), (SANDY_BRIDGE, None)],
)
def test_the_best_kernels_that_a_processor_can_run(flags: str, kernels: str | None) -> None:
    assert fitting(told(flags)) == kernels


def test_on_a_raspberry_pi_nothing_is_chosen() -> None:
    assert fitting("processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU part\t: 0xd08\n") is None


def test_they_are_chosen_only_while_the_library_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "cpuinfo").write_text(told(ZEN_2), encoding="ascii")

    with chosen(tmp_path / "cpuinfo"):
        within = os.environ.get(VARIABLE)

    assert (within, os.environ.get(VARIABLE)) == ("Haswell", None)


def test_a_choice_of_the_technician_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "Zen")
    (tmp_path / "cpuinfo").write_text(told(SAPPHIRE_RAPIDS), encoding="ascii")

    with chosen(tmp_path / "cpuinfo"):
        within = os.environ[VARIABLE]

    assert (within, os.environ[VARIABLE]) == ("Zen", "Zen")


def test_where_linux_tells_nothing_nothing_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    with chosen(tmp_path / "none"):
        assert VARIABLE not in os.environ
