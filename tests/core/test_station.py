"""One behaviour a test, told as a picker, a host or a technician would."""

from __future__ import annotations

from decimal import Decimal

import pytest
from world import START, World, kinds, line, task

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.model import CancelMode, Colour, Fault, Key, LineState, Pattern, RefusalClass, ShortReason
from controller.core.model import TaskState as T


def two_lines(world: World) -> None:
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", 4), line("2", "A.3", 2)))


def test_a_task_is_lit_confirmed_and_handed_over() -> None:
    world = World()
    two_lines(world)
    assert world.lit() == {"A.1": "A  4"}
    assert kinds(world.press("A.1")) == ["LineConfirmed", "LineActivated"]
    assert world.lit() == {"A.3": "A  2"}
    assert kinds(world.press("A.3")) == ["LineConfirmed", "TaskPicked"]
    assert world.lights()["H.1"].text == "DONE"
    decision = world.press("H.1")
    assert kinds(decision) == ["TaskCompleted"]
    completed = decision.facts[0]
    assert isinstance(completed, f.TaskCompleted)
    assert [(x.line_id, x.picked) for x in completed.lines] == [("1", Decimal(4)), ("2", Decimal(2))]
    assert world.state.tasks == {}


def test_a_picked_task_is_handed_over_by_itself_in_time() -> None:
    world = World(hand_over_after_ms=5000)
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1")))
    world.press("A.1")
    assert world.station.due(world.state) == START + 5000
    assert kinds(world.wait(4999)) == []
    assert kinds(world.wait(1)) == ["TaskCompleted"]


def test_higher_priority_first_then_due_then_critical_then_nearest() -> None:
    world = World(hand_over_after_ms=0)
    world.arrive(task("far", line("1", "B.3")))
    world.arrive(task("near", line("1", "A.1")))
    world.arrive(task("critical", line("1", "B.2", criticality="critical")))
    world.arrive(task("due", line("1", "B.1"), due_at=START + 1))
    world.arrive(task("urgent", line("1", "A.2"), priority=90))
    world.sign_on("P1")
    order = []
    while world.lit():
        order.append(next(iter(world.state.pickers.values())).task_id)
        world.press(next(iter(world.lit())))
    assert order == ["urgent", "due", "critical", "far", "near"]


def test_lines_follow_the_walking_order_whatever_their_order_in_the_task() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.3"), line("2", "A.1"), line("3", "A.2")))
    seen = []
    while world.lit():
        seen += world.lit()
        world.press(seen[-1])
    assert seen == ["A.1", "A.2", "A.3"]


def test_pickers_only_get_their_zones() -> None:
    world = World()
    world.sign_on("P3")
    world.arrive(task("T1", line("1", "A.1")))
    assert world.lit() == {}
    world.arrive(task("T2", line("1", "B.1"), zone="Z2"))
    assert world.lit() == {"B.1": "C  1"}


def test_a_task_given_to_one_picker_waits_for_him() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1"), picker="P2"))
    assert world.lit() == {}
    world.sign_on("P2")
    assert world.lit() == {"A.1": "B  1"}


def test_less_than_asked_is_a_short_with_its_reason() -> None:
    world = World()
    two_lines(world)
    decision = world.press("A.1", quantity=3)
    short = decision.facts[0]
    assert isinstance(short, f.LineShorted)
    assert (short.picked, short.reason) == (Decimal(3), ShortReason.QTY_MISMATCH)
    short = world.press("A.3", Key.SHORT, quantity=0, reason=ShortReason.DAMAGED).facts[0]
    assert isinstance(short, f.LineShorted)
    assert (short.picked, short.reason) == (Decimal(0), ShortReason.DAMAGED)


def test_more_than_asked_needs_leave() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", 2), line("2", "A.2", 2, qty_max=Decimal(3))))
    assert kinds(world.press("A.1", quantity=3)) == ["WrongPress"]
    world.press("A.1")
    assert world.lights()["A.2"].over == 1
    confirmed = world.press("A.2", quantity=3).facts[0]
    assert isinstance(confirmed, f.LineConfirmed)
    assert confirmed.picked == 3


