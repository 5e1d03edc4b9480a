"""One picker's ear. (Skeleton: the interface is fixed.)

In: a grammar per turn, PCM. Out: utterances.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.voice.ear.engine import RATE, Engine
from controller.voice.ear.levels import MicHealth
from controller.voice.grammar import Grammar, Utterance


class Ear:
    """`models`: the recogniser. `wide`: phrases (all of a language's words) for the second opinion; `second`: another
    model for it. Time is audio time: seconds of audio fed since the ear was made, also while deaf.
    """

    def __init__(
        self, models: Engine, rate: int = RATE, *, wide: Sequence[str] = (), second: Engine | None = None
    ) -> None: ...

    def listen(self, grammar: Grammar) -> None:
        """From now on hear this grammar; an utterance under way is dropped. The same grammar again changes nothing."""

    def asleep(self, grammar: Grammar) -> None:
        """Hear only the wake phrase (the grammar's choices), whole and with confidence over 0.95."""

    def deaf(self) -> None:
        """The mouth begins to speak: audio is metered, not heard. Calling it twice is calling it once."""

    def hear(self, tail: float = 0.0) -> None:
        """The mouth has spoken; after `tail` seconds of audio (its echo) the ear hears again."""

    def feed(self, pcm: bytes) -> list[Utterance]:
        """The next audio, any even number of bytes; mostly no utterance, sometimes one."""
        raise NotImplementedError

    def lost(self) -> None:
        """No audio comes any more: health is MIC_LOST until the next `feed`."""

    @property
    def partial(self) -> str:
        """The words of the utterance under way, for meters and logs."""
        return ""

    @property
    def speaking(self) -> bool:
        """Whether somebody seems to be saying something now."""
        return False

    def health(self) -> MicHealth:
        return MicHealth()
