"""The host against scripted modules on a virtual clock."""

from __future__ import annotations

import random

import pytest
from bench_bus import Bench, FakeModule

from devices.bus.events import LinkFound, LinkKey, LinkLost
from devices.bus.frames import Event, Gpoll, Query, Record, Set, SetBatch
from devices.bus.framing import Receiver
from devices.bus.link import IDLE_POLL, Link
from devices.bus.pictures import DARK_BYTES, pack_picture, state_hash
from devices.errors import AddressTaken, BadPicture, UnknownModule
from devices.model import DARK, Picture

GREEN = Picture(2, 0, "A  3", quantity=3, confirmable=True, token=9)
RED = Picture(1, 1, "B  1", quantity=1, confirmable=True, token=10)


def settled(count: int = 16) -> Bench:
    """A bus on which everybody is known and dark."""
    bench = Bench([FakeModule(a) for a in range(1, count + 1)])
    bench.run_until(lambda: len(bench.found()) == count)
    bench.run(0.3)
    bench.events.clear()
    bench.sent.clear()
    return bench


def acknowledge_all(bench: Bench) -> None:
    for key in bench.pressed():
        bench.link.acknowledge(key.addr, key.boot_id, key.ev_seq, bench.now)


# ---- lamps ----------------------------------------------------------------------------------------------------------


def test_a_lamp_change_leaves_at_once_when_the_line_is_free() -> None:
    bench = settled()
    while bench.link.line.exchange is not None or bench.now < bench.link.line.free_at:
        bench.run(0.0001)
    bench.link.show(5, GREEN)
    began = bench.now
    bench.run(0.0005)
    at, frame = bench.sent[-1]
    assert isinstance(frame, SetBatch)
    assert at - began < 1e-4
    assert bench.modules[4].shows == pack_picture(GREEN)


def test_fifty_lamps_are_on_within_30_ms() -> None:
    bench = settled(250)
    for addr in range(1, 51):
        bench.link.show(addr, GREEN)
    green = pack_picture(GREEN)
    assert bench.run_until(lambda: all(m.shows == green for m in bench.modules[:50])) < 0.030


def test_the_same_picture_is_sent_once() -> None:
    bench = settled()
    bench.link.show(5, GREEN)
    bench.link.show(5, GREEN)
    bench.run(0.05)
    bench.link.show(5, GREEN)
    bench.run(0.05)
    assert sum(isinstance(f, SetBatch) for _, f in bench.sent) == 1


def test_a_missed_broadcast_is_repaired_by_its_gap() -> None:
    bench = settled()
    bench.modules[4].deaf = lambda frame: isinstance(frame, SetBatch)
    bench.link.show(5, GREEN)
    assert bench.run_until(lambda: bench.modules[4].shows == pack_picture(GREEN)) < 0.020
    bench.run(0.1)
    assert bench.modules[4].queue == []
    assert bench.link.health()["unconfirmed"] == 0


def test_others_that_missed_it_are_left_alone() -> None:
    bench = settled()
    bench.modules[7].deaf = lambda frame: isinstance(frame, SetBatch)
    bench.link.show(5, GREEN)
    bench.run(0.2)
    assert not any(isinstance(f, Set) and f.addr == 8 for _, f in bench.sent)


def test_a_wrong_hash_in_info_is_repaired() -> None:
    bench = settled()
    bench.modules[2].shows = pack_picture(RED)
    bench.run_until(lambda: bench.modules[2].shows == DARK_BYTES)


def test_set_is_repeated_with_its_seq_and_given_up_until_a_sign_of_life() -> None:
    bench = settled()
    module = bench.modules[4]
    module.deaf = lambda frame: isinstance(frame, (SetBatch, Set))
    bench.link.show(5, GREEN)
    bench.run(0.060)
    sets = [f for _, f in bench.sent if isinstance(f, Set)]
    assert [f.repeat for f in sets] == [False, True, True, True]
    assert len({f.seq for f in sets}) == 1
    module.deaf = lambda _: False
    module.press()
    bench.run(0.1)
    assert module.shows == pack_picture(GREEN)
    assert [f for _, f in bench.sent if isinstance(f, Set)][-1].seq != sets[0].seq


