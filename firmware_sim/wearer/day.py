"""A wearer's day: what he answers to each question, and what he means by it.

In: an `Attention` that tells him what he is asked. Out: phrases with what they are to book, presses, walks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_sim.wearer.attention import QUIET, Attention
from firmware_sim.wearer.habits import Habits
from firmware_sim.wearer.person import Heard, Person
from firmware_sim.wearer.plans import Plan, Way, plan
from firmware_sim.wearer.understanding import Sentence

TAKE: Final = ("pick", "pick_plain", "remain", "how_many")


class Day(Attention):
    """`tasks`: after so many he signs out; None = never."""

    def __init__(self, person: Person, habits: Habits | None = None, tasks: int | None = None) -> None:
        super().__init__(person, habits, tasks)
        self._answers = self._table()
        self._wants_undo = False
        self._at_hand_over = False
        """He takes back the last line of his task, which is not done then."""
        self._skipped: set[str] = set()
        self._wrong_on_purpose = False

    # ---- beside the bins --------------------------------------------------------------------------------------------

    def _table(self) -> dict[str, Callable[[Heard], None]]:
        yes_no = {"undo_sure": self._undo_sure, "short_sure": self._short_sure, "sign_out_sure": self._sign_out_sure}
        return {
            "sign_on": self._sign_on,
            "no_work": self._no_work,
            "paused": self._paused,
            "asleep": lambda _: self._say("wake_up"),
            "message": lambda _: self._say("ready"),
            "task": self._task,
            "task_urgent": self._task,
            "aisle": self._go_to_aisle,
            "check_digits": self._check_digits,
            "wrong_digits": self._wrong_digits,
            "digits_hint": self._wrong_digits,
            "too_early": self._check_digits,
            "say_ready": self._at_place,
            "bin_busy": lambda _: None,
            **dict.fromkeys((*TAKE, "count_back", "handling", "what_is_it", "unproven"), self._take),
            "short_quantity": self._short_quantity,
            "short_reason": self._short_reason,
            **yes_no,
            **dict.fromkeys(("task_picked", "task_picked_to"), self._hand_over),
            **dict.fromkeys(("hint", "help"), lambda _: self._once_more()),
            **dict.fromkeys(("locked", "scan_item", "scan_location", "serial", "lot"), lambda _: self._by_hand()),
            **dict.fromkeys(QUIET - {"no_work"}, lambda _: None),
        }

    def _by_hand(self) -> None:
        if not self._press():
            self._say("say_again")

    def _sign_on(self, _: Heard) -> None:
        if self._left > 0:
            self._say("sign_on")

    def _no_work(self, _: Heard) -> None:
        if self._left <= 0:
            self._say("sign_out")

    def _paused(self, _: Heard) -> None:
        self.me.pause(2.0)
        self._say("resume")

    def _task(self, _: Heard) -> None:
        self._plan = None
        if self._left <= 0:
            self._say("sign_out")
        elif self._lucky(self._habits.rest):
            self._say("pause")
        else:
            self._say("ready")

    def _sign_out_sure(self, _: Heard) -> None:
        self._say("yes" if self._left <= 0 else "no")

    def _hand_over(self, _: Heard) -> None:
        if self._offer_undo():
            return
        if self._tries == 0:
            self.me.pause(self._habits.hand_over_s / self.me.speed)
        self._say("ready")

    # ---- the way ----------------------------------------------------------------------------------------------------

    def _go_to_aisle(self, _: Heard) -> None:
        if self._offer_undo():
            return
        there = [x.walk for x in self.me.labels.values() if x.aisle == self._aisle]
        if self._tries == 0 and there:
            self.me.walk(min(there), self._habits.step_s)
        self._say("ready")

    def _at_place(self, _: Heard) -> None:
        if self._bins and self._tries == 0:
            self.me.walk(self._bins[0].walk, self._habits.step_s)
        self._say("ready")

    def _check_digits(self, _: Heard) -> None:
        if self._offer_undo():
            return
        if not self._bins:
            self._say("where")
            return
        label = self._bins[0]
        if self._tries == 0:
            self.me.walk(label.walk, self._habits.step_s)
            self._aside()
        self._wrong_on_purpose = self._tries == 0 and self._lucky(self._habits.wrong_digits)
        neighbour = next((x for x in self.me.labels.values() if x.digits not in {"", label.digits}), label)
        self._read(neighbour.digits if self._wrong_on_purpose else label.digits)

    def _wrong_digits(self, heard: Heard) -> None:
        """He misread, was misheard, or stands at the neighbour of the bin that was meant."""
        said = heard.told("wrong_digits")
        meant = "" if self._again is None else self._again[1]
        self._tries += 1
        if self._tries >= self._habits.tries and self._press():
            return
        if said is not None and said["said"] == meant and not self._wrong_on_purpose:
            self._bins = [*self._bins[1:], *self._bins[:1]]
        self._wrong_on_purpose = False
        if self._bins:
            self._read(self._bins[0].digits)

    def _read(self, digits: str) -> None:
        self._look_forward(said=digits)
        self._speak(self.me.book.digits(digits, self.me.random), digits)

    # ---- the bin ----------------------------------------------------------------------------------------------------

    def _take(self, heard: Heard) -> None:
        if (told := heard.told(*TAKE)) is not None:
            if heard.told("unproven") or (told.key == "remain" and not self._remains(told)):
                self._say("back")  # something that he has not said was heard
                return
            self._count(told, must_count=heard.told("count_back") is not None)
        if self._plan is None:
            self._say("how_many")
            return
        self._aside()
        if self._tries == 0 and self._question not in {"how_many", "what_is_it"} and self._lucky(self._habits.ask):
            self._tries = 1
            self._say(self.me.random.choice(("how_many", "what_is_it", "say_again")))
            return
        self._tries = 0
        self._answer(self._plan)

    def _remains(self, told: Sentence) -> bool:
        """Whether that many are left by his own reckoning; if not, his number was misheard."""
        place = self._bins[0].location if self._bins else ""
        return self._plan is not None and self._plan.location == place and self._plan.left == _whole(told["quantity"])

    def _count(self, told: Sentence, *, must_count: bool) -> None:
        left, old = _whole(told["quantity"]), self._plan
        place = self._bins[0].location if self._bins else ""
        if old is not None and old.location == place and left in {old.left, old.quantity}:
            old.counted = old.quantity - left
            return
        skipped = place in self._skipped
        self._plan = plan(place, left, self._habits, self.me.random, must_count=must_count, skipped=skipped)
        self.me.pause((self._habits.reach_s + self._habits.piece_s * min(left, 20)) / self.me.speed)

    def _answer(self, mine: Plan) -> None:
        """Whatever he says ends with what he means to have in the tote."""
        books = {"what": "line", "location": mine.location, "quantity": mine.quantity, "short": False}
        if mine.counted and mine.way in {Way.SHORT, Way.DAMAGED, Way.SKIP}:
            mine.way = Way.CONFIRM
        match mine.way:
            case Way.SHORT | Way.DAMAGED:
                self._look_forward(short=mine.take)
                self._say(mine.way.value)
            case Way.SKIP:
                self._skipped.add(mine.location)
                self._say("skip")
                self._plan = None
            case Way.PART if not mine.counted:
                some = self.me.random.randrange(1, mine.quantity)
                mine.counted = some
                self._number(some)
            case Way.NUMBER | Way.PART:
                self._number(mine.left, **books)
            case Way.BOTH if self.hands.is_lit(mine.location):
                self._press_while_speaking(mine, books)
            case _:
                self._say("confirm", **books)

    def _number(self, number: int, **books: object) -> None:
        self._speak(f"{self.me.book.number(number)} {self._word('confirm')}", str(number), **books)

    def _press_while_speaking(self, mine: Plan, books: dict[str, object]) -> None:
        module = self.me.labels[mine.location].module
        assert module is not None
        if self._lucky(0.5):
            self.me.press(module, "both")
            self._say("confirm", **books)
        else:
            self._say("confirm", **books)
            self.me.press(module, "both")

    def _short_quantity(self, _: Heard) -> None:
        if self._plan is None or self._plan.way not in {Way.SHORT, Way.DAMAGED}:
            self._say("cancel")
        else:
            self._speak(self.me.book.number(self._plan.take), str(self._plan.take))

    def _short_reason(self, _: Heard) -> None:
        if self._plan is None or self._plan.way is not Way.SHORT:
            self._say("cancel")
        else:
            self._say("empty")

    def _short_sure(self, heard: Heard) -> None:
        told, mine = heard.told("short_sure"), self._plan
        assert told is not None
        if mine is None or mine.way not in {Way.SHORT, Way.DAMAGED} or _whole(told["quantity"]) != mine.take:
            self._say("no")
            return
        books = {"what": "line", "location": mine.location, "quantity": mine.take, "short": True}
        self._say("yes", **books)

    # ---- taking back ------------------------------------------------------------------------------------------------

    def _offer_undo(self) -> bool:
        """Now and then, right after a pick, he takes it back."""
        if self._last is None or self._tries or not self._lucky(self._habits.undo):
            return False
        self._wants_undo, self._at_hand_over = True, self._question.startswith("task_picked")
        self._say("undo")
        return True

    def _undo_sure(self, heard: Heard) -> None:
        told, last = heard.told("undo_sure"), self._last
        assert told is not None
        if not self._wants_undo or last is None or _whole(told["quantity"]) != last.take:
            self._say("no")
            return
        self._wants_undo, self._last = False, None
        self._left += self._at_hand_over
        self._say("yes", what="undo", location=last.location, quantity=last.take)


def _whole(quantity: str) -> int:
    return round(float(quantity))