def test_a_fraction_is_confirmed_whole() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", "2.5")))
    light = world.lights()["A.1"]
    assert (light.text, light.adjustable, light.quantity) == ("A2.5", False, 0)
    confirmed = world.press("A.1").facts[0]
    assert isinstance(confirmed, f.LineConfirmed)
    assert confirmed.picked == Decimal("2.5")


@pytest.mark.parametrize(
    ("qty", "text"), [(1, "A  1"), (999, "A999"), (1000, "1000"), (12345, "A12k"), ("0.125", "A ~0"), (999999, "A999")]
)
def test_quantities_fit_four_characters(qty: int | str, text: str) -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", qty)))
    shown = world.lit()["A.1"]
    assert shown == text if qty != 999999 else shown == "A999"


def test_skip_comes_back_last() -> None:
    world = World()
    two_lines(world)
    assert kinds(world.press("A.1", Key.SKIP)) == ["LineReleased", "LineActivated"]
    assert list(world.lit()) == ["A.3"]
    world.press("A.3")
    assert list(world.lit()) == ["A.1"]


def test_the_last_confirmation_can_be_undone_until_hand_over() -> None:
    world = World()
    two_lines(world)
    world.press("A.1")
    decision = world.press("A.1", Key.UNDO)
    assert kinds(decision) == ["PickUndone", "LineReleased", "LineActivated"]
    assert world.lit() == {"A.1": "A  4"}
    world.press("A.1")
    world.press("A.3")
    assert world.state.tasks["T1"].state is T.PICKED
    assert "PickUndone" in kinds(world.press("A.3", Key.UNDO))
    assert world.state.tasks["T1"].state is T.STARTED
    world.press("A.3")
    world.press("H.1")
    assert kinds(world.press("A.3", Key.UNDO)) == ["WrongPress"]


def test_undo_reaches_only_the_last_confirmation() -> None:
    world = World()
    two_lines(world)
    world.press("A.1")
    world.press("A.3")
    assert kinds(world.press("A.1", Key.UNDO)) == ["WrongPress"]


def test_undo_at_a_bin_that_now_shows_somebody_else_is_refused() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1"), line("2", "A.3")))
    world.sign_on("P2")
    world.arrive(task("T2", line("1", "A.1")))
    world.press("A.1")
    assert world.lit()["A.1"] == "B  1"
    assert kinds(world.press("A.1", Key.UNDO)) == ["WrongPress"]


def test_a_second_press_never_books_twice() -> None:
    world = World()
    two_lines(world)
    token = world.lights()["A.1"].token
    world.press("A.1", token=token)
    decision = world.press("A.1", token=token, quantity=4)
    assert kinds(decision) == ["WrongPress"]
    assert decision.cues


def test_a_press_meant_for_another_picture_never_books() -> None:
    world = World()
    world.sign_on("P1", "P2")
    world.arrive(task("T1", line("1", "A.1", 4)))
    old = world.lights()["A.1"].token
    world.send(i.CancelRequested(cause="c", task_id="T1", mode=CancelMode.NOW))
    world.arrive(task("T2", line("1", "A.1", 4)))
    decision = world.press("A.1", token=old)
    assert [x.why for x in decision.facts if isinstance(x, f.WrongPress)] == ["STALE"]


def test_two_pickers_at_one_bin_queue_fairly() -> None:
    world = World(lease_ms=60_000)
    world.sign_on("P1", "P2")
    world.arrive(task("T1", line("1", "A.1", 1)))
    world.arrive(task("T2", line("1", "A.1", 2)))
    assert world.lit() == {"A.1": "A  1"}
    assert world.station.due(world.state) == START + 60_000
    world.wait(60_000)
    assert world.lit() == {"A.1": "B  2"}, "the one who waits gets the bin from an owner who does nothing"
    confirmed = world.press("A.1").facts[0]
    assert isinstance(confirmed, f.LineConfirmed)
    assert confirmed.picker == "P2"
    assert world.lit() == {"A.1": "A  1"}