def test_orphan_lamps_go_out_at_the_start() -> None:
    bench = Bench([FakeModule(a, shows=pack_picture(RED), epoch=77) for a in range(1, 251)])
    bench.run_until(lambda: all(m.shows == DARK_BYTES for m in bench.modules))
    assert bench.now < 100.4


def test_the_modules_epoch_is_taken_over_so_that_nobody_reports_a_gap() -> None:
    bench = Bench([FakeModule(a, epoch=77) for a in range(1, 251)])
    bench.run(2.0)
    assert bench.link.pictures.epoch == (77 + 12) & 0xFF
    assert bench.link.health()["events"] == 0


def test_an_ignored_press_gets_its_old_picture_back() -> None:
    bench = settled()
    bench.link.show(5, GREEN)
    bench.run(0.05)
    bench.modules[4].press(3, 9)
    bench.run_until(lambda: bool(bench.pressed()))
    acknowledge_all(bench)
    bench.sent.clear()
    bench.run(0.1)
    (batch,) = [f for _, f in bench.sent if isinstance(f, SetBatch)]
    assert batch.records == ((5, pack_picture(GREEN)),)


# ---- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_press_arrives_within_6_ms_while_something_is_lit() -> None:
    bench = settled(250)
    bench.link.show(17, GREEN)
    rng, worst = random.Random(1), 0.0
    for count in range(1, 60):
        bench.run(rng.uniform(0.02, 0.03))
        while any(isinstance(f, Query) for at, f in bench.sent if at > bench.now - 0.010):
            bench.run(0.001)
        bench.modules[16].press(3, 9)
        worst = max(worst, bench.run_until(lambda n=count: len(bench.pressed()) == n))  # type: ignore[misc]
        acknowledge_all(bench)
    assert worst < 0.006


def test_what_a_key_event_says() -> None:
    bench = settled()
    bench.modules[4].queue_event(0x2, detail=2, value=1, token=9)
    bench.run_until(lambda: bool(bench.pressed()))
    key = bench.pressed()[0]
    assert (key.addr, key.key, key.reason, key.quantity, key.token) == (5, "short", "DAMAGED", 1, 9)


def test_idle_polls_come_every_20_ms() -> None:
    bench = settled()
    bench.run(2.0)
    polls = [at for at, f in bench.sent if isinstance(f, Gpoll)]
    assert len(polls) == pytest.approx(2.0 / IDLE_POLL, rel=0.2)


def test_nothing_is_acknowledged_before_it_is_durable() -> None:
    bench = settled()
    bench.modules[4].press()
    bench.run(0.5)
    assert len(bench.pressed()) == 1
    assert len(bench.modules[4].queue) == 1
    acknowledge_all(bench)
    bench.run(0.02)
    assert bench.modules[4].queue == []


def test_a_lost_acknowledgement_is_sent_again_and_the_repeat_not_reported() -> None:
    bench = settled()
    module = bench.modules[4]
    module.press()
    bench.run_until(lambda: bool(bench.pressed()))
    module.deaf = lambda frame: isinstance(frame, Gpoll) and bool(frame.ack_addr)
    acknowledge_all(bench)
    bench.run(0.05)
    assert len(module.queue) == 1
    module.deaf = lambda _: False
    bench.run(0.1)
    assert module.queue == []
    assert len(bench.pressed()) == 1


def test_a_later_event_is_not_acknowledged_over_an_earlier_one() -> None:
    bench = settled()
    module = bench.modules[4]
    first, second = module.press(), module.press()
    bench.run_until(lambda: len(bench.pressed()) == 2)
    bench.link.acknowledge(5, module.boot_id, second, bench.now)
    bench.run(0.1)
    assert len(module.queue) == 2
    bench.link.acknowledge(5, module.boot_id, first, bench.now)
    bench.run(0.1)
    assert module.queue == []


