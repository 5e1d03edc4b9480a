"""Any sequence of what the app can do, against a model of plain lists."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from journal_rig import open_small, signed_on

from controller.core.facts import Fact
from controller.journal import Batch, Outgoing, Receipt

KEYS = st.sampled_from(["task:1", "task:2", "task:1:1", "cmd:1"])


class JournalModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.runner = asyncio.Runner()
        self.journal = open_small(self.folder / "j.db")
        self.facts: list[Fact] = []
        self.events: list[Outgoing] = []
        self.receipts: dict[str, Receipt] = {}
        self.cursors: dict[str, tuple[int, int]] = {}
        self.acked = self.sessions = 0
        self.streams = [self.journal.stream]
        self.snapshots: list[tuple[int, bytes]] = []

    @rule(
        facts=st.integers(0, 3),
        events=st.integers(0, 2),
        keys=st.lists(KEYS, max_size=2),
        revision=st.integers(1, 5),
        module=st.sampled_from([None, "A-1", "A-2"]),
    )
    def submit(self, facts: int, events: int, keys: list[str], revision: int, module: str | None) -> None:
        new_facts = [signed_on(len(self.facts) + number) for number in range(1, facts + 1)]
        head = len(self.events)
        new_events = [Outgoing(head + number, b"event %d" % (head + number)) for number in range(1, events + 1)]
        seq = new_events[-1].seq if new_events else None
        receipts = [Receipt(key, "d", revision, None, seq) for key in keys]
        cursor = (module, revision, len(self.facts)) if module else None
        batch = Batch(tuple(new_facts), tuple(new_events), tuple(receipts), cursor)
        self.runner.run(self._submit(batch))
        self.facts += new_facts
        self.events += new_events
        self.receipts |= {receipt.key: receipt for receipt in receipts}
        if module:
            self.cursors[module] = (revision, cursor[2] if cursor else 0)

    async def _submit(self, batch: Batch) -> None:
        await self.journal.submit(batch)

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        upto = data.draw(st.integers(0, len(self.events)))
        self.journal.acked(upto)
        self.acked = max(self.acked, upto)

    @rule()
    def fork(self) -> None:
        self.streams.append(self.journal.fork())
        self.events, self.acked = [], 0
        self.receipts = {
            key: Receipt(key, old.digest, old.revision, old.ended, None) for key, old in self.receipts.items()
        }

    @rule()
    def connect(self) -> None:
        self.sessions += 1
        assert self.journal.next_session() == self.sessions

    @precondition(lambda self: self.facts)
    @rule(data=st.data())
    def snapshot(self, data: st.DataObject) -> None:
        after = data.draw(st.integers(max((at for at, _ in self.snapshots), default=1), len(self.facts)))
        self.snapshots = [kept for kept in self.snapshots if kept[0] != after] + [(after, b"snapshot %d" % after)]
        self.journal.snapshot(self.snapshots[-1][1], after)

    @rule(how=st.sampled_from(["close", "reopen"]))
    def start_again(self, how: str) -> None:
        self._do_chores()
        if how == "reopen":
            self.journal.reopen()
        else:
            self.journal.close()
            self.journal = open_small(self.folder / "j.db")
        found: Any = self.journal.restore()
        after, body = self.snapshots[-1] if self.snapshots else (0, None)
        assert (found.snapshot, list(found.facts)) == (body, self.facts[after:])
        assert (found.stream, found.head, found.acked) == (self.streams[-1], len(self.events), self.acked)
        assert found.cursors == self.cursors

    @invariant()
    def all_is_found(self) -> None:
        assert len(set(self.streams)) == len(self.streams)
        assert self.journal.events(1, 10_000) == self.events
        for key in ("task:1", "task:2", "task:1:1", "cmd:1"):
            assert self.journal.receipt(key) == self.receipts.get(key)

    def teardown(self) -> None:
        self.journal.close()
        self.runner.close()
        shutil.rmtree(self.folder)

    def _do_chores(self) -> None:
        self.journal._writer.stop()
        while self.journal._writer._chores:
            self.journal._writer._do_chore()


TestJournalModel = JournalModel.TestCase
TestJournalModel.pytestmark = pytest.mark.slow  # type: ignore[attr-defined]
TestJournalModel.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)
