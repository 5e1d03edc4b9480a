"""Simulated pickers on a small shelf: they do what the modules show, and the ledger holds every press that counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mini_host import MiniHost, picture

from firmware_sim.gpio_board import AMBER
from firmware_sim.ledger import Ledger
from firmware_sim.pickers import Crew, Habits, Person
from firmware_sim.shelf import Shelf

GREEN, BLUE = 2, 3
CONFIRM, SHORT, SKIP, UNDO, UNLIT = 1, 2, 3, 4, 5
PLAIN = Habits(speed=4, short=0, empty=0, damaged=0, skip=0, wrong=0, double=0, undo=0, away=0)
ELSEWHERE_S = 0.02
"""Until a host that also serves other ranges of addresses polls these again: no matter to people."""
DARK = picture(light=0, flags=0, token=0, text="    ", qty=0)


class Floor:
    """Modules M1…M10 with the homes H1 and H2, a host, and people."""

    def __init__(self, people: int = 1, habits: Habits = PLAIN, ledger: Path | None = None, seed: int = 1) -> None:
        self.shelf = Shelf(seed=seed, ledger=Ledger(ledger))
        self.line = self.shelf.add_bus("A")
        for n in range(1, 11):
            self.shelf.add_module(f"M{n}", "A", n)
        self.shelf.add_module("H1", "A", 21)
        self.shelf.add_module("H2", "A", 22)
        route = tuple(f"M{n}" for n in range(1, 11))
        crew = [Person("Ann", GREEN, 0, "A", "H1", route), Person("Bob", BLUE, 1, "B", "H2", route)][:people]
        self.host = MiniHost(self.line)
        self.host.run(0.4)
        assert len(self.host.events) == 12
        self.host.events.clear()
        self.shelf.advance(self.host.now)
        self.crew = Crew(crew, self.shelf, habits, seed=seed)

    def run(self, seconds: float) -> list[tuple[int, int, int]]:
        """(address, kind, value) of the new events, every confirmed module being darkened."""
        until, found = self.host.now + seconds, []
        while self.host.now < until:
            self.host.poll()
            self.host.now += ELSEWHERE_S
            self.shelf.advance(self.host.now)
            self.crew.advance(self.host.now)
            for _, event in self.host.events:
                found.append((event.src, event.code >> 4, event.value))
                if event.token:
                    self.host.show({event.src: DARK})
            self.host.events.clear()
        return found


def lit(letter: str = "A", light: int = GREEN, qty: int = 3, flags: int = 0x0B) -> bytes:
    return picture(light=light, flags=flags, token=5, text=f"{letter}{qty:3}", qty=qty)


def test_nobody_presses_while_nothing_is_lit() -> None:
    assert Floor(2).run(5) == []


def test_signs_on_and_hands_over_at_home() -> None:
    floor = Floor()
    floor.host.show({21: picture(light=0x40 | GREEN, flags=1, token=3, text="A IN", qty=0)})
    assert floor.run(5) == [(21, CONFIRM, 0)]
    floor.host.show({21: picture(light=0x10 | GREEN, flags=1, token=4, text="DONE", qty=0)})
    assert floor.run(5) == [(21, CONFIRM, 0)]


def test_walks_to_what_is_lit_for_him_in_walking_order() -> None:
    floor = Floor()
    floor.host.show({7: lit(qty=2), 3: lit(qty=1), 5: lit("B", 0x10 | BLUE)})
    assert floor.run(10) == [(3, CONFIRM, 1), (7, CONFIRM, 2)]


def test_two_people_each_take_their_own() -> None:
    floor = Floor(2)
    floor.host.show({7: lit(qty=2), 5: lit("B", 0x10 | BLUE, qty=4), 9: lit("A", 0x10 | BLUE)})
    assert sorted(floor.run(10)) == [(5, CONFIRM, 4), (7, CONFIRM, 2)]


def test_puts_back_what_is_shown_with_a_minus() -> None:
    floor = Floor()
    floor.host.show({4: picture(light=0x20 | GREEN, flags=1, token=5, text="-  2", qty=2)})
    assert floor.run(10) == [(4, CONFIRM, 2)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("habit", "want"),
    [("short", SHORT), ("empty", SHORT), ("damaged", SHORT), ("skip", SKIP)],
)
def test_deviations(habit: str, want: int) -> None:
    floor = Floor(habits=_only(habit))
    floor.host.show({4: lit(qty=3)})
    events = floor.run(15)
    assert [(address, kind) for address, kind, _ in events] == [(4, want)]
    assert events[0][2] < 3


def test_short_where_the_module_does_not_count_ends_in_a_confirm() -> None:
    floor = Floor(habits=_only("short"))
    floor.host.show({4: lit(qty=3, flags=1)})
    assert floor.run(15) == [(4, CONFIRM, 3)]


def test_wrong_press_first() -> None:
    floor = Floor(habits=_only("wrong"))
    floor.host.show({4: lit()})
    (wrong, kind, _), *rest = floor.run(15)
    assert (wrong != 4, kind, rest) == (True, UNLIT, [(4, CONFIRM, 3)])


def test_takes_the_last_one_back() -> None:
    floor = Floor(habits=_only("undo"))
    floor.host.show({4: lit()})
    assert floor.run(15) == [(4, CONFIRM, 3), (4, UNDO, 0)]


@pytest.mark.slow
def test_leaves_and_comes_back() -> None:
    floor = Floor(habits=Habits(speed=4, away=1, short=0, empty=0, damaged=0, skip=0, wrong=0, double=0, undo=0))
    floor.host.show({4: lit()})
    assert floor.run(4.5) == []
    assert floor.run(20) == [(4, CONFIRM, 3)]


@pytest.mark.slow
def test_the_ledger_holds_every_press_that_counted(tmp_path: Path) -> None:
    file = tmp_path / "presses.jsonl"
    floor = Floor(2, Habits(speed=10, double=0.3, wrong=0.3, short=0.2, away=0), ledger=file, seed=7)
    events: list[tuple[int, int, int]] = []
    for turn in range(12):
        floor.host.show({turn % 10 + 1: lit(), (turn + 4) % 10 + 1: lit("B", 0x10 | BLUE, qty=2)})
        events += floor.run(4)
    floor.shelf.ledger.close()
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    rows = [row for row in entries if "key" in row]
    assert floor.shelf.ledger.count == len(rows)
    kinds = {"confirm": CONFIRM, "short": SHORT, "skip": SKIP, "undo": UNDO, "unlit": UNLIT}
    told = [(f"M{address}", kind, value) for address, kind, value in events]
    assert sorted((row["module"], kinds[row["key"]], row["quantity"]) for row in rows) == sorted(told)
    assert {row["picker"] for row in rows} == {"Ann", "Bob"}
    assert len({(row["module"], row["boot_id"], row["ev_seq"]) for row in rows}) == len(rows) >= 24


def test_a_gpio_module_is_pressed_when_its_light_is_on() -> None:
    shelf = Shelf()
    shelf.add_gpio("G1", (17, 27, 22), 5)
    crew = Crew([Person("Ann", GREEN, 0, "A", None, ("G1",))], shelf, PLAIN)
    for pin, value in ((17, 1.0), (27, 0.0)):
        shelf.gpio.write(pin, value)
    _pass(shelf, crew, 5)
    assert shelf.gpio.changes == []
    shelf.gpio.write(17, 0.0)
    shelf.gpio.write(27, 1.0)
    _pass(shelf, crew, 2)
    assert shelf.gpio.changes[:2] == [(5, 0), (5, 1)]


def _pass(shelf: Shelf, crew: Crew, seconds: float) -> None:
    until = shelf.now + seconds
    while shelf.now < until:
        shelf.advance(min(shelf.next_time(), crew.next_time(), until))
        crew.advance(shelf.now)


def _only(habit: str) -> Habits:
    none = dict.fromkeys(("short", "empty", "damaged", "skip", "wrong", "double", "undo", "away"), 0.0)
    return Habits(speed=4, **{**none, habit: 1.0})


def test_two_do_not_press_a_bare_lamp_by_turns_for_ever() -> None:
    """A single LED that answers each press by a flash looks to everybody as if it was his turn."""
    shelf = Shelf()
    shelf.add_gpio("G1", (17,), 5)
    people = [Person(name, colour, 0, name[0], None, ("G1",)) for name, colour in (("Ann", GREEN), ("Bob", BLUE))]
    crew = Crew(people, shelf, PLAIN)
    shelf.gpio.write(17, 1.0)
    lit_until, presses = 1.0, 0
    for _ in range(600):
        _pass(shelf, crew, 0.1)
        down = [level for _, level in shelf.gpio.changes].count(0)
        shelf.gpio.changes.clear()
        presses += down
        lit_until = shelf.now + 0.8 if down else lit_until
        shelf.gpio.write(17, float(shelf.now < lit_until))
    assert 1 <= presses <= 4


def test_a_flashing_mixed_colour_is_always_seen_as_itself() -> None:
    """Its pins change one after the other: amber must not look green for a moment, and so until the next flash."""
    shelf = Shelf()
    shelf.add_gpio("G1", (17, 27, 22), 5)
    seen = set()
    for tenth in range(1, 40):
        on = tenth % 10 in (0, 2)
        shelf.gpio.write(17, 1.0 if on else 0.0)
        shelf.gpio.write(27, 0.4 if on else 0.0)
        for hundredth in range(10):
            shelf.advance(tenth / 10 + hundredth / 100)
            if tenth >= 12:
                seen.add(shelf.look("G1").colour)
    assert seen == {AMBER}
