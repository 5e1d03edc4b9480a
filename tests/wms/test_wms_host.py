"""The WMS side: order files, the sender's patience, the ledger, the consumer's acks; and all of it on real brokers.

In: files, events, a broker process. Out: every order answered, every event booked once, also after kill -9.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wms_rig import SITE, Amqtt, Broker, Shop, broker_process, task, until

from controller.core.inputs import TaskArrived
from controller.wms import payloads as p
from controller.wms.codec import Codec
from controller.wms_host.consumer import ACK_EVENTS, ACK_S, REPEAT_S, AckTimer
from controller.wms_host.ledger import Ledger
from controller.wms_host.link import dumps, new_id
from controller.wms_host.orders import OrderFileError, read_orders
from controller.wms_host.sender import RESEND_MAX_S, UNANSWERED, Flow, Sender

CSV = """order,line,part,location,qty,uom,priority,due,zone,tote,text
SO-1,10,TIN-1,A.03.07:2,12,EA,30,+60,Z3,TOTE-1,Spring tine
SO-1,20,TIN-2,A.03.09:1,2.5,MTR,30,+60,Z3,TOTE-1,
SO-2,10,TIN-1,A.03.10:1,1,,,2026-11-22T06:12:33+01:00,,,
SO-3,1,TIN-1,A.03.10:1,1,,,,Z3,,
SO-3,2,TIN-1,A.03.10:1,1,,,,Z4,,
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- order files --------------------------------------------------------------------------------------------------


def test_csv_orders_become_tasks_that_the_controller_reads(tmp_path: Path) -> None:
    tasks = read_orders(write(tmp_path, "o.csv", "\ufeff" + CSV), {"TIN-2": "Hose"})
    assert [x["task_id"] for x in tasks] == ["SO-1", "SO-2", "SO-3/Z3", "SO-3/Z4"]
    arrived = Codec(SITE, "t", "c").task(dumps(tasks[0]))
    assert isinstance(arrived, TaskArrived)
    read = arrived.task
    assert (read.priority, read.zone, read.refs[0].id) == (30, "Z3", "SO-1")
    assert read.due_at is not None
    assert read.issued_at is not None
    assert 59 * 60_000 <= read.due_at - read.issued_at <= 61 * 60_000
    assert [(x.line_id, str(x.qty), x.uom, x.text, x.container) for x in read.lines] == [
        ("10", "12", "EA", "Spring tine", "TOTE-1"),
        ("20", "2.5", "MTR", "Hose", "TOTE-1"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("a.csv", "order,part,location,qty\nSO,,A,1\n", "row 2: part is missing"),
        ("b.csv", "order,part,location,qty,due\nSO,P,A,1,soon\n", "due 'soon'"),
        ("c.csv", "order,part,location,qty,due\nSO,P,A,1,2026-11-22T06:12:33\n", "lacks its offset"),
        ("d.csv", "order,part,location,qty,priority\nSO,P,A,1,high\n", "priority 'high'"),
        ("e.json", "{", "e.json"),
        ("f.json", "[1]", "item 1 is not a task"),
        ("missing.json", None, "missing.json"),
    ],
)
def test_wrong_order_files_say_where(tmp_path: Path, name: str, text: str | None, part: str) -> None:
    path = tmp_path / name if text is None else write(tmp_path, name, text)
    with pytest.raises(OrderFileError, match=part.replace("(", r"\(")):
        read_orders(path)


def test_json_files_hold_one_task_many_tasks_or_one_per_line(tmp_path: Path) -> None:
    one, many = json.dumps(task()), json.dumps([task(), task()])
    assert len(read_orders(write(tmp_path, "1.json", one))) == 1
    assert len(read_orders(write(tmp_path, "2.json", many))) == 2
    assert len(read_orders(write(tmp_path, "3.jsonl", one + "\n\n" + one + "\n" + one))) == 3


# --- the sender ---------------------------------------------------------------------------------------------------


def answer(name: str, task_id: str, **more: Any) -> dict[str, Any]:
    return {"type": name, "task_id": task_id, "revision": 1, "cause": None, **more}


