"""Headsets that fail and come back, and messages that wait for a safe prompt.

In: `VoiceLost`, `VoiceFound`, `MessageForPicker`, time. Out: HeadsetDown and HeadsetUp; MessageQueued, MessageExpired.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.guide.talk.standing import stand
from controller.core.inputs import MessageForPicker, VoiceFound, VoiceLost
from controller.core.model import Fault, RefusalClass
from controller.core.work.releasing import release_if_elsewhere

MOST_WAITING = 3
"""More than that nobody remembers."""
COMMAND = "message"


def lost(draft: Draft, happened: VoiceLost) -> None:
    """He goes on by light; lines whose lamp is dead wait for it, as they would for anybody without a headset."""
    profile = draft.site.pickers.get(happened.picker)
    if profile is None or not profile.voice or draft.state.talk_of(happened.picker).lost == happened.fault:
        return
    draft.add(f.HeadsetDown, picker=happened.picker, fault=happened.fault)
    for location, queue in draft.state.leases.items():
        if location in draft.state.down:
            for lease in queue:
                if lease.picker == happened.picker:
                    release_if_elsewhere(draft, lease)


def found(draft: Draft, happened: VoiceFound) -> None:
    if draft.state.talk_of(happened.picker).lost is not None:
        draft.add(f.HeadsetUp, picker=happened.picker)


def message(draft: Draft, request: MessageForPicker) -> None:
    """The office says something to a picker."""
    profile = draft.site.pickers.get(request.picker)
    if profile is None:
        fault = Fault("UNKNOWN_PICKER", "$.picker", f"no picker {request.picker!r} here", request.picker)
        draft.refuse(COMMAND, RefusalClass.FIX, fault)
        return
    if not profile.voice:
        fault = Fault("CAPABILITY_MISSING", "$.picker", f"{request.picker!r} has no headset", request.picker)
        draft.refuse(COMMAND, RefusalClass.FIX, fault)
        return
    if len(draft.state.talk_of(request.picker).messages) >= MOST_WAITING:
        detail = f"{MOST_WAITING} messages wait for {request.picker!r}, which is the limit"
        draft.refuse(COMMAND, RefusalClass.RETRY, Fault("CAPACITY", "$", detail, request.picker))
        return
    turn = stand(draft.state, draft.site, request.picker).turn
    until = request.until or draft.now.wall + request.ttl_s * 1000
    draft.add(f.MessageQueued, picker=request.picker, text=request.text, until=until, after=turn)
    draft.done(COMMAND)


def expire_messages(draft: Draft) -> None:
    """What was not said in time is not said at all."""
    for picker_id, talk in tuple(draft.state.talks.items()):
        for waiting in talk.messages:
            if waiting.until <= draft.now.wall:
                draft.add(f.MessageExpired, picker=picker_id, text=waiting.text, until=waiting.until)
