"""What the station has decided, in the past tense: the journal holds these and nothing else is remembered.

In: `station.decide` makes them. Out: `evolve` folds them; `wms.events` shows some of them to the WMS.
Fields may be added with a default, never renamed or removed: old journals are read by new versions.
"""

from __future__ import annotations

from controller.core.facts.base import Fact
from controller.core.facts.lines import (
    LeasePassed,
    LineActivated,
    LineCancelled,
    LineConfirmed,
    LineRecalled,
    LineReleased,
    LineReturned,
    LineShorted,
    PickUndone,
)
from controller.core.facts.station import (
    CommandDone,
    CommandRefused,
    LocationDown,
    LocationHidden,
    LocationShown,
    LocationUp,
    Paused,
    PickerSignedOff,
    PickerSignedOn,
    Resumed,
    StreamForked,
    WrongPress,
)
from controller.core.facts.tasks import (
    CancelBegun,
    CancelForgotten,
    CancelRemembered,
    LineResult,
    LinesCancelled,
    TaskAccepted,
    TaskCancelled,
    TaskCompleted,
    TaskExpired,
    TaskPicked,
    TaskPrioritised,
    TaskReassigned,
    TaskRecalled,
    TaskRejected,
    TaskReturned,
    TaskRevised,
    TaskStarted,
    TaskSuspended,
)
from controller.core.facts.voice import (
    DialogueMoved,
    HeadsetDown,
    HeadsetUp,
    MessageAcknowledged,
    MessageExpired,
    MessageQueued,
    PhraseMisheard,
    PhraseTaken,
    ProofRefused,
    ProofTooEarly,
    VoiceAdjusted,
)

__all__ = [
    "CancelBegun",
    "CancelForgotten",
    "CancelRemembered",
    "CommandDone",
    "CommandRefused",
    "DialogueMoved",
    "Fact",
    "HeadsetDown",
    "HeadsetUp",
    "LeasePassed",
    "LineActivated",
    "LineCancelled",
    "LineConfirmed",
    "LineRecalled",
    "LineReleased",
    "LineResult",
    "LineReturned",
    "LineShorted",
    "LinesCancelled",
    "LocationDown",
    "LocationHidden",
    "LocationShown",
    "LocationUp",
    "MessageAcknowledged",
    "MessageExpired",
    "MessageQueued",
    "Paused",
    "PhraseMisheard",
    "PhraseTaken",
    "PickUndone",
    "PickerSignedOff",
    "PickerSignedOn",
    "ProofRefused",
    "ProofTooEarly",
    "Resumed",
    "StreamForked",
    "TaskAccepted",
    "TaskCancelled",
    "TaskCompleted",
    "TaskExpired",
    "TaskPicked",
    "TaskPrioritised",
    "TaskReassigned",
    "TaskRecalled",
    "TaskRejected",
    "TaskReturned",
    "TaskRevised",
    "TaskStarted",
    "TaskSuspended",
    "VoiceAdjusted",
    "WrongPress",
    "fact_types",
]


def fact_types() -> dict[str, type[Fact]]:
    """Every kind of fact by its name, as the journal stores it."""
    return {kind.__name__: kind for kind in Fact.__subclasses__()}
