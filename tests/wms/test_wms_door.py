"""The door against a real broker: redelivery, generations, presence, resync, both protocol versions.

In: a mosquitto process of our own. Out: what the wire and the house see.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from wms_rig import PREFIX, Amqtt, Broker, Shop, Wms, broker_process, dumps, task, until

from controller.core.facts import CommandDone, CommandRefused
from controller.core.inputs import MessageRefused, TaskArrived
from controller.wms import payloads as p
from controller.wms.door import Door

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with broker_process(tmp_path) as running:
        yield running


@pytest.fixture(params=["mosquitto, MQTT 5", "mosquitto, MQTT 3.1.1", "amqtt, MQTT 3.1.1"])
def speaking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Broker, str]]:
    name, _, version = str(request.param).partition(", MQTT ")
    with broker_process(tmp_path, Amqtt if name == "amqtt" else Broker) as running:
        yield running, version


@asynccontextmanager
async def running(shop: Shop, broker: Broker, version: str = "5", instance: str = "i1") -> AsyncIterator[Door]:
    door = shop.open(broker.port, version, instance)
    runner = asyncio.create_task(door.run())
    try:
        await until(lambda: door.connected)
        yield door
        await door.close()
        await runner
    finally:
        runner.cancel()


async def crash(shop: Shop, broker: Broker, version: str) -> None:
    """A life that ends without ack and without goodbye, after it has received something."""
    door = shop.open(broker.port, version)
    runner = asyncio.create_task(door.run())
    await until(lambda: shop.emitted)
    runner.cancel()
    await asyncio.gather(runner, return_exceptions=True)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_task_that_was_not_committed_comes_again_and_a_committed_one_does_not(broker: Broker, version: str) -> None:
    async def play() -> None:
        async with running(Shop(), broker, version):
            pass
        wms = Wms(broker.port)
        wms.send("in/task", task())
        first = Shop(commit_at_once=False)
        await crash(first, broker, version)
        assert [type(x) for x in first.emitted] == [TaskArrived]
        second = Shop()
        second.sessions = 10
        async with running(second, broker, version):
            await until(lambda: second.emitted)
        assert [x.task.task_id for x in second.emitted if isinstance(x, TaskArrived)] == ["T1"]
        third = Shop()
        third.sessions = 20
        async with running(third, broker, version):
            await asyncio.sleep(0.4)
        assert third.emitted == []
        wms.close()

    asyncio.run(play())


def test_birth_info_health_and_offline_are_retained_and_the_will_speaks_after_a_crash(
    speaking: tuple[Broker, str],
) -> None:
    broker, version = speaking

    async def play() -> None:
        wms = Wms(broker.port)
        shop = Shop()
        async with running(shop, broker, version):
            await until(lambda: wms.of("state/health"))
            birth = wms.of("state/presence")[0]
            assert (birth["state"], birth["session"], birth["stream"], birth["head_seq"]) == ("online", 1, "s1", 0)
            assert wms.of("state/info")[0]["limits"]["task_lines"] == 200
            late = Wms(broker.port, "late")
            await until(lambda: len(late.messages) >= 3)
            assert all(retained for _, _, retained in late.messages[:3])
            late.close()
        await until(lambda: wms.of("state/presence")[-1]["state"] == "offline")
        door = shop.open(broker.port, version)
        runner = asyncio.create_task(door.run())
        await until(lambda: door.connected)
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
        await until(lambda: wms.of("state/presence")[-1]["state"] == "lost", 15)
        assert wms.of("state/presence")[-1]["session"] == 2
        wms.close()

    asyncio.run(play())


def test_an_ack_of_an_earlier_connection_is_dropped(broker: Broker) -> None:
    """Its packet id may by now belong to another message, which would be lost."""

    async def play() -> None:
        wms = Wms(broker.port)
        shop = Shop(commit_at_once=False)
        async with running(shop, broker) as door:
            wms.send("in/task", task(task_id="T1"))
            await until(lambda: len(shop.pending) == 1)
            broker.kill()
            for left in broker.folder.glob("mosquitto.db*"):
                left.unlink()  # the broker forgets the session: packet ids start again at 1
            await until(lambda: not door.connected)
            broker.start()
            await until(lambda: door.connected, 15)
            await until(wms.client.is_connected, 15)
            wms.send("in/task", task(task_id="T2"))
            await until(lambda: len(shop.pending) == 2)
            shop.pending[0]()  # the stale one
            await asyncio.sleep(0.2)
        again = Shop()
        again.sessions = 50
        async with running(again, broker):
            await until(lambda: again.emitted)
            assert [x.task.task_id for x in again.emitted if isinstance(x, TaskArrived)] == ["T2"]
        wms.close()

    asyncio.run(play())


def test_events_arrive_in_order_are_resent_after_a_reconnect_and_stop_when_acknowledged(broker: Broker) -> None:
    async def play() -> None:
        wms = Wms(broker.port, clean=False)
        shop = Shop()
        async with running(shop, broker) as door:
            for n in range(100):
                shop.tell(p.CmdDone(command=f"c{n}", note=None))
            await until(lambda: len(wms.of("out/event")) == 100)
            assert [e["seq"] for e in wms.of("out/event")] == list(range(1, 101))
            wms.send("in/ack", {"stream": "s1", "upto": 60})
            await until(lambda: shop.acks == [60])
            door._client.drop("test")
            await until(lambda: len(wms.of("out/event")) >= 140, 10)
            again = wms.of("out/event")[100:]
            assert [e["seq"] for e in again] == list(range(61, 101))
            assert [e["id"] for e in again] == [e["id"] for e in wms.of("out/event")[60:100]]
        wms.close()

    asyncio.run(play())


def test_what_was_sent_is_delivered_when_the_wms_acknowledges_it_or_is_known_to_be_away(broker: Broker) -> None:
    async def play() -> None:
        wms = Wms(broker.port)
        shop = Shop()
        async with running(shop, broker) as door:
            await door.delivered()
            for n in range(3):
                shop.tell(p.CmdDone(command=f"c{n}", note=None))
            waiting = asyncio.create_task(door.delivered())
            wms.send("in/ack", {"stream": "s1", "upto": 2})
            await until(lambda: shop.acks == [2])
            assert not waiting.done()
            wms.send("in/ack", {"stream": "s1", "upto": 3})
            await asyncio.wait_for(waiting, 5)
            shop.tell(p.CmdDone(command="c4", note=None))
            waiting = asyncio.create_task(door.delivered())
            wms.client.publish("ptl/v1/S1/_wms/state/presence", dumps({"state": "lost"}), 1, retain=True)
            await asyncio.wait_for(waiting, 5)
        wms.close()

    asyncio.run(play())


def test_resync_snapshot_selftest_and_announce_are_answered_by_the_door(broker: Broker) -> None:
    async def play() -> None:
        wms = Wms(broker.port)
        shop = Shop()
        async with running(shop, broker):
            for n in range(5):
                shop.tell(p.CmdDone(command=f"c{n}", note=None))
            wms.send("in/ack", {"stream": "s1", "upto": 5})
            await until(lambda: shop.acks == [5])
            wms.send("in/cmd", {"id": "r1", "type": "resync", "stream": "s1", "from_seq": 3})
            await until(lambda: len(wms.of("out/event")) == 9)
            assert [e["seq"] for e in wms.of("out/event")[5:]] == [3, 4, 5, 6]
            assert [e.get("replay") for e in wms.of("out/event")[5:]] == [True, True, True, None]
            wms.send("in/cmd", {"id": "r2", "type": "resync", "stream": "old", "from_seq": 3})
            wms.send("in/cmd", {"id": "s1", "type": "snapshot"})
            wms.send("in/cmd", {"id": "a1", "type": "announce"})
            wms.send("in/cmd", {"id": "t1", "type": "selftest"})
            await until(lambda: len(shop.emitted) == 5)
            assert [type(x) for x in shop.emitted] == [CommandDone, CommandRefused, *[CommandDone] * 3]
            await until(lambda: wms.of("out/reply"))
            page = wms.of("out/reply")[0]
            assert (page["cause"], page["page"], page["pages"], page["tasks"]) == ("s1", 1, 1, [])
            await until(lambda: len(wms.of("state/info")) == 2)
        wms.close()

    asyncio.run(play())


def test_garbage_is_acked_answered_once_a_second_and_stops_nothing(broker: Broker) -> None:
    async def play() -> None:
        wms = Wms(broker.port)
        shop = Shop()
        async with running(shop, broker):
            for n in range(20):
                wms.send("in/task", b"\xff{" + bytes([n]))
            wms.send("in/task", b'{"a":' * 20_000)
            wms.send("in/task", b" " * 70_000)
            wms.send("in/ack", b"[]")
            wms.send("in/task", task())
            await until(lambda: any(isinstance(x, TaskArrived) for x in shop.emitted))
            assert 1 <= sum(isinstance(x, MessageRefused) for x in shop.emitted) <= 2
            await until(lambda: wms.of("state/health")[-1]["dropped_garbage_1h"] >= 20, 4)
        quiet = Shop()
        quiet.sessions = 9
        async with running(quiet, broker):
            await asyncio.sleep(0.3)
        assert quiet.emitted == []
        wms.close()

    asyncio.run(play())


def test_a_retained_task_is_refused_and_a_fork_is_noticed(broker: Broker) -> None:
    async def play() -> None:
        wms = Wms(broker.port)
        wms.send("in/task", task(), retain=True)
        shop = Shop()
        async with running(shop, broker):
            await until(lambda: shop.emitted)
            refused = shop.emitted[0]
            assert isinstance(refused, MessageRefused)
            assert [x.code for x in refused.faults] == ["RETAINED_COMMAND"]
            wms.send("in/ack", {"stream": "s1", "upto": 7})
            await until(lambda: shop.forks == [7])
            assert shop.acks == []
        wms.close()

    asyncio.run(play())


def test_a_twin_is_noticed_by_the_one_with_the_lower_session_and_our_own_past_is_no_twin(broker: Broker) -> None:
    async def play() -> None:
        wms = Wms(broker.port)
        shop = Shop()
        shop.sessions = 4
        async with running(shop, broker):
            past = {"v": "1.0", "src": "ctl-07", "state": "online", "session": 4, "instance": "old"}
            wms.send("state/presence", past)
            wms.send("state/presence", {**past, "state": "lost", "session": 9})
            await asyncio.sleep(0.2)
            assert shop.twins == []
            wms.send("state/presence", {**past, "session": 6})
            await until(lambda: shop.twins == ["instance old, session 6"])
            wms.client.publish("ptl/v1/S1/_wms/state/presence", dumps({"state": "online"}), 1, retain=True)
            await until(lambda: shop.hosts == ["online"])
        assert PREFIX.startswith("ptl/v1/S1")
        wms.close()

    asyncio.run(play())
