"""Keys: debounce, adjusting, holds, the chord, the lock-out, a stuck key, the watchdog of the host."""

from __future__ import annotations

import pytest
from mini_host import MiniHost, picture

from firmware_sim.line import Line

CONFIRM, SHORT, SKIP, UNDO, UNLIT, HELD, FREED = 0x10, 0x20, 0x30, 0x40, 0x50, 0xA0, 0xB0


@pytest.fixture
def line() -> Line:
    line = Line(seed=3)
    line.add(7)
    return line


@pytest.fixture
def host(line: Line) -> MiniHost:
    """A host that has heard the module's HELLO and shows "A  3" (3 pieces, plus one, token 9)."""
    host = MiniHost(line)
    host.run(0.05)
    host.events.clear()
    host.show({7: picture(flags=0x0B, token=9, qty=3, over=1)})
    host.run(host.now + 0.05)
    return host


def press(host: MiniHost, key: str, hold: float = 0.1, *, bounce: bool = False) -> None:
    host.line.press(7, key, hold=hold, bounce=bounce)
    host.run(host.now + hold + 0.1)


def told(host: MiniHost) -> list[tuple[int, int, int]]:
    return [(event.code, event.value, event.token) for _, event in host.events]


def test_confirm_tells_the_quantity_and_the_token(host: MiniHost) -> None:
    press(host, "confirm", bounce=True)
    assert told(host) == [(CONFIRM, 3, 9)]


def test_a_contact_shorter_than_the_debounce_is_nothing(host: MiniHost) -> None:
    press(host, "confirm", hold=0.006)
    assert told(host) == []


def test_the_press_is_shown_at_once_until_the_next_picture(host: MiniHost) -> None:
    host.line.press(7, "confirm")
    host.run(host.now + 0.03)
    assert (host.line.stations[7].sight().colour, host.line.stations[7].sight().text) == (0, "....")
    host.run(host.now + 0.06)
    assert host.line.stations[7].sight().colour == 2
    host.show({7: picture(text="A  5", qty=5)})
    assert host.line.stations[7].sight().text == "A  5"


def test_confirm_is_locked_for_300_ms(host: MiniHost) -> None:
    for at in (0.0, 0.15, 0.29, 0.5):
        host.line.press(7, "confirm", host.now + at, 0.05)
    host.run(host.now + 0.8)
    assert [code for code, _, _ in told(host)] == [CONFIRM, CONFIRM]


def test_minus_makes_a_short_and_plus_stops_at_the_limit(host: MiniHost) -> None:
    press(host, "minus")
    assert host.line.stations[7].sight().text == "A  2"
    press(host, "confirm")
    host.show({7: picture(flags=0x0B, token=10, qty=3, over=1)})
    for _ in range(3):
        press(host, "plus")
    assert host.line.stations[7].sight().text == "A  4"
    press(host, "confirm")
    assert told(host) == [(SHORT, 2, 9), (CONFIRM, 4, 10)]


def test_minus_stops_at_zero(host: MiniHost) -> None:
    for _ in range(5):
        press(host, "minus")
    press(host, "confirm")
    assert told(host) == [(SHORT, 0, 9)]


def test_the_same_picture_again_keeps_what_was_adjusted(host: MiniHost) -> None:
    press(host, "minus")
    host.show({7: picture(flags=0x0B, token=9, qty=3, over=1)})
    press(host, "confirm")
    assert told(host) == [(SHORT, 2, 9)]


def test_plus_and_minus_do_nothing_where_the_picture_forbids_it(host: MiniHost) -> None:
    host.show({7: picture(flags=0x01, token=9, qty=3, over=9)})
    press(host, "minus")
    press(host, "plus")
    press(host, "plus")
    press(host, "confirm")
    assert told(host) == [(CONFIRM, 3, 9)]


@pytest.mark.parametrize(("hold", "code"), [(0.1, SHORT | 1), (1.2, SKIP)])
def test_function(host: MiniHost, hold: float, code: int) -> None:
    press(host, "function", hold)
    assert told(host) == [(code, 0, 9)]


def test_function_tells_the_adjusted_quantity(host: MiniHost) -> None:
    press(host, "minus")
    press(host, "function")
    assert told(host) == [(SHORT | 1, 2, 9)]


def test_minus_held_is_undo_and_takes_nothing_off(host: MiniHost) -> None:
    press(host, "minus", 1.2)
    assert told(host) == [(UNDO, 0, 9)]
    assert host.line.stations[7].sight().text == "A  3"


@pytest.mark.parametrize(("first", "second"), [("function", "minus"), ("minus", "function")])
def test_function_and_minus_together_are_damaged(host: MiniHost, first: str, second: str) -> None:
    host.line.press(7, second, host.now + 0.2, 0.1)
    press(host, first, 0.5)
    assert told(host) == [(SHORT | 2, 0, 9)]


def test_only_one_key_counts_at_a_time(host: MiniHost) -> None:
    host.line.press(7, "confirm", host.now + 0.2, 0.1)
    press(host, "plus", 0.5)
    assert told(host) == []


def test_unlit_where_nothing_is_to_be_confirmed(host: MiniHost) -> None:
    host.show({7: picture(light=0, flags=0, token=0, text="    ", qty=0)})
    press(host, "function")
    press(host, "confirm")
    assert told(host) == [(UNLIT, 0, 0)]
    assert host.line.stations[7].sight().text == "    "


def test_the_token_is_that_of_the_picture_when_the_key_went_down(host: MiniHost) -> None:
    host.line.press(7, "confirm")
    host.line.advance(host.now + 0.004)
    host.now = host.line.now
    host.show({7: picture(token=10, qty=5)})
    host.run(host.now + 0.2)
    assert [token for _, _, token in told(host)] == [9]


def test_a_stuck_key_is_told_once_and_counts_again_when_freed(host: MiniHost) -> None:
    press(host, "plus", 6.0)
    host.run(host.now + 0.1)
    press(host, "confirm")
    assert [code for code, _, _ in told(host)] == [HELD | 1, FREED | 1, CONFIRM]


def test_another_key_works_beside_a_stuck_one(host: MiniHost) -> None:
    host.line.press(7, "function", hold=60)
    host.run(host.now + 6)
    press(host, "confirm")
    assert [code for code, _, _ in told(host)] == [SKIP, HELD | 3, CONFIRM]


def test_without_a_host_it_shows_dashes_then_nothing_and_does_not_confirm(host: MiniHost) -> None:
    line, station = host.line, host.line.stations[7]
    line.advance(host.now + 2.9)
    assert station.sight().text == "A  3"
    line.advance(host.now + 3.2)
    assert (station.sight().colour, station.sight().pattern, station.sight().text) == (8, 4, "----")
    line.press(7, "confirm")
    line.advance(host.now + 61)
    assert (station.sight().colour, station.sight().text) == (0, "    ")
    host.now = line.now
    host.run(host.now + 0.1)
    assert station.sight().text == "A  3"
    assert told(host) == [(UNLIT, 0, 9)]
