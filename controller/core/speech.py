"""The nouns of talking: what can be meant, what may be answered, what is said.

No language in here: the language files of the voice door turn prompts into sentences and sentences into meanings.

In: nothing. Out: frozen dataclasses and enums that `guide.talk` and the voice door share.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Word(str, Enum):
    """What a picker can mean with one phrase. Every language has one or more phrases for each."""

    READY = "ready"
    CONFIRM = "confirm"
    YES = "yes"
    NO = "no"
    CANCEL = "cancel"
    SAY_AGAIN = "say_again"
    HELP = "help"
    WHERE = "where"
    HOW_MANY = "how_many"
    WHAT_IS_IT = "what_is_it"
    BACK = "back"
    SKIP = "skip"
    SHORT = "short"
    DAMAGED = "damaged"
    EMPTY = "empty"
    UNDO = "undo"
    PAUSE = "pause"
    RESUME = "resume"
    SLEEP = "sleep"
    WAKE_UP = "wake_up"
    LOUDER = "louder"
    SOFTER = "softer"
    FASTER = "faster"
    SLOWER = "slower"
    SIGN_ON = "sign_on"
    SIGN_OUT = "sign_out"
    NEXT = "next"
    OVERRIDE = "override"
    """The check digits cannot be read; the line then needs another proof or is reported unproven."""
    WRONG_ITEM = "wrong_item"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    MISMATCH = "mismatch"
    OVERSIZE = "oversize"
    OTHER_REASON = "other_reason"


class Risk(str, Enum):
    """What a misheard phrase would cost; the voice door keeps a threshold for each."""

    SAFE = "safe"
    """Nothing is booked or changed: say again, help. May be taken early, from a stable partial result."""
    SETTING = "setting"
    """Nothing is booked, but it lasts: louder, faster. Hardly ever said, so that it is rather misheard than meant."""
    NORMAL = "normal"
    """Moves the dialogue on; a proof or a confirmation follows."""
    CONFIRMING = "confirming"
    """Books a quantity or proves a place."""
    DESTRUCTIVE = "destructive"
    """Short, skip, undo, sign out: a second opinion over the same audio must agree."""


@dataclass(frozen=True, slots=True)
class SayWord:
    """One of the phrases of `word`."""

    word: Word
    risk: Risk = Risk.NORMAL


@dataclass(frozen=True, slots=True)
class SayDigits:
    """Exactly `length` digits (1–8), spoken singly; with `terminal` only when CONFIRM follows."""

    length: int
    terminal: bool = False
    risk: Risk = Risk.CONFIRMING


@dataclass(frozen=True, slots=True)
class SayNumber:
    """A whole number, 0 ≤ low ≤ n ≤ high ≤ 999, spoken as a number; with `terminal` only when CONFIRM follows."""

    low: int
    high: int
    terminal: bool = True
    risk: Risk = Risk.CONFIRMING


Answer = SayWord | SayDigits | SayNumber


@dataclass(frozen=True, slots=True)
class Spelled:
    """A value that is said character by character, in groups: ids, check digits, serial numbers."""

    text: str


Value = str | int | Decimal | Spelled


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence by its key (`pick`, `check_digits`, …) and the values that its template takes."""

    key: str
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """What one picker's headset does now; a pure function of the state.

    `turn` names this moment of the dialogue: an answer given to another turn is a recognised duplicate. What is said
    is said once per turn. `asleep`: only the wake phrase is listened for. `volume` and `rate` are steps from the
    picker's configured ones, -5…5.
    """

    turn: str
    say: tuple[Prompt, ...]
    answers: tuple[Answer, ...]
    interruptible: bool = True
    asleep: bool = False
    volume: int = 0
    rate: int = 0
