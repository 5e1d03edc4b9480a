"""A wearer's attention: what he is asked, where he is meant to go, and what he does when it does not work.

In: a `Person` to listen and speak with; answers to each question, which `day` has. Out: `live` until he is stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from firmware_sim.hall import bang
from firmware_sim.wearer.habits import CHAT, Habits
from firmware_sim.wearer.hands import Hands
from firmware_sim.wearer.person import Heard, Label, Person, Situation
from firmware_sim.wearer.plans import Plan
from firmware_sim.wearer.understanding import Sentence

REACTION_S: Final = 3.5
"""After he has spoken: so long he waits for an answer before he says it again."""
SILENCE_S: Final = 9.0
"""With nothing asked: after so long he looks at the lamps."""
BY_LIGHT_S: Final = 1.0
"""The same when he goes by light anyway."""
GONE_ON: Final = ("lines_left", "last_line", "task_picked", "task_picked_to", "no_work", "task", "task_urgent")
"""After these, what he said last at a bin has been booked."""
QUIET: Final = frozenset({"no_work", "paused_by_host", "stopped", "task_taken", "task_cancelled"})
"""Nothing is asked of him."""
WRONG: Final = ("wrong_digits", "digits_hint")
"""The place and the question come again behind these."""
NO_MORE: Final = 1 << 30


class Attention:
    """`tasks`: after so many he signs out; None = never."""

    def __init__(self, person: Person, habits: Habits | None = None, tasks: int | None = None) -> None:
        self.me = person
        self.hands = Hands(person)
        self.off = False
        """His headset is off, and he knows it."""
        self._habits = habits or Habits()
        self._left = NO_MORE if tasks is None else tasks
        self._now = Situation()
        self._bins: list[Label] = []
        """Where he may have been sent: a bay and a level may name several bins."""
        self._aisle: str | None = None
        self._plan: Plan | None = None
        self._last: Plan | None = None
        self._question = ""
        self._again: tuple[str, str, dict[str, object]] | None = None
        """What he said last, to say it again."""
        self._tries = 0
        self._spoke = False
        self._waiting: int | None = None
        """Number of the phrase that is to be booked."""
        self._answers: Mapping[str, Callable[[Heard], None]] = {}
        """Question -> what he does about it."""

    def live(self) -> None:
        me = self.me
        while not me.stop.is_set():
            heard = None if self.off else me.listen(self._patience(), self._now)
            if self.off:
                me.pause(BY_LIGHT_S / 2)
            if heard is None:
                self._nothing_heard()
            elif heard.sentences:
                self.hands.by_light = False
                self._react(heard)
            elif heard.sound:
                self._not_understood()
            elif "rejected" in heard.beeps:
                self._once_more()

    def _patience(self) -> float:
        if self.hands.by_light:
            return BY_LIGHT_S
        return REACTION_S if self._spoke else SILENCE_S

    # ---- when it does not go as it should ----------------------------------------------------------------------------

    def _nothing_heard(self) -> None:
        if self._spoke and not self.off and not self.hands.by_light:
            self._once_more()
        elif self._left > 0 and self._question != "paused":
            self._press()

    def _once_more(self) -> None:
        """Not taken: he says it again, and after a few times he presses."""
        if self._again is None:
            return
        self._tries += 1
        if self._tries >= self._habits.tries and self._press():
            return
        text, meant, books = self._again
        self._speak(text, meant, **books)

    def _not_understood(self) -> None:
        self._tries += 1
        if self._tries > self._habits.tries and self._press():
            return
        self._say("say_again")

    def _press(self) -> bool:
        """By hand what can be done by hand: at home, at the bin he is at, at any bin that is lit for him."""
        here = None if self._plan is None else self._plan.location
        pressed = self.hands.press(here or next((x.location for x in self._bins), None))
        if pressed is None:
            return False
        if self.hands.handed_over:
            self._left -= not self._question.startswith("task_picked")
            self._question = ""
        if pressed != self.me.badge.home:
            label = next(x for x in self.me.labels.values() if x.module == pressed)
            self._aisle = label.aisle
        self._tries, self._spoke, self._waiting, self._plan, self._again = 0, False, None, None, None
        return True

    # ---- hearing ----------------------------------------------------------------------------------------------------

    def _react(self, heard: Heard) -> None:
        self._spoke = False
        if self._waiting is not None and "taken" in heard.beeps and heard.told(*GONE_ON):
            self.me.note("acknowledged", n=self._waiting)
        if heard.told(*GONE_ON) and self._plan is not None:
            self._last, self._plan = self._plan, None
        if heard.told("task", "task_urgent", "no_work"):
            self._last = None  # handed over: it cannot be taken back any more
        self._waiting = None
        if heard.told("task_picked", "task_picked_to") and not self._question.startswith("task_picked"):
            self._left -= 1
        self._orient(heard)
        asked = heard.told(*WRONG) or next((x for x in reversed(heard.sentences) if x.key in self._answers), None)
        if asked is None:
            return
        if asked.key not in {"hint", "help", *WRONG} and asked.key != self._question:
            self._tries = 0
        if asked.key not in {"hint", "help"}:
            self._question = asked.key
        if asked.key not in QUIET:
            self.me.pause(self.me.random.uniform(*self._habits.think_s))
        self._answers[asked.key](heard)

    def _orient(self, heard: Heard) -> None:
        """Which aisle and bin are meant. Where several may be, the lamp tells them apart."""
        if (said := heard.told("aisle")) is not None:
            self._aisle = said["aisle"]
            self._look_forward()
        if (said := heard.told("bay_level", "bay", "location", "digits_hint")) is None:
            return
        self._bins = self.hands.lit_first([x for x in self.me.labels.values() if self._fits(x, said)])
        self._look_forward()

    def _fits(self, label: Label, said: Sentence) -> bool:
        told = dict(said.values)
        if "location" in told:
            return label.location == told["location"]
        same_bay = label.bay == told["bay"] and told.get("level") in {None, label.level}
        return same_bay and self._aisle in {None, label.aisle}

    def _look_forward(self, said: str = "", short: int | None = None) -> None:
        last = self._last
        self._now = Situation(
            aisle=self._aisle or "",
            locations=tuple(x.location for x in self._bins[:2]),
            said=said,
            short=short,
            last=None if last is None else last.take,
            last_location=None if last is None else last.location,
        )

    # ---- speaking ---------------------------------------------------------------------------------------------------

    def _speak(self, text: str, meant: str, **books: object) -> None:
        self._again = (text, meant, books)
        number = self.me.speak(text, meant, **books)
        self._spoke = True
        self._waiting = number if books else None

    def _word(self, word: str) -> str:
        return self.me.book.word(word, self.me.random)

    def _say(self, word: str, **books: object) -> None:
        self._speak(self._word(word), word, **books)

    def _lucky(self, share: float) -> bool:
        return self.me.random.random() < share

    def _aside(self) -> None:
        """What people do besides answering."""
        me, habits = self.me, self._habits
        if self._lucky(habits.chat):
            me.speak(me.random.choice(CHAT), "")
            me.pause(1.2)
        if self._lucky(habits.cough):
            me.noise(bang(me.random.randrange(8)).tobytes(), "cough")
            me.pause(0.3)
        if self._lucky(habits.hesitate):
            me.pause(me.random.uniform(1.0, 2.0))