def test_a_picker_goes_round_an_occupied_bin_while_he_can() -> None:
    world = World()
    world.sign_on("P1", "P2")
    world.arrive(task("T1", line("1", "A.1")))
    world.arrive(task("T2", line("1", "A.1"), line("2", "A.2")))
    assert world.lit() == {"A.1": "A  1", "A.2": "B  1"}


def test_several_lines_can_be_lit_at_once() -> None:
    world = World(lines_lit=2)
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1"), line("2", "A.2"), line("3", "A.3")))
    assert list(world.lit()) == ["A.1", "A.2"]
    world.press("A.2")
    assert sorted(world.lit()) == ["A.1", "A.3"]


def test_colour_pattern_and_letter_are_the_pickers() -> None:
    world = World()
    world.sign_on("P2")
    world.arrive(task("T1", line("1", "A.1", 7)))
    light = world.lights()["A.1"]
    assert (light.colour, light.pattern, light.text) == (Colour.BLUE, Pattern.BLINK, "B  7")


def test_sign_on_and_off_at_the_home_module() -> None:
    world = World()
    assert world.lights()["H.1"].text == "A IN"
    assert kinds(world.press("H.1")) == ["PickerSignedOn"]
    world.arrive(task("T1", line("1", "A.1"), line("2", "A.2")))
    world.press("A.1")
    assert kinds(world.press("H.1", Key.SKIP)) == ["LineReleased", "TaskSuspended", "PickerSignedOff"]
    assert world.state.tasks["T1"].state is T.SUSPENDED
    world.sign_on("P2")
    assert world.lit() == {"A.2": "B  1"}, "another picker goes on where the first stopped"


def test_a_picker_gone_silent_is_signed_off_and_nothing_is_completed_for_him() -> None:
    world = World(idle_release_ms=60_000)
    two_lines(world)
    assert kinds(world.wait(60_000)) == ["LineReleased", "TaskSuspended", "PickerSignedOff"]
    assert world.state.tasks["T1"].lines["1"].state is LineState.OPEN


# --- revisions ----------------------------------------------------------------------------------------------------


def rejection(world: World, *args: object, **more: object) -> tuple[RefusalClass, list[str]]:
    decision = world.arrive(*args, **more)  # type: ignore[arg-type]
    rejected = decision.facts[0]
    assert isinstance(rejected, f.TaskRejected)
    return rejected.refusal, [x.code for x in rejected.faults]


def test_the_same_revision_again_is_nothing_and_with_other_content_a_conflict() -> None:
    world = World()
    world.arrive(task("T1", line("1", "A.1")), digest="x")
    assert kinds(world.arrive(task("T1", line("1", "A.1")), digest="x")) == []
    assert rejection(world, task("T1", line("1", "A.2")), digest="y") == (RefusalClass.FIX, ["REVISION_CONFLICT"])


def test_an_older_revision_is_stale_and_a_newer_one_replaces_open_lines() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", 4), revision=3))
    assert rejection(world, task("T1", line("1", "A.1"), revision=2)) == (RefusalClass.DROP, ["REVISION_STALE"])
    old = world.lights()["A.1"]
    assert kinds(world.arrive(task("T1", line("1", "A.1", 3), revision=7))) == ["TaskRevised", "LineActivated"]
    new = world.lights()["A.1"]
    assert (old.text, new.text) == ("A  4", "A  3")
    assert old.token != new.token


def test_a_revision_may_move_the_line_being_picked() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", 4)))
    world.arrive(task("T1", line("1", "A.2", 4), revision=2))
    assert world.lit() == {"A.2": "A  4"}


