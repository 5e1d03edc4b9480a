"""What every headset says and listens for: a pure function of the state, as the light picture is.

In: the state and the site. Out: one `Talk` for every picker who has a headset, signed on or not.
"""

from __future__ import annotations

from controller.core.guide.talk.answers import answers
from controller.core.guide.talk.sentences import hint, prompt, sentences
from controller.core.guide.talk.standing import Standing, Step, stand
from controller.core.guide.talk.turns import Patience, full_name, kept, patience
from controller.core.model import Site
from controller.core.speech import Prompt, Talk
from controller.core.state import State

NAMES_WORDS = frozenset(
    {Step.ASLEEP, Step.SHORT_REASON, Step.SHORT_SURE, Step.UNDO_SURE, Step.SIGN_OUT_SURE, Step.OFF, Step.PAUSED}
)
"""Their sentences name words that may be answered: no barge-in, or the ear would take the mouth for the picker."""


def talk(state: State, site: Site) -> dict[str, Talk]:
    """What every picker with a headset hears and may answer now."""
    return {
        picker_id: speak(stand(state, site, picker_id), state, site)
        for picker_id, profile in site.pickers.items()
        if profile.voice
    }


def speak(standing: Standing, state: State, site: Site) -> Talk:
    """The talk of one picker where he stands."""
    allowed, how = answers(standing, site), patience(standing, site)
    if how is Patience.LISTENING:
        say: tuple[Prompt, ...] = sentences(standing, state, allowed)
    else:
        say = (prompt("locked"),) if how is Patience.LOCKED else (hint("hint", allowed),)
    quiet = how is not Patience.LISTENING or standing.step in NAMES_WORDS or standing.dialogue.told == "help"
    return Talk(
        turn=full_name(standing, how),
        say=say,
        answers=kept(allowed, how),
        interruptible=not quiet,
        asleep=standing.step is Step.ASLEEP,
        volume=standing.talk.volume,
        rate=standing.talk.rate,
    )
