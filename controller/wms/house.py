"""What the door needs from the rest of the house: everything is passed in, nothing is looked up.

In: nothing. Out: the types of the callables that `app` hands to `Door`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from controller.core.facts import Fact
from controller.core.inputs import Input
from controller.core.state import State
from controller.wms.events import LineSeqs

Emission = Input | Fact
"""An input for `station.decide`; or a fact (CommandDone, CommandRefused) about a command that the door itself carried
out: it is journalled and projected like any other, without being decided."""


class Row(Protocol):
    """An event as the outbox keeps it."""

    @property
    def seq(self) -> int: ...
    @property
    def body(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """The open tasks at one moment: `state` is the fold of everything up to the event `head` of `stream`."""

    state: State
    seqs: LineSeqs
    stream: str
    head: int


@dataclass(frozen=True, slots=True)
class HealthParts:
    """What the app knows of its health. `errors`: {code, level, ref, hint}, level one of info, warn, error."""

    mode: str = "running"
    paused: tuple[str, ...] = ()
    errors: tuple[dict[str, Any], ...] = ()
    tasks: dict[str, Any] = field(default_factory=dict)
    modules: dict[str, Any] = field(default_factory=dict)
    db: dict[str, Any] = field(default_factory=dict)
    sys: dict[str, Any] = field(default_factory=dict)
    voice: dict[str, Any] = field(default_factory=dict)


def _nothing(_text: str) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """All are called on the loop and must not block for long."""

    emit: Callable[[Emission, Callable[[], None]], None]
    """Something happened; call the second argument once it is durable (or was durable before): the message is acked."""
    events: Callable[[int, int], Sequence[Row]]
    """(from_seq, limit) of the present stream, committed ones only."""
    acked: Callable[[int], None]
    """The WMS has every event up to this one."""
    next_session: Callable[[], int | Awaitable[int]]
    """The number of the next connection; durable, and higher than any before."""
    picture: Callable[[], Picture]
    fork: Callable[[int], None]
    """The WMS has acknowledged this seq, which we do not have: begin a new stream, then call `Door.forked`."""
    oldest: Callable[[], int] = lambda: 1
    """The first event that can still be resent."""
    health: Callable[[], HealthParts] = HealthParts
    selftest: Callable[[], str] = lambda: "ok"
    duplicate_identity: Callable[[str], None] = _nothing
    """Somebody else is on the wire under our name; the argument says who. This side must stop working."""
    host_changed: Callable[[str], None] = _nothing
    """The WMS's own presence: online, offline, lost."""