def test_done_lines_are_locked() -> None:
    world = World()
    two_lines(world)
    world.press("A.1")
    changed = task("T1", line("1", "A.1", 9), line("2", "A.3", 2), revision=2)
    assert rejection(world, changed) == (RefusalClass.FIX, ["LINE_LOCKED"])
    assert kinds(world.arrive(task("T1", line("2", "A.3", 1), revision=3)))[0] == "TaskRevised"
    assert world.state.tasks["T1"].lines["1"].state is LineState.CONFIRMED


def test_a_revision_that_drops_the_open_rest_ends_the_task() -> None:
    world = World()
    two_lines(world)
    world.press("A.1")
    assert kinds(world.arrive(task("T1", line("1", "A.1", 4), revision=2))) == ["TaskRevised", "TaskPicked"]


def test_an_ended_task_stays_ended() -> None:
    world = World()
    known = i.Known(revision=1, digest="x", ended="completed")
    again = task("T1", line("1", "A.1"), revision=2)
    assert rejection(world, again, known=known) == (RefusalClass.DROP, ["TASK_TERMINAL"])


def test_time_and_room_are_grounds_for_refusal() -> None:
    world = World(max_open_tasks=1)
    late = task("T1", line("1", "A.1"), expires_at=START)
    assert rejection(world, late) == (RefusalClass.DROP, ["EXPIRED"])
    old = task("T1", line("1", "A.1"), issued_at=START - 10)
    assert rejection(world, old, horizon=START) == (RefusalClass.DROP, ["DEDUPE_HORIZON"])
    full = Fault("STORAGE_FULL", "$", "no room")
    assert rejection(world, task("T1", line("1", "A.1")), refuse=(full,)) == (RefusalClass.RETRY, ["STORAGE_FULL"])
    world.arrive(task("T1", line("1", "A.1")))
    assert rejection(world, task("T2", line("1", "A.1"))) == (RefusalClass.RETRY, ["CAPACITY"])


def test_nothing_expires_while_the_clock_is_unsure() -> None:
    world = World()
    world.synced = False
    world.arrive(task("T1", line("1", "A.1"), expires_at=START))
    assert kinds(world.wait(10)) == []
    world.synced = True
    assert kinds(world.wait(10)) == ["TaskExpired"]


def test_a_started_task_does_not_expire() -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1"), expires_at=START + 10))
    assert kinds(world.wait(20)) == []


def test_everything_unknown_is_named_at_once() -> None:
    world = World()
    wrong = task("T1", line("1", "X.9"), line("2", "H.1"), zone="Z9", picker="P9")
    codes = ["UNKNOWN_LOCATION", "UNKNOWN_LOCATION", "UNKNOWN_ZONE", "UNKNOWN_PICKER"]
    assert rejection(world, wrong) == (RefusalClass.FIX, codes)


# --- cancels ------------------------------------------------------------------------------------------------------


def cancel(world: World, mode: CancelMode, *lines: str, task_id: str = "T1") -> list[str]:
    return kinds(world.send(i.CancelRequested(cause="c", task_id=task_id, mode=mode, lines=lines)))


def test_cancel_if_not_started_only_before_the_start() -> None:
    world = World()
    world.arrive(task("T1", line("1", "A.1")))
    assert cancel(world, CancelMode.IF_NOT_STARTED) == ["LineCancelled", "TaskCancelled"]
    world.sign_on("P1")
    world.arrive(task("T2", line("1", "A.1")))
    assert cancel(world, CancelMode.IF_NOT_STARTED, task_id="T2") == ["CommandRefused"]


def test_cancel_now_asks_to_put_back_what_was_picked() -> None:
    world = World()
    two_lines(world)
    world.press("A.1")
    assert cancel(world, CancelMode.NOW) == ["LineRecalled", "LineCancelled", "TaskRecalled"]
    assert world.lit() == {"A.1": "-  4"}
    assert kinds(world.press("A.1")) == ["LineReturned", "TaskReturned"]
    assert world.state.tasks == {}
    assert world.lit() == {}


