"""The station: every input of the product, and what it decides.

In: `decide(state, input, now)`. Out: the facts that follow, in order, and cues. Pure: the same arguments give the
same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.draft import Cue, Draft
from controller.core.guide.talk.standing import speaks
from controller.core.model import Instant, Site
from controller.core.state import State
from controller.core.work import arrivals, cancels, clock, people, presses
from controller.core.work.phrases import headsets, hear, scans
from controller.core.work.phrases.moves import told_of_dead_lamp
from controller.core.work.releasing import release_if_elsewhere
from controller.core.work.settle import settle


@dataclass(frozen=True, slots=True)
class Decision:
    """What one input leads to. `states[n]` is the state after `facts[n]`; `state` the last of them."""

    facts: tuple[f.Fact, ...]
    states: tuple[State, ...]
    cues: tuple[Cue, ...]
    state: State


class Station:
    """Decides for one site."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def decide(self, state: State, happened: i.Input, now: Instant) -> Decision:
        """Decides about one input; never raises for anything the outside can send."""
        draft = Draft(self.site, state, now, happened.cause or "unknown")
        _route(draft, happened)
        settle(draft)
        return _decision(draft)

    def open(self, state: State, now: Instant) -> Decision:
        """What follows from the configuration at start: pickers who are always signed on."""
        draft = Draft(self.site, state, now, "start")
        for profile in self.site.pickers.values():
            if profile.signed_on:
                people.sign_on(draft, profile.picker_id)
        settle(draft)
        return _decision(draft)

    def due(self, state: State) -> int | None:
        """When to send `TimePassed` next at the latest (steady milliseconds), besides once a second."""
        return clock.due(state, self.site)


def _decision(draft: Draft) -> Decision:
    return Decision(tuple(draft.facts), tuple(draft.states), tuple(draft.cues), draft.state)


def _route(draft: Draft, happened: i.Input) -> None:
    match happened:
        case i.TaskArrived():
            arrivals.arrive(draft, happened)
        case i.MessageRefused():
            arrivals.refuse_message(draft, happened)
        case i.CancelRequested():
            cancels.cancel(draft, happened)
        case i.ButtonPressed():
            presses.press(draft, happened)
        case i.TimePassed():
            clock.tick(draft)
        case i.ModuleLost():
            _module_lost(draft, happened)
        case i.ModuleFound():
            if happened.location in draft.state.down:
                draft.add(f.LocationUp, location=happened.location, module=happened.module)
        case i.PhraseHeard():
            hear.hear(draft, happened)
        case i.PhraseRejected():
            hear.reject(draft, happened)
        case i.CodeScanned():
            scans.scan(draft, happened)
        case i.VoiceLost():
            headsets.lost(draft, happened)
        case i.VoiceFound():
            headsets.found(draft, happened)
        case i.MessageForPicker():
            headsets.message(draft, happened)
        case i.SignOnRequested():
            people.sign_on_requested(draft, happened)
        case i.SignOffRequested():
            people.sign_off_requested(draft, happened)
        case i.PauseRequested():
            people.pause(draft, happened)
        case i.ResumeRequested():
            people.resume(draft, happened)
        case i.PrioritiseRequested():
            people.prioritise(draft, happened)
        case i.ReassignRequested():
            people.reassign(draft, happened)
        case i.LocateRequested():
            people.locate(draft, happened)


def _module_lost(draft: Draft, lost: i.ModuleLost) -> None:
    """A dead module: who has a headset goes on without the lamp, anybody else elsewhere if he can."""
    known = draft.state.down.get(lost.location)
    if known is None or known.fault != lost.fault:
        draft.add(f.LocationDown, location=lost.location, module=lost.module, fault=lost.fault)
    for lease in draft.state.leases.get(lost.location, ()):
        if not speaks(draft.state, draft.site, lease.picker):
            release_if_elsewhere(draft, lease)
        elif known is None:
            told_of_dead_lamp(draft, lease)
