"""A picker who works by voice alone, and does what the voice in his ear asks.

In: somebody who hears, understands and speaks; the place he is to go to. Out: everything he said, with the moments at
which it ended and was answered.

He answers what he was asked last, whatever he said before: who was misheard into another question withdraws it, who was
not taken says it again and then in other words, who did not understand asks to hear it again. In the end he gives up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Final, Protocol

from controller.core.speech import Word
from controller.demo.phrasebook import Part, Phrasebook, Voice
from controller.demo.wearers import badges, labels
from controller.settings import Settings
from controller.voice.language import Language
from controller.voice_bench.sound import RATE, speech_span
from controller.voice_bench.speakers import Speaker, record, synth
from firmware_sim.hall import Hall
from firmware_sim.headset import Headset, Prompt
from firmware_sim.wearer.likeness import samples
from firmware_sim.wearer.notes import Notes
from firmware_sim.wearer.person import Heard, Person, Situation
from firmware_sim.wearer.understanding import Memory

MOST: Final = 30
"""Phrases and waits in one task; five are needed."""
PUZZLED: Final = 4
"""Prompts in a row that he does not understand, and he gives up: the mouth may be faster or louder now, for good."""
PATIENCE_S: Final = 4.0
"""Who has not been answered by then was not heard."""
BREATH_S: Final = (0.5, 0.9)
SAME_WORDS: Final = 2
"""Tries, before he says it in other words, as the hint suggests."""
DIGITS: Final = "digits"
ANSWERS: Final[Mapping[str, Word | None]] = {
    "sign_on": Word.SIGN_ON,
    **dict.fromkeys(("task", "task_urgent", "aisle", "say_ready", "message"), Word.READY),
    **dict.fromkeys(("check_digits", "wrong_digits", "digits_hint", "too_early"), None),
    **dict.fromkeys(("pick", "pick_plain", "remain", "how_many", "what_is_it", "unproven"), Word.CONFIRM),
    **dict.fromkeys(("task_picked", "task_picked_to"), Word.READY),
    **dict.fromkeys(("short_quantity", "short_reason"), Word.CANCEL),
    **dict.fromkeys(("short_sure", "undo_sure", "sign_out_sure"), Word.NO),
    "paused": Word.RESUME,
    "asleep": Word.WAKE_UP,
    "locked": Word.SAY_AGAIN,
}
"""Question -> what he says to it; None = the check digits."""
SAME: Final = frozenset({"hint", "help", "at_limit"})
"""Not a question of its own: what he said last is still the answer."""
OTHER_WORDS: Final[Mapping[Word, Word]] = {Word.NO: Word.CANCEL}
"""Commands that mean the same wherever he says the first."""


class Body(Protocol):
    """As `firmware_sim.wearer.person.Person`; `over`: when his last word ended, monotonic s."""

    @property
    def over(self) -> float: ...
    def listen(self, seconds: float, now: Situation) -> Heard | None: ...
    def speak(self, text: str, meant: str) -> int: ...
    def pause(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Said:
    """One phrase. `meant`: a command, or digits; `over`: its last word ended, monotonic s; `taken`: rightly or not;
    `after_s`: from its end to the next sound in his ear, where that was the answer.
    """

    meant: str
    over: float
    taken: bool = False
    after_s: float | None = None


def phrases(language: Language) -> dict[Word, tuple[str, ...]]:
    """Every command he needs, as he says it first, second …"""
    words = language.answers.words
    used = dict.fromkeys([*(word for word in ANSWERS.values() if word is not None), Word.SAY_AGAIN])
    return {word: (*words[word], *(words[OTHER_WORDS[word]] if word in OTHER_WORDS else ())) for word in used}


class Picker:
    """`phrases`: how he says a command; `digits`: how he says his check digits, and what they are."""

    def __init__(
        self, body: Body, phrases: Mapping[Word, Sequence[str]], digits: tuple[str, str], seed: int = 1
    ) -> None:
        self._me, self._phrases, self._digits = body, phrases, digits
        self._random = Random(seed)
        self._said: list[Said] = []
        self._last: Word | None = None
        self._tries = 0
        """So often he has said his last answer since something was taken."""
        self._speaking = False
        """He has said something in this task, and an answer is due."""

    def work(self, now: Situation, over: Callable[[], object]) -> list[Said]:
        """One task from its announcement until `over()`, or until he gives up; what he said."""
        self._said, self._speaking, self._tries, puzzled = [], False, 0, 0
        for _ in range(MOST):
            heard = self._me.listen(PATIENCE_S, now)
            self._hear(heard)
            puzzled = puzzled + 1 if heard is not None and heard.sound and not heard.sentences else 0
            if over() or puzzled == PUZZLED:
                break
            self._answer(heard)
        return self._said

    def _hear(self, heard: Heard | None) -> None:
        """This beep says that his words were taken; see `controller.voice.mouth.earcons`."""
        if heard is None or "taken" not in heard.beeps or not self._said or self._said[-1].taken:
            return
        last = self._said[-1]
        last.taken, self._tries = True, 0
        if heard.beeps[0] == "taken":  # else the sound began with what was said to something else
            last.after_s = heard.began - last.over

    def _answer(self, heard: Heard | None) -> None:
        if heard is None or (not heard.sound and "rejected" in heard.beeps):
            if self._speaking:
                self._say(self._last)
            return
        if heard.sound and not heard.sentences:
            self._say(Word.SAY_AGAIN)
            return
        asked = next((x.key for x in reversed(heard.sentences) if x.key in ANSWERS or x.key in SAME), "")
        if asked in ANSWERS:
            self._say(ANSWERS[asked])
        elif asked and self._speaking:
            self._say(self._last)

    def _say(self, word: Word | None) -> None:
        self._tries = self._tries + 1 if word is self._last else 1
        text, meant = self._digits if word is None else (self._in_words(word), word.value)
        self._me.pause(self._random.uniform(*BREATH_S))
        self._me.speak(text, meant)
        self._said.append(Said(DIGITS if word is None else meant, self._me.over))
        self._last, self._speaking = word, True

    def _in_words(self, word: Word) -> str:
        ways = self._phrases[word]
        return ways[(self._tries - 1) // SAME_WORDS % len(ways)]


# --- of flesh and blood -------------------------------------------------------------------------------------------


class Microphone(Headset):
    """A headset that knows when its wearer's last word ended."""

    over = 0.0

    def speak(self, pcm: bytes) -> float:
        said = samples(pcm)
        ends = super().speak(pcm)
        self.over = ends - (len(said) - speech_span(said)[1]) / RATE
        return ends