def test_cancel_finish_line_lets_the_line_under_way_end() -> None:
    world = World()
    two_lines(world)
    assert cancel(world, CancelMode.FINISH_LINE) == ["LineCancelled", "CancelBegun", "CommandDone"]
    assert cancel(world, CancelMode.NOW) == ["CommandRefused"]
    assert kinds(world.press("A.1")) == ["LineConfirmed", "TaskCancelled"]


def test_cancel_of_single_lines_leaves_the_rest() -> None:
    world = World()
    two_lines(world)
    assert cancel(world, CancelMode.NOW, "1") == ["LineCancelled", "LinesCancelled", "LineActivated"]
    assert world.lit() == {"A.3": "A  2"}
    assert cancel(world, CancelMode.NOW, "9") == ["CommandRefused"]


def test_a_cancel_before_its_task_waits_for_it() -> None:
    world = World()
    assert cancel(world, CancelMode.NOW) == ["CancelRemembered", "CommandDone"]
    arrived = kinds(world.arrive(task("T1", line("1", "A.1"))))
    assert arrived == ["TaskAccepted", "CancelForgotten", "LineCancelled", "TaskCancelled"]
    cancel(world, CancelMode.NOW, task_id="T2")
    assert kinds(world.wait(86_400_000)) == ["CancelForgotten"]


def test_a_press_after_the_cancel_is_answered_not_booked() -> None:
    world = World()
    two_lines(world)
    token = world.lights()["A.1"].token
    cancel(world, CancelMode.NOW)
    assert kinds(world.press("A.1", token=token, quantity=4)) == ["WrongPress"]


# --- pause, reassign, modules -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["ctl", "zone:Z1", "picker:P1", "task:T1"])
def test_a_paused_scope_is_dark_and_books_nothing(scope: str) -> None:
    world = World()
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1"), zone="Z1"))
    token = world.lights()["A.1"].token
    world.send(i.PauseRequested(cause="p", scope=scope))
    assert world.lit() == {}
    assert kinds(world.press("A.1", token=token, quantity=1)) == ["WrongPress"]
    world.send(i.ResumeRequested(cause="r", scope=scope))
    assert kinds(world.press("A.1")) == ["LineConfirmed", "TaskPicked"]


def test_pause_of_something_unknown_is_refused() -> None:
    world = World()
    for scope in ("zone:Z9", "picker:P9", "task:T9", "ctl:x", "nonsense"):
        assert kinds(world.send(i.PauseRequested(cause="p", scope=scope))) == ["CommandRefused"]


def test_reassign_moves_a_task_in_progress() -> None:
    world = World()
    two_lines(world)
    world.press("A.1")
    world.sign_on("P2")
    world.send(i.ReassignRequested(cause="r", task_id="T1", picker="P2"))
    assert world.lit() == {"A.3": "B  2"}


def test_prioritise_changes_what_comes_next() -> None:
    world = World()
    world.arrive(task("T1", line("1", "A.1")))
    world.arrive(task("T2", line("1", "A.2")))
    world.send(i.PrioritiseRequested(cause="p", task_id="T2", priority=99))
    world.sign_on("P1")
    assert list(world.lit()) == ["A.2"]


def test_a_dead_module_is_gone_round() -> None:
    world = World()
    two_lines(world)
    lost = i.ModuleLost(cause="m", location="A.1", module="m-1", fault="NO_REPLY")
    assert kinds(world.send(lost)) == ["LocationDown", "LineReleased", "LineActivated"]
    assert list(world.lit()) == ["A.3"]
    world.press("A.3")
    assert list(world.lit()) == ["A.1"], "when nothing else is left its line waits for the module"
    assert kinds(world.send(i.ModuleFound(cause="m", location="A.1", module="m-1"))) == ["LocationUp"]


def test_a_location_is_pointed_out_for_a_while() -> None:
    world = World()
    world.send(i.LocateRequested(cause="l", location="B.2", seconds=10))
    assert world.lit() == {"B.2": "HERE"}
    assert kinds(world.wait(10_000)) == ["LocationHidden"]
    assert world.lit() == {}