@pytest.mark.slow
def test_ev_seq_wraps_from_255_to_1() -> None:
    bench = settled()
    module = bench.modules[4]
    for _ in range(600):
        module.press()
        before = len(bench.pressed())
        bench.run_until(lambda n=before: len(bench.pressed()) > n)  # type: ignore[misc]
        acknowledge_all(bench)
    bench.run(0.1)
    assert [k.ev_seq for k in bench.pressed()] == [n % 255 + 1 for n in range(600)]
    assert module.queue == []


@pytest.mark.slow
@pytest.mark.parametrize("together", [2, 5, 20])
@pytest.mark.parametrize("listening", [False, True])
def test_collisions_are_split_until_all_are_heard(together: int, listening: bool) -> None:
    bench = settled(250)
    bench.listen_before_talk = listening
    bench.link.show(1, GREEN)
    pressed = random.Random(together).sample(range(1, 251), together)
    for addr in pressed:
        bench.modules[addr - 1].press()
    while len(bench.pressed()) < together:
        bench.run(0.002)
        acknowledge_all(bench)
        assert bench.now < 110
    assert sorted(k.addr for k in bench.pressed()) == sorted(pressed)


def test_a_mass_start_ends_in_one_sweep() -> None:
    bench = Bench([FakeModule(a) for a in range(1, 251)])
    for module in bench.modules:
        module.reboot(0x4000 + module.addr)
    bench.run_until(lambda: not any(m.queue for m in bench.modules), limit=8.0)
    assert 1 <= bench.link.polling.sweeps <= 3


def test_others_are_heard_while_one_waits_to_become_durable() -> None:
    bench = settled()
    bench.listen_before_talk = True  # module 1 always talks first
    bench.link.show(9, GREEN)
    bench.modules[0].press()
    bench.run_until(lambda: len(bench.pressed()) == 1)
    bench.modules[8].press()
    assert bench.run_until(lambda: len(bench.pressed()) == 2) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("loss", [0.05, 0.3])
def test_nothing_is_lost_or_doubled_on_a_bad_line(loss: float) -> None:
    rng = random.Random(5)
    bench = Bench([FakeModule(a) for a in range(1, 65)])
    for module in bench.modules:
        module.deaf = lambda _: rng.random() < loss
    bench.lose = lambda _: rng.random() < loss
    made: list[tuple[int, int]] = []
    for _ in range(100):
        module = rng.choice(bench.modules)
        made.append((module.addr, module.press()))
        bench.link.show(module.addr, rng.choice([GREEN, RED, DARK]))
        bench.run(0.1)
        acknowledge_all(bench)
    bench.run(5.0)
    acknowledge_all(bench)
    for module in bench.modules:
        module.deaf = lambda _: False
    bench.lose = lambda _: False
    bench.run(64 * 0.5)  # by then every module was asked: one of the dark ones each half second while others are lit
    assert sorted(made) == sorted((k.addr, k.ev_seq) for k in bench.pressed())
    assert not any(m.queue for m in bench.modules)
    assert bench.link.health()["unconfirmed"] == 0
    assert all(bench.link.pictures.is_lit(m.addr) == (m.shows != DARK_BYTES) for m in bench.modules)


# ---- coming and going -----------------------------------------------------------------------------------------------


def test_a_module_that_falls_silent_is_lost_once_and_found_again() -> None:
    bench = settled()
    bench.modules[4].on = False
    bench.run(4.0)
    assert bench.lost() == [LinkLost(5, "NO_REPLY")]
    bench.modules[4].on = True
    bench.run(2.0)
    assert bench.found() == [LinkFound(5, False)]


def test_a_reboot_is_reported_and_gets_its_picture_back() -> None:
    bench = settled()
    bench.link.show(5, GREEN)
    bench.run(0.1)
    bench.modules[4].reboot(0x9999)
    assert bench.run_until(lambda: bench.modules[4].shows == pack_picture(GREEN)) < 0.02
    bench.run(0.1)
    assert bench.found() == [LinkFound(5, True)]
    assert bench.modules[4].queue == []