class Wearer(Person):
    """Somebody with such a headset."""

    headset: Microphone

    @property
    def over(self) -> float:
        return self.headset.over


@dataclass
class Recorded(Phrasebook):
    """He knows what every wearer knows, and speaks with the voice of a speaker of the bench."""

    speaker: Speaker | None = None

    def say(self, text: str) -> bytes:
        assert self.speaker is not None
        return record(self.speaker, [text])[text].tobytes()


class NoLamps:
    """By voice alone."""

    def look(self) -> Mapping[str, tuple[int, int, str | None]]:
        return {}

    def press(self, module: str, key: str, hold: float, who: str) -> None:
        """There is nothing to press."""


def headset(path: Path, hall: Hall) -> tuple[Microphone, SimpleQueue[Prompt]]:
    """A headset, and what ends in its wearer's ear."""
    prompts: SimpleQueue[Prompt] = SimpleQueue()
    return Microphone(path, hall, prompts.put), prompts


def wearer(
    settings: Settings,
    language: Language,
    speaker: Speaker,
    worn: tuple[Microphone, SimpleQueue[Prompt]],
    parts: Mapping[str, Part],
) -> Wearer:
    """The first picker of the settings. He knows the mouth's usual sentences before he begins."""
    own = settings.pickers[0]
    assert own.voice is not None
    mouth = Voice(synth().choose(language.espeak, own.voice.voice).id, own.voice.rate_wpm, own.voice.volume)
    stock = {location: [part] for location, part in parts.items()}
    book = Recorded(language, own.voice.style, mouth, mouth, synth(), settings, stock, speaker=speaker)
    memory = Memory(book.heard_as)
    for sentence in book.expected(Situation(locations=tuple(parts)))[0]:
        memory.length(sentence.text)
    return Wearer(badges(settings)[own.id], *worn, book, memory, labels(settings), NoLamps(), Notes())
