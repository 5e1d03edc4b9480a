"""Exactly-once in effect, under every kind of trouble; and proof that the simulation would notice if it were not so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from warehouse import Warehouse, run

from controller.core.station import Decision
from controller.gate import Arrival, Gate
from controller.wms.relay import Relay


@pytest.mark.parametrize("seed", range(5))
def test_every_shift_reconciles(seed: int) -> None:
    differences, _ = run(seed)
    assert differences == []


@pytest.mark.slow
def test_many_shifts_reconcile() -> None:
    crashes = 0
    for seed in range(100, 700):
        differences, warehouse = run(seed)
        crashes += warehouse.crashes
        assert differences == [], f"seed {seed}"
    assert crashes > 600, "the trouble was real"


# --- mutants: each of these mistakes must be found ----------------------------------------------------------------


class AcksBeforeCommit(Gate):
    """Acknowledges an input as soon as it is decided."""

    def take(self, arrival: Arrival) -> None:
        arrival.done()
        super().take(Arrival(arrival.happened, lambda: None, arrival.cursor))


class ReleasesBeforeCommit(Gate):
    """Lets lamps and events out as soon as they are decided."""

    def _submit(self, arrival: Arrival, decision: Decision) -> None:
        super()._submit(arrival, decision)
        if self._pending:
            self.committed = self._pending[-1].release.state
            self._released(self._pending[-1].release)


class LosesEventsAtPuback(Relay):
    """Takes the broker's PUBACK for delivery."""

    def puback(self, seq: int, now: float, *, accepted: bool = True) -> None:
        super().puback(seq, now, accepted=accepted)
        self.acked = self._base = max(self.acked, seq)


class ForgetsReceipts(Gate):
    """Begins every message anew, whatever was answered before."""

    def _decide(self, arrival: Arrival) -> Decision | None:
        self.journal._pending.clear()  # type: ignore[attr-defined]
        self.journal.disk.receipts.clear()  # type: ignore[attr-defined]
        return super()._decide(arrival)


class ForgetsCursors(Gate):
    """Does not know after a restart which presses it has counted: harmless only thanks to tokens."""

    def restore(self) -> None:
        super().restore()
        self._cursors.clear()


MUTANTS: dict[str, dict[str, Any]] = {
    "acknowledges before the commit": {"gate_type": AcksBeforeCommit, "resend_tasks": False, "loses_sessions": False},
    "lamp and event before the commit": {"gate_type": ReleasesBeforeCommit},
    "outbox done at PUBACK": {"relay_type": LosesEventsAtPuback},
    "no memory of answered messages": {"gate_type": ForgetsReceipts},
    "no generation guard": {"generation_guard": False},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str) -> None:
    flags = {k: v for k, v in MUTANTS[name].items() if k in ("resend_tasks", "loses_sessions")}
    found = next(seed for seed in range(300) if _fails(seed, MUTANTS[name]))
    assert run(found, **flags)[0] == [], "without the mistake the same shift reconciles"


def _fails(seed: int, mistakes: dict[str, Any]) -> bool:
    try:
        return bool(run(seed, **mistakes)[0])
    except (AssertionError, RuntimeError, KeyError):
        return True


@pytest.mark.slow
def test_without_sessions_lost_even_an_unretried_task_arrives() -> None:
    for seed in range(10):
        differences, _ = run(seed, resend_tasks=False, loses_sessions=False)
        assert differences == []


@pytest.mark.slow
def test_tokens_alone_keep_a_forgotten_cursor_harmless() -> None:
    for seed in range(10):
        assert run(seed, gate_type=ForgetsCursors)[0] == []


def test_a_shift_is_repeatable() -> None:
    async def story(seed: int) -> list[bytes]:
        warehouse = Warehouse(seed)
        await warehouse.shift()
        return [x.body.split(b'"clk"')[0] for x in warehouse.disk.events]

    assert asyncio.run(story(3)) == asyncio.run(story(3))
