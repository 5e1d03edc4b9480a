"""The comparison of the ledgers finds every kind of disagreement: each is planted into a shift that agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from story import START, Story, good_story

from controller.demo.ledgers import Booked, FactRow, Press

Plant = Callable[[Story], object]


def test_books_that_agree_have_no_differences() -> None:
    result = good_story().result()
    assert result.differences == []
    assert result.ok
    rows = [(row.order, row.asked, row.picked, row.booked, row.reported, row.short) for row in result.orders]
    assert rows == [("SO-1", 8, 6, 6, 6, 2), ("SO-2", 6, 6, 6, 6, 0)]
    assert all(row.agrees for row in result.orders)


def test_figures_count_what_happened() -> None:
    f = good_story().result().figures
    assert (f["orders"], f["tasks"], f["lines"]) == (2, 2, 4)
    assert (f["booked_presses"], f["undone"], f["skipped"], f["wrong_presses"], f["home_presses"]) == (5, 1, 1, 1, 3)
    assert f["task_to_lamp_n"] == 1
    assert f["task_to_lamp_ms_p50"] == pytest.approx(12, abs=0.2)
    assert f["press_to_report_n"] == 4  # the bare contact is left out
    assert f["press_to_report_ms_p99"] == pytest.approx(5, abs=0.2)


def nth(story: Story, kind: str, number: int = 0) -> int:
    return [at for at, fact in enumerate(story.facts) if fact.kind == kind][number]


def event_of(story: Story, kind: str, number: int = 0) -> int:
    return [at for at, event in enumerate(story.booked) if event.body["type"] == kind][number]


def alter(book: list[Booked], at: int, **fields: object) -> None:
    book[at] = replace(book[at], body={**book[at].body, **fields})


def lose_last_event(story: Story) -> None:
    story.booked.pop()


def lose_middle_event(story: Story) -> None:
    del story.booked[4]


def book_event_twice(story: Story) -> None:
    story.booked.insert(4, story.booked[4])


def invent_event(story: Story) -> None:
    story.booked.append(Booked("s1", len(story.booked) + 1, {"type": "exception", "cause": "x"}))


def falsify_event(story: Story) -> None:
    alter(story.booked, event_of(story, "line_completed"), who="somebody else")


def fork_stream(story: Story) -> None:
    for book in (story.sent, story.booked):
        book.append(Booked("s2", 1, {"type": "stream_forked", "cause": "start"}))


def report_other_quantity(story: Story) -> None:
    """The journal holds 4, but its event, and so the WMS, says 3."""
    for book in (story.sent, story.booked):
        alter(book, event_of(story, "line_completed", 3), qty_picked=3)


def summarise_wrongly(story: Story) -> None:
    lines = [{"line_id": "10", "result": "full", "qty_picked": 5}, {"line_id": "20", "result": "full", "qty_picked": 1}]
    for book in (story.sent, story.booked):
        alter(book, event_of(story, "task_completed"), lines=lines)


def full_but_fewer(story: Story) -> None:
    """All books say the same, but the WMS asked for one more."""
    story.asked[1][1]["lines"][0]["qty"] = 5


def more_than_asked(story: Story) -> None:
    story.asked[0][1]["lines"][0]["qty"] = 4


def never_answer(story: Story) -> None:
    story.asked.append(("SO-3", {"task_id": "T3", "lines": []}))


def never_end(story: Story) -> None:
    story.asked.append(("SO-3", {"task_id": "T3", "lines": []}))
    story.accept("T3")


def end_twice(story: Story) -> None:
    story.complete("T2", [("10", "full", 4), ("20", "full", 2)])


def nobody_asked(story: Story) -> None:
    story.accept("T9")


def complete_with_open_line(story: Story) -> None:
    story.asked[1][1]["lines"].append({"line_id": "30", "location": "A.1", "qty": 1})


def confirm_twice(story: Story) -> None:
    """One press, booked again after a crash."""
    story.book(story.presses[1].cause, "T1", "10", 5)


def confirm_with_two_presses(story: Story) -> None:
    """Two real presses, but the line was done after the first."""
    story.confirm("T2", "10", "B-1", 4)


def lose_press(story: Story) -> None:
    story.press("A-1", "confirm", 5)


def leave_press_in_module(story: Story) -> None:
    before = story.cursors["A-1"]
    story.press("A-1", "confirm", 5)
    story.cursors["A-1"] = before


def lose_press_of_earlier_boot(story: Story) -> None:
    story.presses.append(Press(story.now, "A-1", "P-01", "confirm", 5, 1, 0x1234, 1))


def book_without_press(story: Story) -> None:
    story.presses = [press for press in story.presses if press.module != "A-2" or press.key != "short"]


def book_by_timer(story: Story) -> None:
    at = nth(story, "LineConfirmed", 2)
    story.facts[at] = FactRow("LineConfirmed", {**story.facts[at].body, "cause": "timer"})


def book_other_quantity_than_pressed(story: Story) -> None:
    at = next(n for n, press in enumerate(story.presses) if press.key == "short")
    story.presses[at] = replace(story.presses[at], quantity=2)


def confirm_becomes_short(story: Story) -> None:
    at = next(n for n, press in enumerate(story.presses) if press.key == "short")
    story.presses[at] = replace(story.presses[at], key="confirm")


def lose_undo(story: Story) -> None:
    del story.facts[nth(story, "PickUndone")]


def forget_undo_in_report(story: Story) -> None:
    at = event_of(story, "line_corrected")
    for book in (story.sent, story.booked):
        alter(book, at, type="cmd_done")


def book_gpio_without_press(story: Story) -> None:
    story.presses = [press for press in story.presses if press.module != "G-1"]


def book_gpio_long_after(story: Story) -> None:
    at = next(n for n, press in enumerate(story.presses) if press.module == "G-1")
    story.presses[at] = replace(story.presses[at], t=START)


def book_gpio_twice(story: Story) -> None:
    cause = next(fact.cause for fact in story.facts if fact.cause.startswith("button:G-1"))
    story.fact("WrongPress", cause, location="G.1")


def miss_gpio_press(story: Story) -> None:
    story.press("G-1", "confirm")


def acknowledge_too_little(story: Story) -> None:
    story.acked = len(story.sent) - 1


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (lose_last_event, "MISSING"),
        (lose_middle_event, "GAP"),
        (book_event_twice, "DOUBLE"),
        (invent_event, "FOREIGN"),
        (falsify_event, "CONTENT"),
        (fork_stream, "GAP"),
        (report_other_quantity, "QUANTITY"),
        (summarise_wrongly, "QUANTITY"),
        (full_but_fewer, "QUANTITY"),
        (more_than_asked, "QUANTITY"),
        (never_answer, "MISSING"),
        (never_end, "OPEN"),
        (end_twice, "DOUBLE"),
        (nobody_asked, "FOREIGN"),
        (complete_with_open_line, "OPEN"),
        (confirm_twice, "DOUBLE"),
        (confirm_with_two_presses, "DOUBLE"),
        (lose_press, "LOST_PRESS"),
        (leave_press_in_module, "LOST_PRESS"),
        (lose_press_of_earlier_boot, "LOST_PRESS"),
        (book_without_press, "NO_PRESS"),
        (book_by_timer, "NO_PRESS"),
        (book_other_quantity_than_pressed, "QUANTITY"),
        (confirm_becomes_short, "CONTENT"),
        (lose_undo, "LOST_PRESS"),
        (forget_undo_in_report, "DOUBLE"),
        (book_gpio_without_press, "NO_PRESS"),
        (book_gpio_long_after, "NO_PRESS"),
        (book_gpio_twice, "DOUBLE"),
        (miss_gpio_press, "LOST_PRESS"),
        (acknowledge_too_little, "UNACKED"),
    ],
)
def test_every_disagreement_is_found(plant: Plant, kind: str) -> None:
    story = good_story()
    plant(story)
    result = story.result()
    assert not result.ok
    assert kind in {difference.kind for difference in result.differences}


def test_events_that_came_again_are_the_same_but_for_their_mark() -> None:
    story = good_story()
    alter(story.booked, 3, replay=True)
    assert story.kinds() == set()


def test_a_bare_contact_may_go_unheard_while_nobody_is_there() -> None:
    story = good_story()
    story.press("G-1", "confirm")
    story.deaf.append((story.now + 0.5, story.now + 4))
    result = story.result()
    assert result.differences == []
    assert result.figures["unheard_gpio_presses"] == 1


def test_a_nervous_second_press_of_a_bare_contact_needs_no_result() -> None:
    story = good_story()
    first = next(press for press in story.presses if press.module == "G-1")
    story.presses.append(replace(first, t=first.t + 0.2))
    assert story.kinds() == set()


def test_what_was_broken_off_may_be_open_but_not_wrong() -> None:
    story = good_story()
    never_end(story)
    leave_press_in_module(story)
    lose_last_event(story)
    acknowledge_too_little(story)
    assert story.kinds(whole=False) == set()
    assert not story.result(whole=False).ok
    confirm_twice(story)
    assert "DOUBLE" in story.kinds(whole=False)


def test_a_line_let_go_of_by_an_undo_is_no_second_result() -> None:
    story = good_story()
    undo = story.facts[nth(story, "PickUndone")].cause
    story.fact("LineReleased", undo, task_id="T1", line_id="20", why="UNDO")
    assert story.kinds() == set()


def test_a_line_that_cannot_be_counted_is_taken_whole() -> None:
    story = good_story()
    story.asked[1][1]["lines"][0]["qty"] = 0.5
    at = next(n for n, press in enumerate(story.presses) if press.module == "B-1" and press.key == "confirm")
    story.presses[at] = replace(story.presses[at], quantity=0)
    number = nth(story, "LineConfirmed", 2)
    story.facts[number] = FactRow("LineConfirmed", {**story.facts[number].body, "picked": "0.5"})
    for book in (story.sent, story.booked):
        alter(book, event_of(story, "line_completed", 3), qty_picked=0.5)
        lines = [{"line_id": "10", "result": "full", "qty_picked": 0.5}]
        alter(book, event_of(story, "task_completed", 1), lines=lines)
    assert story.kinds() == set()


def test_the_document_is_json() -> None:
    import json

    story = good_story()
    lose_press(story)
    document = json.loads(json.dumps(story.result().document()))
    assert document["ok"] is False
    assert document["orders"][0] == {
        "order": "SO-1", "tasks": 1, "lines": 2, "asked": 8, "picked": 6, "booked": 6, "reported": 6, "short": 2,
        "ended": 1, "agrees": True,
    }  # fmt: skip
    assert [x["kind"] for x in document["differences"]] == ["LOST_PRESS"]
