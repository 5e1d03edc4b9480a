"""The fold of what was said, scanned and heard: a part of `evolve`.

In: a state and a fact of `facts.voice`. Out: a new state; only `talks` and a picker's last sign of life change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from controller.core import facts as f
from controller.core.changes import with_picker, with_talk
from controller.core.dialogue import Waiting
from controller.core.state import State


def _phrase_taken(state: State, fact: f.PhraseTaken) -> State:
    """Every phrase taken ends its turn: the same one heard twice is a duplicate."""
    steps = state.talk_of(fact.picker).steps + 1
    state = with_talk(state, fact.picker, steps=steps, rejects=0, rejects_in="")
    return with_picker(state, fact.picker, seen=fact.steady) if fact.steady else state


def _phrase_misheard(state: State, fact: f.PhraseMisheard) -> State:
    talk = state.talk_of(fact.picker)
    rejects = talk.rejects if talk.rejects_in == fact.turn else 0
    return with_talk(state, fact.picker, rejects=rejects + 1, rejects_in=fact.turn)


def _dialogue_moved(state: State, fact: f.DialogueMoved) -> State:
    return with_talk(state, fact.picker, dialogue=fact.dialogue, steps=state.talk_of(fact.picker).steps + 1)


def _voice_adjusted(state: State, fact: f.VoiceAdjusted) -> State:
    return with_talk(state, fact.picker, volume=fact.volume, rate=fact.rate, asleep=fact.asleep)


def _message_queued(state: State, fact: f.MessageQueued) -> State:
    waiting = state.talk_of(fact.picker).messages
    return with_talk(state, fact.picker, messages=(*waiting, Waiting(fact.text, fact.until, fact.after)))


def _message_acknowledged(state: State, fact: f.MessageAcknowledged) -> State:
    return with_talk(state, fact.picker, messages=state.talk_of(fact.picker).messages[1:])


def _message_expired(state: State, fact: f.MessageExpired) -> State:
    waiting = state.talk_of(fact.picker).messages
    kept = tuple(x for x in waiting if (x.text, x.until) != (fact.text, fact.until))
    return with_talk(state, fact.picker, messages=kept)


def _headset_down(state: State, fact: f.HeadsetDown) -> State:
    return with_talk(state, fact.picker, lost=fact.fault)


def _headset_up(state: State, fact: f.HeadsetUp) -> State:
    """What was said meanwhile nobody heard: it is said again."""
    return with_talk(state, fact.picker, lost=None, steps=state.talk_of(fact.picker).steps + 1)


TALK_FOLDS: dict[type[f.Fact], Callable[[State, Any], State]] = {
    f.PhraseTaken: _phrase_taken,
    f.PhraseMisheard: _phrase_misheard,
    f.DialogueMoved: _dialogue_moved,
    f.VoiceAdjusted: _voice_adjusted,
    f.MessageQueued: _message_queued,
    f.MessageAcknowledged: _message_acknowledged,
    f.MessageExpired: _message_expired,
    f.HeadsetDown: _headset_down,
    f.HeadsetUp: _headset_up,
}
