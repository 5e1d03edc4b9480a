"""The commit gate: what leaves when, what a repeated message gets, what a failing disk and a restart leave behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from rig import Rig, commits_after, make_task

from controller.core.facts import CommandDone
from controller.core.inputs import ButtonPressed, MessageRefused, PauseRequested, TimePassed
from controller.core.model import Fault, Key, RefusalClass

Scenario = Callable[[], Coroutine[Any, Any, None]]


def test_nothing_leaves_before_the_commit(tmp_path: Path) -> None:
    may_commit = threading.Event()

    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db", commits_after(may_commit))
        rig.arrive(make_task("T1", "A.1"))
        for _ in range(50):
            await asyncio.sleep(0)
        assert rig.gate.state.tasks, "decided in memory"
        assert rig.released == []
        assert rig.acknowledged == []
        assert "A.1" not in rig.lights()
        may_commit.set()
        await rig.quiet()
        assert rig.acknowledged == ["T1"]
        assert rig.lights()["A.1"].text == "A  2"
        rig.close()

    asyncio.run(scenario())


def test_events_are_numbered_without_gaps_in_the_order_of_facts(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.arrive(make_task("T1", "A.1", "A.2"))
        await rig.quiet()
        rig.press("A.1")
        await rig.quiet()
        rig.press("A.2", 2)
        await rig.quiet()
        events = rig.events()
        assert [x["seq"] for x in events] == list(range(1, len(events) + 1))
        kinds = [x["type"] for x in events]
        assert kinds == [
            "picker_signed_on",
            "task_accepted",
            "task_started",
            "line_completed",
            "line_completed",
            "task_completed",
        ]
        assert [x["seq"] for x in events[-1]["lines"]] == [4, 5]
        rig.close()

    asyncio.run(scenario())


def test_the_same_message_again_gets_the_old_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db")
        task = make_task("T1", "A.1")
        rig.arrive(task)
        rig.arrive(task)
        await rig.quiet()
        accepted = [x["seq"] for x in rig.events() if x["type"] == "task_accepted"]
        assert len(accepted) == 1
        assert rig.repeated == accepted
        assert rig.acknowledged == ["T1", "T1"]
        pause = PauseRequested(cause="cmd-1", scope="ctl")
        rig.take(pause)
        rig.take(pause)
        await rig.quiet()
        assert len([x for x in rig.events() if x["type"] == "cmd_done"]) == 1
        assert len(rig.repeated) == 2
        rig.close()

    asyncio.run(scenario())


def test_an_ended_task_is_not_begun_anew_after_a_restart(tmp_path: Path) -> None:
    async def first() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.arrive(make_task("T1", "A.1"))
        await rig.quiet()
        rig.press("A.1")
        await rig.quiet()
        rig.close()

    async def second() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.arrive(make_task("T1", "A.1"))
        assert len(rig.repeated) == 1
        rig.arrive(make_task("T1", "A.1", revision=2), "e" * 64)
        await rig.quiet()
        assert [x["errors"][0]["code"] for x in rig.events() if x["type"] == "task_rejected"] == ["TASK_TERMINAL"]
        rig.close()

    asyncio.run(first())
    asyncio.run(second())


def test_a_refusal_is_repeated_only_under_the_same_configuration(tmp_path: Path) -> None:
    async def scenario(config: str, *, repeated: bool) -> None:
        rig = Rig(tmp_path / "j.db", config=config)
        rig.arrive(make_task("T1", "X.9"))
        await rig.quiet()
        assert bool(rig.repeated) is repeated
        rig.close()

    asyncio.run(scenario("one", repeated=False))
    asyncio.run(scenario("one", repeated=True))
    asyncio.run(scenario("two", repeated=False))


def test_restart_lights_the_same_and_keeps_the_cursor(tmp_path: Path) -> None:
    lit: list[Any] = []

    async def first() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.arrive(make_task("T1", "A.1", "A.2"))
        await rig.quiet()
        rig.press("A.1", 7)
        await rig.quiet()
        rig.gate.snapshot_if_due(1)
        lit.append(rig.lights())
        rig.close()

    async def second() -> None:
        rig = Rig(tmp_path / "j.db")
        assert rig.lights() == lit[0]
        assert rig.journal.restore().cursors == {"m-A.1": (1, 7)}
        rig.press("A.2", 1)
        await rig.quiet()
        completed = next(x for x in rig.events() if x["type"] == "task_completed")
        assert [x["seq"] for x in completed["lines"]] == [4, 5], "the seq of the first line survived the restart"
        rig.close()

    asyncio.run(first())
    asyncio.run(second())


def test_a_key_event_told_twice_counts_once(tmp_path: Path) -> None:
    async def first() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.arrive(make_task("T1", "A.1", "A.2"))
        await rig.quiet()
        rig.press("A.1", 255)
        rig.press("A.1", 255)
        await rig.quiet()
        assert rig.acknowledged == ["T1", "press A.1", "press A.1"]
        assert [x["type"] for x in rig.events()].count("line_completed") == 1
        assert not [x for x in rig.events() if x["type"] == "exception"], "a repetition is no wrong press"
        rig.close()

    async def second() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.take(ButtonPressed(cause="b", location="A.1", key=Key.UNLIT), "again", ("m-A.1", 1, 255))
        rig.take(ButtonPressed(cause="b", location="A.1", key=Key.UNLIT), "next", ("m-A.1", 1, 1))
        await rig.quiet()
        assert rig.acknowledged == ["again", "next"]
        assert len([x for x in rig.events() if x["type"] == "exception"]) == 1
        rig.close()

    asyncio.run(first())
    asyncio.run(second())


def test_a_press_that_books_nothing_is_acknowledged_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db")
        await rig.quiet()
        rig.press("H.1", 1)
        await rig.quiet()
        assert rig.acknowledged == ["press H.1"]
        rig.take(TimePassed(), "time")
        assert rig.acknowledged == ["press H.1", "time"], "no facts, no commit to wait for"
        rig.close()

    asyncio.run(scenario())


def test_what_the_doors_answer_themselves_is_journalled_like_anything_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db")
        rig.take(CommandDone(at=1, cause="cmd-7", command="announce"))  # type: ignore[arg-type]
        faults = (Fault("MALFORMED_JSON", "$", "no"),)
        rig.take(MessageRefused(cause=None, kind="task", refusal=RefusalClass.FIX, faults=faults, sha256="ab"))
        await rig.quiet()
        assert [x["type"] for x in rig.events()][1:] == ["cmd_done", "task_rejected"]
        rig.close()

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_failing_disk_holds_everything_back_and_then_loses_nothing(tmp_path: Path) -> None:
    failing = {"on": False}

    def hook(point: str) -> None:
        if failing["on"] and point == "before_commit":
            raise OSError(5, "Input/output error")

    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db", hook)
        rig.arrive(make_task("T1", "A.1", "A.2"))
        await rig.quiet()
        failing["on"] = True
        rig.press("A.1")
        rig.press("A.1")
        rig.arrive(make_task("T2", "A.3"))
        async with asyncio.timeout(5):
            while not rig.broken:  # noqa: ASYNC110 - no hooks for a test
                await asyncio.sleep(0.01)
        assert rig.acknowledged == ["T1"]
        assert rig.lights()["A.1"].text == "A  2", "the lamp stays on: nothing is booked"
        failing["on"] = False
        await rig.quiet()
        assert rig.broken[-1] is None
        assert rig.acknowledged == ["T1", "press A.1", "press A.1", "T2"]
        seqs = [x["seq"] for x in rig.events()]
        assert seqs == list(range(1, len(seqs) + 1))
        assert len([x for x in rig.events() if x["type"] == "line_completed"]) == 1
        rig.close()

    asyncio.run(scenario())
