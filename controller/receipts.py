"""What was answered before: the same message again gets the same answer, and ended tasks are not begun anew.

In: an input, the journal's receipts. Out: the seq of an old answer; the input with what the journal remembers; the
receipts that a decision leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.model import Fault, RefusalClass
from controller.core.state import State
from controller.journal import Journal, Receipt, Space

COMMANDS = (
    i.CancelRequested,
    i.PauseRequested,
    i.ResumeRequested,
    i.PrioritiseRequested,
    i.ReassignRequested,
    i.SignOnRequested,
    i.SignOffRequested,
    i.LocateRequested,
    i.MessageForPicker,
)
ENDS: dict[type[f.Fact], str] = {
    f.TaskCompleted: "completed",
    f.TaskCancelled: "cancelled",
    f.TaskReturned: "cancelled",
    f.TaskExpired: "expired",
}
STORAGE = {
    Space.LOW: Fault("STORAGE_FULL", "$", "the disk is nearly full: running tasks go on, new ones are refused"),
    Space.FULL: Fault("STORAGE_FULL", "$", "the disk is full: running tasks go on, new ones are refused"),
}

Happened = i.Input | f.Fact


def old_answer(happened: i.Input, look_up: Callable[[str], Receipt | None], config: str) -> int | None:
    """The seq of the event that answered this very message before; None if it is new, or worth deciding again.

    A refusal counts only under the configuration it was made under: an unknown bin may be known by now.
    """
    key = _key(happened)
    receipt = None if key is None else look_up(key)
    if receipt is None or receipt.ended not in ("answered", f"refused:{config}"):
        return None
    return receipt.seq


def seen(cursors: Mapping[str, tuple[int, int]], cursor: tuple[str, int, int]) -> bool:
    """Whether this key event was taken before. A module counts its events 1–255 round and has at most 16 under way."""
    module, boot_id, ev_seq = cursor
    last = cursors.get(module)
    return last is not None and last[0] == boot_id and not 0 < (ev_seq - last[1]) % 255 < 128


def with_memory(happened: i.Input, state: State, journal: Journal) -> i.Input:
    """The input with what only the journal knows: how a task ended, how far memory reaches, whether there is room."""
    match happened:
        case i.TaskArrived(task=task) if task.task_id not in state.tasks:
            room = STORAGE.get(journal.space_state())
            return replace(
                happened,
                known=_known(journal, task.task_id),
                horizon=journal.oldest_receipt_at(),
                refuse=() if room is None else (room,),
            )
        case i.CancelRequested(task_id=task_id) if task_id not in state.tasks:
            return replace(happened, known=_known(journal, task_id))
    return happened


def receipts_of(
    happened: Happened, facts: Sequence[f.Fact], seqs: Sequence[int | None], config: str
) -> tuple[Receipt, ...]:
    """What to remember of a decision; `seqs[n]` is the event of `facts[n]`."""
    found: list[Receipt] = []
    key = None if isinstance(happened, f.Fact) else _key(happened)
    for fact, seq in zip(facts, seqs, strict=True):
        if key is not None and seq is not None and (ended := _answer(fact, config)):
            found.append(Receipt(key, "", 0, ended, seq))
            key = None
        match fact:
            case f.TaskAccepted(task=task, digest=digest) | f.TaskRevised(task=task, digest=digest):
                found.append(Receipt(f"task:{task.task_id}", digest, task.revision, None, seq))
            case f.TaskCompleted() | f.TaskCancelled() | f.TaskReturned() | f.TaskExpired():
                found.append(Receipt(f"task:{fact.task_id}", fact.digest, fact.revision, ENDS[type(fact)], seq))
    return tuple(found)


def _key(happened: i.Input) -> str | None:
    """What makes two messages the same: id, revision and content of a task, the id of a command."""
    match happened:
        case i.TaskArrived(task=task, digest=digest):
            return f"task:{task.task_id}:{task.revision}:{digest[:16]}"
        case i.MessageRefused(kind="task", task_id=str(task_id), revision=int(revision), digest=digest) if digest:
            return f"task:{task_id}:{revision}:{digest[:16]}"
        case i.MessageRefused(kind="cmd", cause=str(cause)):
            return f"cmd:{cause}"
        case _ if isinstance(happened, COMMANDS):
            return f"cmd:{happened.cause}"
    return None


def _answer(fact: f.Fact, config: str) -> str | None:
    """How the first event of a message is remembered as its answer; None for a refusal to be tried again."""
    if isinstance(fact, f.TaskRejected | f.CommandRefused):
        return None if fact.refusal is RefusalClass.RETRY else f"refused:{config}"
    return "answered"


def _known(journal: Journal, task_id: str) -> i.Known | None:
    receipt = journal.receipt(f"task:{task_id}")
    return None if receipt is None else i.Known(receipt.revision, receipt.digest, receipt.ended)