def test_at_most_fifty_are_under_way_and_each_answer_makes_room() -> None:
    flow = Flow(deque({"task_id": f"T{n}"} for n in range(120)))
    assert len(flow.due(0.0)) == UNANSWERED
    assert flow.due(0.1) == []
    assert flow.answer(answer("task_accepted", "T3"), 0.2)
    assert [sent.task["task_id"] for sent in flow.due(0.3)] == ["T50"]
    assert not flow.answer(answer("task_accepted", "T3"), 0.4)
    assert not flow.answer(answer("line_completed", "T4"), 0.4)


def test_resending_doubles_up_to_a_minute() -> None:
    flow = Flow(deque([{"task_id": "T"}]))
    moments = [n / 2 for n in range(600) if flow.due(n / 2)]
    waits = [b - a for a, b in itertools.pairwise(moments)]
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert set(waits[5:]) == {RESEND_MAX_S}


def test_an_answer_to_another_revision_is_not_taken_but_one_to_our_message_is() -> None:
    flow = Flow(deque([{"task_id": "T", "revision": 2}]))
    sent = flow.due(0.0)[0]
    assert not flow.answer(answer("task_accepted", "T"), 0.1)
    assert flow.answer(answer("task_rejected", "", cause=sent.message_id, **{"class": "FIX"}), 0.2)
    assert flow.done


def test_a_refusal_that_says_later_is_tried_later_as_a_new_message() -> None:
    flow = Flow(deque([{"task_id": "T"}]))
    first = flow.due(0.0)[0].message_id
    assert not flow.answer(answer("task_rejected", "T", retry_after_s=10, **{"class": "RETRY"}), 1.0)
    assert flow.due(10.9) == []
    again = flow.due(11.0)
    assert [sent.task["task_id"] for sent in again] == ["T"]
    assert again[0].message_id != first


def test_message_ids_are_uuids_in_the_order_of_their_making() -> None:
    ids = [new_id() for _ in range(3)]
    assert all(len(x) == 36 and x[14] == "7" for x in ids)
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()


# --- the ledger ---------------------------------------------------------------------------------------------------


def event(seq: int, stream: str = "s1", ctl: str = "c1") -> dict[str, Any]:
    return {"src": ctl, "stream": stream, "seq": seq, "type": "x", "id": f"{ctl}:{stream}:{seq}"}


def test_each_event_is_booked_once_and_gaps_are_named() -> None:
    ledger = Ledger(":memory:")
    booked = ledger.book([event(1), event(2), event(2), event(5), event(1, ctl="c2"), {"seq": "x"}, {}])
    assert [x["id"] for x in booked.events] == ["c1:s1:1", "c1:s1:2", "c2:s1:1"]
    assert (booked.repeated, booked.gaps) == (1, {("c1", "s1"): 3})
    assert ledger.book([event(2), event(3), event(4), event(5)]).repeated == 1
    assert ledger.upto == {("c1", "s1"): 5, ("c2", "s1"): 1}
    assert len(list(ledger.events())) == 6


@given(st.lists(st.integers(1, 12), max_size=60))
def test_whatever_order_they_come_in_the_book_is_gapless(seqs: list[int]) -> None:
    ledger = Ledger(":memory:")
    for seq in seqs:
        ledger.book([event(seq)])
    kept = [x["seq"] for x in ledger.events()]
    assert kept == list(range(1, len(kept) + 1))
    assert ledger.upto.get(("c1", "s1"), 0) == len(kept)
    ledger.close()


def test_acks_are_gathered_by_time_and_number_and_repeated() -> None:
    acks, key, known = AckTimer(repeated=100.0), ("c", "s"), {("c", "s"): 3}
    acks.booked({key}, 1, 100.0)
    assert acks.due(known, 100.0 + ACK_S / 2) == []
    assert acks.due(known, 100.0 + ACK_S) == [key]
    acks.booked({key}, ACK_EVENTS, 101.0)
    assert acks.due(known, 101.0) == [key]
    assert acks.due(known, 101.1) == []
    assert acks.due(known, 100.0 + REPEAT_S) == [key]


