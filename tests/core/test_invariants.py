"""Whatever happens in whatever order: no line is lost, none is booked twice, nothing the outside sends is illegal."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec
from hypothesis import given, settings
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
steps = st.lists(
    st.one_of(inputs, presses.map(lambda x: ("press", x)), st.integers(0, 200_000).map(lambda x: ("wait", x))),
    max_size=40,
)


def play(world: World, step: object) -> None:
    match step:
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
    for record in world.state.tasks.values():
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


@settings(max_examples=120, deadline=None)
@given(steps, st.integers(1, 3))
def test_nothing_is_lost_or_booked_twice(script: list[object], lines_lit: int) -> None:
    world = World(lines_lit=lines_lit, hand_over_after_ms=20_000, lease_ms=30_000, idle_release_ms=100_000)
    for step in script:
        play(world, step)
        check(world)
    booked(world.facts)
    assert fold(State(), world.facts) == world.state, "the journal alone rebuilds the state"


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=30, deadline=None)
@given(steps)
def test_facts_and_state_survive_the_journal(script: list[object]) -> None:
    world = World()
    for step in script:
        play(world, step)
    stored = [(type(x).__name__, msgspec.json.encode(x)) for x in world.facts]
    read = [msgspec.json.decode(body, type=fact_types()[kind]) for kind, body in stored]
    assert read == world.facts
    assert msgspec.json.decode(msgspec.json.encode(world.state), type=State) == world.state
