"""What a wearer can do: listen and understand, speak, look at lamps, walk, press. What he decides is in `day`.

In: a headset, a phrasebook (what he can expect and how things are said), the labels of the shelves, lamps to look at.
Out: speech, presses, notes.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

from firmware_sim.headset import Headset, Prompt
from firmware_sim.wearer.notes import Notes
from firmware_sim.wearer.understanding import Memory, Sentence, split, understand

ENDS: Final = frozenset({"listening", "asleep"})
"""Beeps after which he may answer."""
GOES_ON_S: Final = 1.3
"""After a prompt that has not ended, or a beep of regret, more is waited for so long."""
FINGER_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Situation:
    """What narrows down what may be said next: the aisle he is in (empty = any), the bins that he may be sent to, the
    digits and the quantity that he said last, his last pick.
    """

    aisle: str = ""
    locations: tuple[str, ...] = ()
    said: str = ""
    short: int | None = None
    last: int | None = None
    last_location: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a bin, and where it is: `walk` steps along the way, `module` beside it."""

    location: str
    aisle: str
    bay: str
    level: str
    walk: int
    digits: str
    module: str | None


@dataclass(frozen=True, slots=True)
class Badge:
    """Who he is: name, colour and pattern as on the wire, letter, home module."""

    name: str
    colour: int
    pattern: int
    letter: str
    home: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """One prompt. `began`: monotonic s; empty `sentences` with `sound` means that he did not understand it."""

    began: float
    beeps: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    sound: bool

    def told(self, *keys: str) -> Sentence | None:
        """The last of these sentences."""
        return next((x for x in reversed(self.sentences) if x.key in keys), None)


class Book(Protocol):
    """What he knows of language; see `controller.demo.phrasebook`."""

    def heard_as(self, text: str) -> bytes: ...
    def beeps(self) -> dict[str, bytes]: ...
    def expected(self, now: Situation) -> Sequence[Sequence[Sentence]]: ...
    def say(self, text: str) -> bytes: ...
    def word(self, word: str, random: Random) -> str: ...
    def digits(self, digits: str, random: Random) -> str: ...
    def number(self, number: int) -> str: ...


class Lamps(Protocol):
    """The modules, as he sees and presses them. `look`: module -> colour, pattern, four characters (None: none)."""

    def look(self) -> Mapping[str, tuple[int, int, str | None]]: ...
    def press(self, module: str, key: str, hold: float, who: str) -> None: ...


class Person:
    """`prompts`: what his headset has heard; `memory`: how the mouth's sentences sound, by `book`; `speed`: of his legs
    and hands, 1 = human; he speaks and listens in real time, whatever it is.
    """

    def __init__(  # noqa: PLR0917
        self,
        badge: Badge,
        headset: Headset,
        prompts: queue.SimpleQueue[Prompt],
        book: Book,
        memory: Memory,
        labels: Mapping[str, Label],
        lamps: Lamps,
        notes: Notes,
    ) -> None:
        self.badge, self.headset, self.book, self.labels = badge, headset, book, labels
        self.speed = 1.0
        self.random = Random(badge.name)
        self.at: int | None = None
        """Where he stands, in steps along the way; None = at home."""
        self.stop = threading.Event()
        self._lamps, self._notes = lamps, notes
        self._memory = memory
        self._beeps = book.beeps()
        self._prompts = prompts
        self._phrases = 0

    # ---- hearing ----------------------------------------------------------------------------------------------------

    def listen(self, seconds: float, now: Situation) -> Heard | None:
        """The next whole prompt; None if nothing is said for so long."""
        sound, began = bytearray(), 0.0
        wait = seconds
        while not self.stop.is_set():
            try:
                prompt = self._prompts.get(timeout=max(0.01, wait))
            except queue.Empty:
                if not self.headset.hearing:
                    break
                wait = GOES_ON_S
                continue
            began = began or prompt.began
            sound += prompt.sound
            if self._ended(bytes(sound)) and self._prompts.empty() and not self.headset.hearing:
                break
            wait = GOES_ON_S
        return self._understand(bytes(sound), began, now) if sound else None

    def _ended(self, sound: bytes) -> bool:
        *_, last = "", *split(sound, self._beeps)
        return isinstance(last, str) and last in ENDS

    def _understand(self, sound: bytes, began: float, now: Situation) -> Heard:
        beeps: list[str] = []
        sentences: list[Sentence] = []
        missed = False
        for part in split(sound, self._beeps):
            if isinstance(part, str):
                beeps.append(part)
            else:
                found = understand(part, self.book.expected(now), self._memory)
                sentences, missed = [*sentences, *found], not found
        heard = Heard(began, tuple(beeps), () if missed else tuple(sentences), sound=missed or bool(sentences))
        text = "(not understood)" if missed else " ".join(f"{x.text} …" if x.open_end else x.text for x in sentences)
        keys = [[x.key, dict(x.values)] for x in heard.sentences]
        self.note("heard", text=text, keys=keys, beeps=beeps, **{"from": self._wall(began)})
        return heard

    # ---- speaking and doing -----------------------------------------------------------------------------------------

    def speak(self, text: str, meant: str, **books: Any) -> int:
        """Say it; returns with its last word. `meant`: a command, digits or a number; empty: not for the ear. `books`:
        what he wants booked by it. Returns the number of the phrase.
        """
        self._phrases += 1
        sound = self.book.say(text)
        self._overhear()
        began = time.monotonic()
        until = self.headset.speak(sound)
        times = {"from": self._wall(began), "until": self._wall(until)}
        self.note("said", n=self._phrases, text=text, meant=meant, books=books or None, **times)
        self.pause(until - began)
        return self._phrases

    def _overhear(self) -> None:
        """Beeps of regret from before are none about what he says now."""
        waiting = [self._prompts.get() for _ in range(self._prompts.qsize())]
        for prompt in waiting:
            if list(split(bytes(prompt.sound), self._beeps)) != ["rejected"]:
                self._prompts.put(prompt)

    def noise(self, sound: bytes, what: str) -> None:
        """A cough, or a box that falls."""
        began = time.monotonic()
        until = self.headset.speak(sound)
        times = {"from": self._wall(began), "until": self._wall(until)}
        self.note("said", n=0, text=f"({what})", meant="", books=None, **times)
        self.pause(until - began)

    def look(self) -> Mapping[str, tuple[int, int, str | None]]:
        return self._lamps.look()

    def press(self, module: str, why: str, key: str = "confirm", hold: float = FINGER_S) -> None:
        self.note("pressed", module=module, key=key, why=why)
        self._lamps.press(module, key, hold, self.badge.name)

    def walk(self, to: int | None, step_s: float) -> None:
        """Along the shelves; None = home."""
        steps = abs((to or 0) - (self.at or 0)) / 10
        self.at = to
        self.pause(steps * step_s / self.speed * self.random.uniform(0.8, 1.2))

    def pause(self, seconds: float) -> None:
        self.stop.wait(max(0.0, seconds))

    def note(self, kind: str, **more: Any) -> None:
        self._notes.write(self.badge.name, kind, **more)

    @staticmethod
    def _wall(monotonic: float) -> float:
        return round(time.time() + monotonic - time.monotonic(), 3)
