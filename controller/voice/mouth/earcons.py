"""Short sounds that need no language.

In: the name of a moment. Out: its sound. A picker must always be able to hear whether the microphone listens: LISTENING
ends every prompt that may be answered, TAKEN says that words were taken (it comes with the next turn, thus after the
commit), REJECTED that they were not, ASLEEP that only the wake phrase is listened for.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from controller.voice.mouth.pcm import silence, tone


class Earcon(str, Enum):
    LISTENING = "listening"
    TAKEN = "taken"
    REJECTED = "rejected"
    WRONG = "wrong"
    ASLEEP = "asleep"


@cache
def sound(earcon: Earcon) -> bytes:
    """At full volume; 45–270 ms. Rising is good, falling is bad, two low ones are an alarm."""
    match earcon:
        case Earcon.LISTENING:
            return tone(1320, 0.045, 0.18)
        case Earcon.TAKEN:
            return tone(880, 0.05, 0.3) + tone(1320, 0.06, 0.3)
        case Earcon.REJECTED:
            return tone(440, 0.07, 0.4) + tone(330, 0.1, 0.4)
        case Earcon.WRONG:
            return (tone(220, 0.11, 0.5) + silence(0.05)) + tone(220, 0.11, 0.5)
        case Earcon.ASLEEP:
            return tone(660, 0.08, 0.25) + tone(440, 0.08, 0.25) + tone(330, 0.1, 0.25)
