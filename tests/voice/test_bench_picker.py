"""The bench's picker does what a person does: he answers what he is asked, and does not give up too soon, nor never.

In: prompts as his ear understood them. Out: what he says.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from controller.core.guide.talk.prompts import PROMPTS
from controller.core.speech import Word
from controller.voice_bench import committed, hearing
from controller.voice_bench.picker import ANSWERS, MOST, PUZZLED, SAME, Picker, Said, phrases
from controller.voice_bench.speakers import Speaker
from firmware_sim.wearer.person import Heard, Situation
from firmware_sim.wearer.understanding import Sentence

CONFIRM, READY = Word.CONFIRM.value, Word.READY.value
TASK = ["task", "taken aisle", "taken check_digits", "taken pick", "taken task_picked", "taken no_work"]


class Body:
    """Hears a list of prompts: beeps and keys of sentences, `?` for one that is not understood, empty for silence."""

    def __init__(self, prompts: Sequence[str]) -> None:
        self._prompts = list(prompts)
        self.said: list[str] = []
        self.over = 0.0

    @property
    def done(self) -> bool:
        return not self._prompts

    def listen(self, seconds: float, now: Situation) -> Heard | None:
        del seconds, now
        words = self._prompts.pop(0).split() if self._prompts else []
        beeps = tuple(x for x in words if x in {"taken", "rejected"})
        keys = [x for x in words if x not in beeps and x != "?"]
        sentences = tuple(Sentence(x, x) for x in keys)
        return Heard(self.over + 0.25, beeps, sentences, sound="?" in words or bool(keys)) if words else None

    def speak(self, text: str, meant: str) -> int:
        del meant
        self.said.append(text)
        self.over += 10.0
        return len(self.said)

    def pause(self, seconds: float) -> None: ...


def work(prompts: Sequence[str]) -> tuple[list[str], list[Said]]:
    body = Body(prompts)
    words = {word: (word.value,) for word in Word} | {Word.NO: ("no", "negative", "cancel")}
    said = Picker(body, words, ("four seven", "47")).work(Situation(), lambda: body.done)
    return body.said, said


def test_a_task_without_trouble() -> None:
    texts, said = work(TASK)
    assert texts == [READY, READY, "four seven", CONFIRM, READY]
    assert [one.after_s for one in said] == [0.25] * 5


@pytest.mark.parametrize(
    ("prompts", "expected"),
    [
        (["pick", "rejected", "taken task_picked"], [CONFIRM, CONFIRM]),
        (["pick", "", "taken task_picked"], [CONFIRM, CONFIRM]),  # nobody heard him
        (["pick", "hint", "taken task_picked"], [CONFIRM, CONFIRM]),
        (["pick", "locked", "taken pick", ""], [CONFIRM, "say_again", CONFIRM]),
        (["pick", "?", "taken pick", ""], [CONFIRM, "say_again", CONFIRM]),
        (["pick", "taken short_quantity", "taken pick", ""], [CONFIRM, "cancel", CONFIRM]),
        (["pick", "taken undo_sure", "taken pick", ""], [CONFIRM, "no", CONFIRM]),
        (["pick", "taken paused", "taken pick", ""], [CONFIRM, "resume", CONFIRM]),
        (["check_digits", "taken wrong_digits location check_digits", ""], ["four seven", "four seven"]),
        (["no_work", "", "task", ""], [READY]),  # what is not asked of him he does not answer
        (["no_work hint", "task", ""], [READY]),
    ],
)
def test_follows_the_mouth_wherever_it_leads(prompts: list[str], expected: list[str]) -> None:
    assert work(prompts)[0] == expected


def test_only_what_was_taken_has_a_time() -> None:
    _, said = work(["pick", "rejected", "taken task_picked", ""])
    assert [(one.taken, one.after_s) for one in said] == [(False, None), (True, 0.25), (False, None)]
    _, said = work(["pick", "rejected taken task_picked", ""])
    assert [(one.taken, one.after_s) for one in said] == [(True, None), (False, None)]  # regret came first


def test_who_is_not_understood_tries_other_words() -> None:
    said, _ = work(["undo_sure", *["rejected"] * 6, ""])
    assert said == ["no", "no", "negative", "negative", "cancel", "cancel", "no"]
    said, _ = work(["undo_sure", *["rejected"] * 2, "taken undo_sure", "taken task", ""])
    assert said == ["no", "no", "negative", "no", READY]


def test_gives_up_in_the_end() -> None:
    said, _ = work(["pick", *["rejected"] * (2 * MOST)])
    assert len(said) == MOST
    said, _ = work(["pick", *["?"] * MOST])
    assert said == [CONFIRM, *["say_again"] * (PUZZLED - 1)]


def test_knows_questions_that_exist_and_words_for_them() -> None:
    assert {*ANSWERS, *SAME} <= set(PROMPTS)
    assert all(phrases(hearing.language()).values())


def test_counts_what_was_said_again_and_what_had_to_be_put_right() -> None:
    found = committed.Found()
    ready, lost = Said(READY, 1.0, taken=True, after_s=0.2), Said(READY, 2.0)
    other = Said("cancel", 3.0, taken=True, after_s=0.3)
    digits, confirm = Said("digits", 4.0, taken=True, after_s=0.4), Said(CONFIRM, 5.0, taken=True, after_s=0.2)
    said = [ready, lost, other, digits, confirm]
    found.hear(said)
    found.finish(said, 5.15, needed=3)
    assert (found.finished, found.said, found.again, found.besides) == (1, 5, 1, 1)
    assert found.spoken == {"short commands": [0.2, 0.3, 0.2], "digit strings": [0.4]}
    assert found.done == pytest.approx([0.15])
    found.finish([Said(CONFIRM, 1.0), ready], 1.5, needed=1)
    assert len(found.done) == 1  # something else completed the line


def test_a_picker_who_gives_up_is_a_result() -> None:
    found = committed.Found(stuck=["task 1 given up after 30 phrases, at last: confirm"])
    (entry,) = committed._entries(found, Speaker("ked"))
    assert (entry.value, entry.met) == (0.0, False)
    assert "given up after 30" in entry.note
