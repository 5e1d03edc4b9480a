"""How a picker's prompts are said: which words, how loud, how fast.

In: prompts and what the picker set. Out: sentences, and the manner they are said in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final, Literal

from controller.core.speech import Prompt, Talk
from controller.voice.language import Language
from controller.voice.mouth.mouth import Manner
from controller.voice.options import HeadsetOptions

log = logging.getLogger(__name__)

VOLUME_STEP: Final = 10
QUIETEST: Final = 10
"""A prompt that cannot be heard cannot be made louder by voice; only the settings may choose less."""
RATE_STEP: Final = 1.1
SLOWEST, FASTEST = 80, 400


def sentences(
    prompts: Iterable[Prompt], says: Language | None, hears: Language | None, style: Literal["full", "terse"]
) -> list[str]:
    """In the language `says` (None = nothing), naming phrases of `hears`. What cannot be put into words is logged and
    left out: a worker that died of it would die of it again and again.
    """
    if says is None:
        return []
    said = []
    for prompt in prompts:
        try:
            said.append(says.spoken(prompt, style, hears))
        except (LookupError, TypeError, ValueError):
            log.exception("no words for %r", prompt)
    return said


def manner(voice: str, own: HeadsetOptions, talk: Talk | None) -> Manner:
    """The picker's own, and the steps of the talk from there: volume by 10, rate by 10 %."""
    volume, rate = (0, 0) if talk is None else (talk.volume, talk.rate)
    return Manner(
        voice,
        max(SLOWEST, min(FASTEST, round(own.rate_wpm * RATE_STEP**rate))),
        max(min(QUIETEST, own.volume), min(100, own.volume + VOLUME_STEP * volume)),
    )