# --- on the wire --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Broker, Amqtt])
def test_a_sender_is_answered_although_the_controller_comes_late(tmp_path: Path, kind: type[Broker]) -> None:
    """What was published before the controller first subscribed is lost; it is sent again until it is answered."""

    class Station(Shop):
        def emit(self, emission: Any, done: Any) -> None:
            if isinstance(emission, TaskArrived):
                accepted = p.TaskAccepted(task_id=emission.task.task_id, revision=1, queue_pos=1, digest="")
                self.tell(accepted, emission.cause)
            super().emit(emission, done)

    async def play(port: int) -> int:
        flows = []

        def send() -> None:
            with Sender(f"mqtt://127.0.0.1:{port}", "S1", "ctl-07") as sender:
                flows.append(sender.send([task(task_id=f"T{n}") for n in range(60)], limit_s=30))

        thread = threading.Thread(target=send)
        thread.start()
        await asyncio.sleep(0.5)
        shop = Station()
        door = shop.open(port, "3.1.1")
        runner = asyncio.create_task(door.run())
        await until(lambda: flows, 30)
        await door.close()
        await runner
        thread.join()
        assert len(flows[0].answers) == 60
        assert {x.task.task_id for x in shop.emitted if isinstance(x, TaskArrived)} == {f"T{n}" for n in range(60)}
        return flows[0].resent

    with broker_process(tmp_path, kind) as broker:
        assert asyncio.run(play(broker.port)) > 0


@pytest.mark.slow
def test_a_consumer_that_is_killed_again_and_again_books_every_event_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    def consumer(port: int) -> subprocess.Popen[bytes]:
        arguments = ["-m", "controller", "wms", "watch", "--url", f"mqtt://127.0.0.1:{port}", "--site", "S1", "--json"]
        with (tmp_path / "watch.log").open("ab") as out:
            return subprocess.Popen([sys.executable, *arguments, "--db", str(path)], stdout=out)

    async def play(port: int) -> None:
        shop = Shop()
        door = shop.open(port)
        runner = asyncio.create_task(door.run())
        await until(lambda: door.connected)
        kills, process = 0, consumer(port)
        while len(shop.rows) < 1500 or shop.acks[-1:] != [len(shop.rows)]:
            if len(shop.rows) < 1500:
                for n in range(5):
                    shop.tell(p.CmdDone(command=f"c{n}", note=None))
            await asyncio.sleep(0.01)
            if kills < 6 and shop.acks[-1:] >= [kills * 150 + 50]:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills, process = kills + 1, consumer(port)
        assert kills == 6
        process.terminate()
        assert process.wait(10) == 0
        await door.close()
        await runner
        booked = [x["seq"] for x in Ledger(path).events()]
        assert booked == list(range(1, len(shop.rows) + 1))  # the answers to its resyncs are events too

    with broker_process(tmp_path) as broker:
        asyncio.run(asyncio.wait_for(play(broker.port), 90))


@pytest.mark.slow
def test_the_command_line_shows_refusals_with_their_paths(tmp_path: Path) -> None:
    class Station(Shop):
        def emit(self, emission: Any, done: Any) -> None:
            refused = not isinstance(emission, TaskArrived)
            if refused:
                error = p.Error(code="UNKNOWN_LOCATION", path="$.lines[0].location", detail="no module", ref=None)
                answer = p.TaskRejected(
                    task_id=emission.task_id, revision=1, class_="FIX", retry_after_s=None, errors=[error], of=None
                )
                self.tell(answer, emission.cause)
            else:
                self.tell(
                    p.TaskAccepted(task_id=emission.task.task_id, revision=1, queue_pos=1, digest=""), emission.cause
                )
            super().emit(emission, done)

    async def play(port: int) -> tuple[int | None, str]:
        door = Station().open(port)
        runner = asyncio.create_task(door.run())
        await until(lambda: door.connected)
        orders = write(tmp_path, "o.csv", CSV.replace("A.03.10:1", "X.9"))
        arguments = ["wms", "send", str(orders), "--url", f"mqtt://127.0.0.1:{port}", "--site", "S1"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "controller", *arguments, "--controller", "ctl-07", stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()
        await door.close()
        await runner
        return process.returncode, out.decode()

    with broker_process(tmp_path) as broker:
        code, text = asyncio.run(play(broker.port))
    assert code == 1
    assert "refused SO-2 (FIX)\n  $.lines[0].location: UNKNOWN_LOCATION: no module" in text
    assert "1 accepted, 3 refused, 0 not answered" in text
