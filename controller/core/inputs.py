"""Everything that can happen to the station, in the past tense.

In: doors build these. Out: `station.decide` takes them, one at a time. `cause` is the id that the WMS finds in the
resulting events: a message id, `button:{module}:{boot}:{n}`, or `timer`.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.core.model import CancelMode, Fault, Key, RefusalClass, ShortReason, Task
from controller.core.speech import Word


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal remembers of a task id that is no longer (or not as this revision) in the state."""

    revision: int
    digest: str
    ended: str | None
    """How it ended (`completed`, `cancelled`, `expired`), None if it was only rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskArrived:
    """A well-formed task message. `digest` is the SHA-256 of its canonical body, hexadecimal."""

    cause: str
    task: Task
    digest: str
    known: Known | None = None
    refuse: tuple[Fault, ...] = ()
    """Why the station cannot take any task just now (STORAGE_FULL, …); all of class RETRY."""
    horizon: int | None = None
    """Wall milliseconds of the oldest remembered task; older tasks cannot be told from repeated ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRefused:
    """A message that is wrong in itself. `kind` is `task` or `cmd`; ids are None where none could be read."""

    cause: str | None
    kind: str
    refusal: RefusalClass
    faults: tuple[Fault, ...]
    task_id: str | None = None
    revision: int | None = None
    digest: str = ""
    topic: str = ""
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    cause: str
    task_id: str
    mode: CancelMode
    lines: tuple[str, ...] = ()
    """Line ids; empty = the whole task."""
    known: Known | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRequested:
    """Scope is `ctl`, `zone:ID`, `picker:ID` or `task:ID`."""

    cause: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequested:
    cause: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritiseRequested:
    cause: str
    task_id: str
    priority: int
    due_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignRequested:
    """`picker` None = back to the pool."""

    cause: str
    task_id: str
    picker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOnRequested:
    """`zones` empty = the picker's configured ones."""

    cause: str
    picker: str
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffRequested:
    cause: str
    picker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocateRequested:
    """Show a location to somebody for a while (1–600 s)."""

    cause: str
    location: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """A key at a location. `quantity`: what the module showed; `token`: of the picture it showed (0 = none)."""

    cause: str
    location: str
    key: Key
    quantity: int = 0
    token: int = 0
    reason: ShortReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLost:
    """The module of a location answers no more, or its key hangs. `fault`: NO_REPLY, KEY_HELD, ADDRESS_CLASH,
    BUS_DOWN.
    """

    cause: str
    location: str
    module: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFound:
    cause: str
    location: str
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseHeard:
    """A picker said one of the allowed answers: exactly one of `word`, `digits`, `number` is set.

    `turn`: the turn of the dialogue that it answers; `cause` is `voice:{picker}:{utterance}`.
    `text`: the words as recognised; `confidence` 0–1.
    """

    cause: str
    picker: str
    turn: str
    word: Word | None = None
    digits: str | None = None
    number: int | None = None
    text: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseRejected:
    """Something was said and not taken for an answer. `why` as in the voice door's `Utterance`."""

    cause: str
    picker: str
    turn: str
    why: str
    text: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLost:
    """A picker's headset cannot be used: `fault` is MIC_LOST, MIC_SILENT, SPEAKER_LOST, MODEL_MISSING, VOICE_DOWN."""

    cause: str
    picker: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFound:
    cause: str
    picker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScanned:
    """A picker's scanner read a code (already filtered: no prefix, no line end)."""

    cause: str
    picker: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForPicker:
    """The supervisor says something to a picker, at the next safe prompt.

    `until`: wall ms, then it is dropped; 0 = `ttl_s` seconds from now.
    """

    cause: str
    picker: str
    text: str
    until: int = 0
    ttl_s: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """Nothing but the clock. Sent when `station.due` says so, and at least once a second."""

    cause: str = "timer"


Input = (
    TaskArrived
    | MessageRefused
    | CancelRequested
    | PauseRequested
    | ResumeRequested
    | PrioritiseRequested
    | ReassignRequested
    | SignOnRequested
    | SignOffRequested
    | LocateRequested
    | ButtonPressed
    | ModuleLost
    | ModuleFound
    | PhraseHeard
    | PhraseRejected
    | VoiceLost
    | VoiceFound
    | CodeScanned
    | MessageForPicker
    | TimePassed
)
