"""Dialogues as plain text: who presses, says and scans what, what is heard, lit and told.

In: a file of `tests/scenarios` (see its README). Out: an AssertionError that names the line where the station does
something else.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from world import World

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.model import CancelMode, Item, Key, Line, ShortReason, Task
from controller.core.speech import SayDigits, SayNumber, SayWord, Spelled, Word
from controller.core.station import Decision


def perform(path: Path) -> None:
    """Plays one file."""
    play = Scenario()
    for number, text in enumerate(path.read_text().splitlines(), 1):
        words = shlex.split(text, comments=True)
        if not words:
            continue
        try:
            play.do(words)
        except (AssertionError, KeyError, ValueError) as error:
            raise AssertionError(f"{path.name}:{number}: {text.strip()}\n{error!r}\n{play.situation()}") from error


class Scenario:
    """One station, and the facts of the last thing that happened."""

    def __init__(self) -> None:
        self.world = World(voice=("P1", "P2"), hand_over_after_ms=600_000)
        self.last: list[f.Fact] = []
        self.task: tuple[str, dict[str, Any]] | None = None
        self.lines: list[Line] = []
        self.marks: dict[str, str] = {}
        self.acts: dict[str, Callable[..., Decision | None]] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    def do(self, words: list[str]) -> None:
        name, *rest = words
        if name != "line" and self.task is not None:
            self._send_task()
        plain = [x for x in rest if "=" not in x]
        named = dict(x.split("=", 1) for x in rest if "=" in x)
        decision = self.acts[name](*plain, **named)
        if decision is not None:
            self.last = list(decision.facts)

    def situation(self) -> str:
        talks = "\n".join(f"{x}: {self.world.talk(x)}" for x, who in self.world.site.pickers.items() if who.voice)
        return f"{talks}\nlit: {self.world.lit()}\nlast: {self.last}"

    # --- what happens ---------------------------------------------------------------------------------------------

    def do_site(self, **policy: str) -> None:
        voice = tuple(policy.pop("voice", "P1,P2").split(","))
        scanners = tuple(policy.pop("scanners", "").split(","))
        values = {k: v == "yes" if v in ("yes", "no") else int(v) if v.isdigit() else v for k, v in policy.items()}
        self.world = World(voice=voice, scanners=scanners, **({"hand_over_after_ms": 600_000} | values))

    def do_bin(self, location: str, **fields: str) -> None:
        self.world.relabel(location, **fields)

    def do_task(self, task_id: str, **fields: str) -> None:
        self.task, self.lines = (task_id, {k: int(v) if v.isdigit() else v for k, v in fields.items()}), []

    def do_line(self, line_id: str, location: str, qty: str, **fields: Any) -> None:
        if "handling" in fields:
            fields["handling"] = tuple(fields["handling"].split(","))
        if "qty_max" in fields:
            fields["qty_max"] = Decimal(fields["qty_max"])
        if "items" in fields:
            kind = "serial" if fields.get("serials") == "capture" else "lot"
            fields["items"] = tuple(Item(**{kind: x}) for x in fields["items"].split(","))
        sku = fields.pop("sku", f"sku-{location}")
        self.lines.append(
            Line(line_id=line_id, seq=len(self.lines), location=location, sku=sku, qty=Decimal(qty), **fields)
        )

    def _send_task(self) -> None:
        assert self.task is not None
        (task_id, fields), self.task = self.task, None
        revision = fields.pop("revision", 1)
        new = Task(task_id=task_id, revision=revision, lines=tuple(self.lines), **fields)
        self.last = list(self.world.arrive(new, digest=f"d{revision}").facts)

    def do_on(self, *pickers: str) -> None:
        self.world.sign_on(*pickers)

    def do_say(self, picker: str, *what: str) -> Decision:
        return self.world.say(_meaning(what), picker)

    def do_mark(self, picker: str) -> None:
        self.marks[picker] = self.world.talk(picker).turn

    def do_late(self, picker: str, *what: str) -> Decision:
        return self.world.say(_meaning(what), picker, self.marks[picker])

    def do_babble(self, picker: str, times: str) -> Decision:
        for _ in range(int(times)):
            turn = self.world.talk(picker).turn
            noise = i.PhraseRejected(cause="v", picker=picker, turn=turn, why="UNKNOWN", text="[unk]")
            decision = self.world.send(noise)
        return decision

    def do_press(self, location: str, key: str = "confirm", **fields: str) -> Decision:
        quantity = int(fields["quantity"]) if "quantity" in fields else None
        reason = ShortReason(fields["reason"]) if "reason" in fields else None
        return self.world.press(location, Key(key), quantity, reason=reason)

    def do_scan(self, picker: str, code: str) -> Decision:
        return self.world.send(i.CodeScanned(cause="s", picker=picker, code=code))

    def do_wait(self, ms: str) -> Decision:
        return self.world.wait(int(ms))

    def do_lose(self, what: str, fault: str) -> Decision:
        if what in self.world.site.pickers:
            return self.world.send(i.VoiceLost(cause="v", picker=what, fault=fault))
        return self.world.send(i.ModuleLost(cause="m", location=what, module=f"m-{what}", fault=fault))

    def do_find(self, what: str) -> Decision:
        if what in self.world.site.pickers:
            return self.world.send(i.VoiceFound(cause="v", picker=what))
        return self.world.send(i.ModuleFound(cause="m", location=what, module=f"m-{what}"))

    def do_message(self, picker: str, text: str, **fields: str) -> Decision:
        ttl_s = int(fields.get("ttl_s", "900"))
        return self.world.send(i.MessageForPicker(cause="c", picker=picker, text=text, ttl_s=ttl_s))

    def do_cancel(self, task_id: str, mode: str, *lines: str) -> Decision:
        return self.world.send(i.CancelRequested(cause="c", task_id=task_id, mode=CancelMode(mode), lines=tuple(lines)))

    def do_reassign(self, task_id: str, picker: str) -> Decision:
        return self.world.send(i.ReassignRequested(cause="c", task_id=task_id, picker=picker))

    def do_pause(self, scope: str) -> Decision:
        return self.world.send(i.PauseRequested(cause="c", scope=scope))

    def do_resume(self, scope: str) -> Decision:
        return self.world.send(i.ResumeRequested(cause="c", scope=scope))

    # --- what must be so ------------------------------------------------------------------------------------------

    def do_hear(self, picker: str, key: str, **values: str) -> None:
        said = [x for x in self.world.talk(picker).say if x.key == key]
        assert said, f"heard {[x.key for x in self.world.talk(picker).say]} instead"
        spoken = {k: v.text if isinstance(v, Spelled) else str(v) for k, v in said[0].values}
        assert {k: spoken.get(k) for k in values} == values

    def do_unheard(self, picker: str, *keys: str) -> None:
        assert not {x.key for x in self.world.talk(picker).say} & set(keys)

    def do_may(self, picker: str, *names: str) -> None:
        assert set(names) <= self._allowed(picker), self._allowed(picker)

    def do_only(self, picker: str, *names: str) -> None:
        assert set(names) == self._allowed(picker), self._allowed(picker)

    def do_maynot(self, picker: str, *names: str) -> None:
        assert not set(names) & self._allowed(picker)

    def _allowed(self, picker: str) -> set[str]:
        names = set()
        for answer in self.world.talk(picker).answers:
            match answer:
                case SayWord(word=word):
                    names.add(word.value)
                case SayDigits(length=length):
                    names.add(f"digits:{length}")
                case SayNumber(low=low, high=high):
                    names.add(f"number:{low}-{high}")
        return names

    def do_see(self, location: str, text: str) -> None:
        light = self.world.lights().get(location)
        assert (light.text if light else "dark") == text, light

    def do_event(self, kind: str, **values: str) -> None:
        found = [x for x in self.last if type(x).__name__ == kind]
        assert found, f"there were {[type(x).__name__ for x in self.last]}"
        told = [{k: _plain(getattr(x, k)) for k in values} for x in found]
        assert values in told, told

    def do_nothing(self) -> None:
        assert not self.last

    def do_unbooked(self) -> None:
        booked = (f.LineConfirmed, f.LineShorted, f.PickUndone, f.LineReleased)
        assert not [x for x in self.last if isinstance(x, booked)]


def _meaning(what: tuple[str, ...]) -> Word | str | int:
    """`digits 47`, `number 3`, or the value of a word."""
    if what[0] == "digits":
        return what[1]
    return int(what[1]) if what[0] == "number" else Word(what[0])


def _plain(value: object) -> str:
    match value:
        case tuple():
            return ",".join(_plain(x) for x in value)
        case Item(lot=lot, serial=serial):
            return str(serial or lot)
        case bool():
            return "yes" if value else "no"
        case _:
            return str(getattr(value, "value", value))
