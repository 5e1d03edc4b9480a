"""Whatever happens in whatever order: no line is lost, none is booked twice, nothing the outside sends is illegal."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import BINS, HOMES, World, line, task

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.evolve import fold
from controller.core.facts import fact_types
from controller.core.model import CancelMode, Key, LineState, TaskState
from controller.core.state import State

TASKS = ("T1", "T2", "T3", "T4")
PICKERS = ("P1", "P2", "P3")
CAUSE = "x"

tasks = st.builds(
    lambda task_id, revision, bins: task(
        task_id, *(line(str(n + 1), b, q) for n, (b, q) in enumerate(bins)), revision=revision
    ),
    st.sampled_from(TASKS),
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(BINS), st.sampled_from([1, 2, 5, "2.5"])), min_size=1, max_size=4),
)
scopes = st.sampled_from(["ctl", "zone:Z1", *(f"picker:{p}" for p in PICKERS), *(f"task:{t}" for t in TASKS)])
inputs = st.one_of(
    st.builds(lambda t, d: i.TaskArrived(cause=CAUSE, task=t, digest=d), tasks, st.sampled_from("xy")),
    st.builds(
        lambda t, m, x: i.CancelRequested(cause=CAUSE, task_id=t, mode=m, lines=tuple(x)),
        st.sampled_from(TASKS),
        st.sampled_from(CancelMode),
        st.lists(st.sampled_from(["1", "2"]), max_size=2, unique=True),
    ),
    st.builds(lambda p: i.SignOnRequested(cause=CAUSE, picker=p), st.sampled_from(PICKERS)),
    st.builds(lambda p: i.SignOffRequested(cause=CAUSE, picker=p), st.sampled_from(PICKERS)),
    st.builds(lambda s: i.PauseRequested(cause=CAUSE, scope=s), scopes),
    st.builds(lambda s: i.ResumeRequested(cause=CAUSE, scope=s), scopes),
    st.builds(
        lambda t, p: i.ReassignRequested(cause=CAUSE, task_id=t, picker=p),
        st.sampled_from(TASKS),
        st.none() | st.sampled_from(PICKERS),
    ),
    st.builds(lambda b: i.ModuleLost(cause=CAUSE, location=b, module=b, fault="NO_REPLY"), st.sampled_from(BINS)),
    st.builds(lambda b: i.ModuleFound(cause=CAUSE, location=b, module=b), st.sampled_from(BINS)),
)
presses = st.tuples(
    st.sampled_from((*BINS, *HOMES)), st.sampled_from(Key), st.none() | st.integers(0, 6), st.none() | st.integers(0, 9)
)
good_presses = st.tuples(st.integers(0, 5), st.sampled_from([Key.CONFIRM, Key.CONFIRM, Key.SHORT, Key.UNDO]))
steps = st.lists(
    st.one_of(
        inputs,
        good_presses.map(lambda x: ("pick", x)),
        good_presses.map(lambda x: ("pick", x)),
        presses.map(lambda x: ("press", x)),
        st.integers(0, 40_000).map(lambda x: ("wait", x)),
    ),
    min_size=10,
    max_size=60,
)


def play(world: World, step: object) -> None:
    match step:
        case ("pick", (n, Key.UNDO)):
            last = [x.last.location for x in world.state.pickers.values() if x.last is not None]
            if last:
                world.press(last[n % len(last)], Key.UNDO)
        case ("pick", (n, key)):
            lit = list(world.lit())
            if lit:
                world.press(lit[n % len(lit)], key, 0 if key is Key.SHORT else None)
        case ("press", (location, key, quantity, token)):
            world.press(location, key, quantity, token)
        case ("wait", int(ms)):
            world.wait(ms)
        case _:
            world.send(step)  # type: ignore[arg-type]


def check(world: World) -> None:
    """What must hold after every single input."""
    active = Counter[tuple[str, str]]()
    for queue in world.state.leases.values():
        active.update((x.task_id, x.line_id) for x in queue)
    lit_lines = {
        (task_id, line_id)
        for task_id, record in world.state.tasks.items()
        for line_id, x in record.lines.items()
        if x.state in (LineState.ACTIVE, LineState.PUT_BACK)
    }
    assert set(active) == lit_lines, "a lamp for every line under way and none besides"
    assert set(active.values()) <= {1}
    for picker_id, picker in world.state.pickers.items():
        if picker.task_id is not None:
            assert world.state.tasks[picker.task_id].picker == picker_id
    for task_id, record in world.state.tasks.items():
        if record.state in (TaskState.STARTED, TaskState.PICKED):
            assert world.state.pickers[str(record.picker)].task_id == task_id
        assert record.state not in (TaskState.COMPLETED, TaskState.CANCELLED, TaskState.EXPIRED)


def booked(facts: list[f.Fact]) -> dict[tuple[str, str], Decimal]:
    """Net bookings per line, as a WMS would add them up."""
    net: dict[tuple[str, str], Decimal] = {}
    for fact in facts:
        match fact:
            case f.LineConfirmed() | f.LineShorted():
                key = (fact.task_id, fact.line_id)
                assert key not in net, "a line was booked twice"
                net[key] = fact.picked
            case f.PickUndone():
                assert net.pop((fact.task_id, fact.line_id)) == fact.picked
            case f.LineReturned():
                assert net[fact.task_id, fact.line_id] == fact.picked
                net[fact.task_id, fact.line_id] = Decimal(0)
            case f.TaskCompleted() | f.TaskCancelled():
                for result in fact.lines:
                    assert net.pop((fact.task_id, result.line_id), Decimal(0)) == result.picked or not result.picked
            case f.TaskReturned():
                net = {k: v for k, v in net.items() if k[0] != fact.task_id}
    return net


def busy_step(rng: random.Random, world: World) -> object:
    """A likely thing to happen: mostly work, at times trouble."""
    kind = rng.choices(("task", "pick", "undo", "cancel", "people", "wait", "wrong"), (5, 10, 2, 2, 2, 2, 1))[0]
    lit = list(world.lit())
    match kind:
        case "task":
            bins = rng.choices(BINS, k=rng.randint(1, 4))
            lines = [line(str(n + 1), b, rng.choice([1, 3, "2.5"])) for n, b in enumerate(bins)]
            new = task(f"T{rng.randint(1, 30)}", *lines, revision=rng.randint(1, 3))
            return i.TaskArrived(cause=CAUSE, task=new, digest=rng.choice("xy"))
        case "pick" if lit:
            key = rng.choice([Key.CONFIRM] * 6 + [Key.SKIP, Key.SHORT])
            return ("press", (rng.choice(lit), key, 0 if key is Key.SHORT else None, None))
        case "undo":
            return ("pick", (rng.randint(0, 3), Key.UNDO))
        case "cancel" if world.state.tasks:
            lines = tuple(rng.sample(["1", "2"], rng.choice([0, 0, 1, 2])))
            mode = rng.choice(list(CancelMode))
            return i.CancelRequested(cause=CAUSE, task_id=rng.choice(list(world.state.tasks)), mode=mode, lines=lines)
        case "people":
            kinds = (i.SignOnRequested, i.SignOnRequested, i.SignOffRequested)
            return rng.choice(kinds)(cause=CAUSE, picker=rng.choice(PICKERS))
        case "wrong":
            return ("press", (rng.choice(BINS), rng.choice(list(Key)), rng.randint(0, 5), rng.randint(0, 255)))
        case _:
            return ("wait", rng.randint(0, 30_000))


def simulate(seed: int, steps: int) -> World:
    rng = random.Random(seed)
    world = World(lines_lit=rng.randint(1, 3), hand_over_after_ms=20_000, lease_ms=30_000, idle_release_ms=200_000)
    for _ in range(steps):
        play(world, busy_step(rng, world))
        check(world)
    booked(world.facts)
    assert fold(State(), world.facts) == world.state, "the journal alone rebuilds the state"
    return world


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_shift(seed: int) -> None:
    simulate(seed, 300)


@pytest.mark.slow
def test_two_thousand_busy_shifts() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(2000):
        kinds.update(type(x).__name__ for x in simulate(seed, 120).facts)
    reached = set(kinds)
    out_of_reach = {
        "TaskExpired",
        "TaskPrioritised",
        "TaskReassigned",
        "Paused",
        "Resumed",
        "LocationShown",
        "StreamForked",
    }
    out_of_reach |= {"LocationHidden", "LocationDown", "LocationUp", "CancelRemembered", "CancelForgotten"}
    out_of_reach |= {
        x for x, kind in fact_types().items() if kind.__module__.endswith(".voice")
    }  # test_talk_invariants
    assert set(fact_types()) - out_of_reach <= reached, "a simulation that never gets there proves nothing"


@given(steps, st.integers(1, 3))
def test_nothing_is_lost_or_booked_twice(script: list[object], lines_lit: int) -> None:
    world = World(lines_lit=lines_lit, hand_over_after_ms=20_000, lease_ms=30_000, idle_release_ms=100_000)
    world.sign_on("P1", "P2")
    for step in script:
        play(world, step)
        check(world)
    booked(world.facts)
    assert fold(State(), world.facts) == world.state, "the journal alone rebuilds the state"


@given(steps)
def test_work_ends_when_pickers_go_on(script: list[object]) -> None:
    """Liveness: from any state, resumed and staffed, every task can be pressed to its end."""
    world = World(hand_over_after_ms=0)
    for step in script:
        play(world, step)
    for scope in tuple(world.state.paused):
        world.send(i.ResumeRequested(cause=CAUSE, scope=scope))
    world.sign_on(*PICKERS)
    for _ in range(200):
        lit = world.lit()
        if not lit and not world.state.tasks:
            return
        for location in lit:
            world.press(location)
        world.wait(1)
    assert not world.state.tasks


@given(steps)
def test_facts_and_state_survive_the_journal(script: list[object]) -> None:
    world = World()
    for step in script:
        play(world, step)
    stored = [(type(x).__name__, msgspec.json.encode(x)) for x in world.facts]
    read = [msgspec.json.decode(body, type=fact_types()[kind]) for kind, body in stored]
    assert read == world.facts
    assert msgspec.json.decode(msgspec.json.encode(world.state), type=State) == world.state