def test_presses_after_a_reboot_count_from_one_again() -> None:
    bench = settled()
    module = bench.modules[4]
    for boot_id in (0x1111, 0x2222):
        module.reboot(boot_id)
        module.press()
        bench.run(0.1)
        acknowledge_all(bench)
        bench.run(0.1)
    assert [(k.boot_id, k.ev_seq) for k in bench.pressed()] == [(0x1111, 2), (0x2222, 2)]
    assert module.queue == []


def test_cursors_keep_a_restart_of_the_host_from_doubling() -> None:
    bench = settled()
    module = bench.modules[4]
    durable, not_durable = module.press(), module.press()
    link = Link([m.addr for m in bench.modules], now=bench.now, cursors={5: (module.boot_id, durable)})
    again = Bench(bench.modules, link)
    again.now = bench.now
    again.run(0.5)
    assert [k.ev_seq for k in again.pressed()] == [not_durable]
    assert [r.ev_seq for r in module.queue] == [not_durable]


def test_a_cursor_of_another_boot_does_not_hide_presses() -> None:
    module = FakeModule(5, boot_id=0x2222)
    module.press()
    bench = Bench([module], Link([5], now=100.0, cursors={5: (0x1111, 200)}))
    bench.run(0.2)
    assert [(k.boot_id, k.ev_seq) for k in bench.pressed()] == [(0x2222, 1)]
    assert bench.found()[0].rebooted


def test_after_unplugging_all_pictures_are_sent_again() -> None:
    bench = settled()
    bench.link.show(5, GREEN)
    bench.run(0.1)
    bench.connected = False
    bench.link.line_away(bench.now)
    for module in bench.modules:
        module.shows = pack_picture(RED)
    bench.connected = True
    bench.link.line_away(bench.now)
    bench.sent.clear()
    bench.run(0.02)
    assert sum(len(f.records) for _, f in bench.sent if isinstance(f, SetBatch)) == 16
    assert bench.modules[4].shows == pack_picture(GREEN)
    assert all(m.shows == DARK_BYTES for m in bench.modules if m.addr != 5)


def test_two_modules_at_one_address_are_named_a_clash() -> None:
    twin = FakeModule(5, boot_id=0x7777)
    bench = Bench([*[FakeModule(a) for a in range(1, 9)], twin], Link(range(1, 9), now=100.0))
    bench.run(3.0)
    assert LinkLost(5, "ADDRESS_CLASH") in bench.events


def test_a_held_key_is_a_fault_until_it_is_freed() -> None:
    bench = settled()
    bench.modules[4].queue_event(0xA)
    bench.run(0.1)
    bench.modules[4].queue_event(0xB)
    bench.run(0.1)
    assert bench.events == [LinkLost(5, "KEY_HELD"), LinkFound(5, False)]
    assert bench.modules[4].queue == []


def test_a_late_reply_counts_and_teaches_patience() -> None:
    link, now = Link([5], now=0.0), 0.0
    seqs: list[int] = []
    while len(seqs) < 2:
        data = link.poll(now)
        seqs += [f.seq for f in Receiver().feed(data or b"") if isinstance(f, Gpoll)]
        now = max(link.deadline, now + 1e-5)
    link.poll(now)  # its window is over
    late = Event(seqs[-1], 5, 1, (Record(1, 0x1, 0, 3, 9, 0),))
    link.received(late.to_bytes(), now + 0.0001)
    assert link.line.late == 1
    assert link.line.extra > 0
    assert any(isinstance(e, LinkKey) for e in link.take_events())


# ---- wrong calls ----------------------------------------------------------------------------------------------------


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(AddressTaken, match="address 7 is given to two"):
        Link([7, 7])
    with pytest.raises(AddressTaken, match="251"):
        Link([251])
    link = Link([1])
    with pytest.raises(UnknownModule):
        link.show(2, GREEN)
    with pytest.raises(BadPicture):
        link.show(1, Picture(9, 0))


def test_long_text_and_numbers_are_fitted() -> None:
    packed = pack_picture(Picture(2, 0, "Grün 12", quantity=70000, over=900))
    assert packed[3:7] == b"Gr?n"
    assert packed[7:] == b"\xff\xff\xff"
    assert state_hash(packed) != state_hash(DARK_BYTES)
