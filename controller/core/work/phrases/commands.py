"""Words that help the picker along and do not pick: again, help, louder, sleep, pause, skip, undo, sign out.

In: a draft, the `Standing`, the word. Out: the dialogue repeated or turned aside, VoiceAdjusted, and the facts that the
same keys on a module make.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.dialogue import Ask
from controller.core.draft import Draft
from controller.core.guide.talk.standing import SHORTS, Standing
from controller.core.speech import Word
from controller.core.work.people import rest_or_resume, sign_off
from controller.core.work.people import sign_on as sign_picker_on
from controller.core.work.phrases.moves import move, tell
from controller.core.work.undoing import undo

STEPS = {Word.LOUDER: (1, 0), Word.SOFTER: (-1, 0), Word.FASTER: (0, 1), Word.SLOWER: (0, -1)}
MOST = 5
"""Steps up or down from what is configured."""


def say_again(draft: Draft, standing: Standing, _word: Word) -> None:
    """The whole prompt once more; what had to be told before it is over."""
    tell(draft, standing, "")


def ask(draft: Draft, standing: Standing, word: Word) -> None:
    """Help, where, how many, what is it: answered instead of the prompt."""
    tell(draft, standing, word.value, standing.step.value)


def adjust(draft: Draft, standing: Standing, word: Word) -> None:
    """One step louder, softer, faster or slower; heard at once, as the prompt comes again."""
    louder, faster = STEPS[word]
    talk = standing.talk
    volume = max(-MOST, min(MOST, talk.volume + louder))
    rate = max(-MOST, min(MOST, talk.rate + faster))
    if (volume, rate) == (talk.volume, talk.rate):
        tell(draft, standing, "at_limit")
        return
    draft.add(f.VoiceAdjusted, picker=standing.picker_id, volume=volume, rate=rate, asleep=talk.asleep)


def sleep(draft: Draft, standing: Standing, _word: Word) -> None:
    """Nothing but the wake phrase is listened for: he talks to somebody else."""
    _set_asleep(draft, standing, asleep=True)


def wake_up(draft: Draft, standing: Standing, _word: Word) -> None:
    _set_asleep(draft, standing, asleep=False)


def _set_asleep(draft: Draft, standing: Standing, *, asleep: bool) -> None:
    talk = standing.talk
    draft.add(f.VoiceAdjusted, picker=standing.picker_id, volume=talk.volume, rate=talk.rate, asleep=asleep)


def rest(draft: Draft, standing: Standing, _word: Word) -> None:
    """Pause, or resume: whichever of the two was offered."""
    rest_or_resume(draft, standing.picker_id)


def sign_on(draft: Draft, standing: Standing, _word: Word) -> None:
    sign_picker_on(draft, standing.picker_id)


def ask_sign_out(draft: Draft, standing: Standing, _word: Word) -> None:
    move(draft, standing, ask=Ask.SIGN_OUT_SURE)


def do_sign_out(draft: Draft, standing: Standing, _word: Word) -> None:
    sign_off(draft, standing.picker_id, "REQUESTED")


def ask_undo(draft: Draft, standing: Standing, _word: Word) -> None:
    move(draft, standing, ask=Ask.UNDO_SURE)


def do_undo(draft: Draft, standing: Standing, _word: Word) -> None:
    assert standing.picker is not None
    assert standing.picker.last is not None
    undo(draft, standing.picker_id, standing.picker.last)


def withdraw(draft: Draft, standing: Standing, _word: Word) -> None:
    """The question is dropped; work goes on where it was."""
    if standing.dialogue.ask in SHORTS:
        move(draft, standing, short=None, reason=None)
    else:
        move(draft, standing)


def skip(draft: Draft, standing: Standing, _word: Word) -> None:
    """The line comes again later, as after the skip key."""
    assert standing.lease is not None
    ids = {"task_id": standing.lease.task_id, "line_id": standing.lease.line_id, "picker": standing.picker_id}
    draft.add(f.LineReleased, why="SKIPPED", **ids)


def acknowledge_message(draft: Draft, standing: Standing, _word: Word) -> None:
    """The office's message was heard; what was asked before is asked again."""
    assert standing.message is not None
    draft.add(f.MessageAcknowledged, picker=standing.picker_id, text=standing.message.text)
    if standing.dialogue.told:
        move(draft, standing)
