"""One picker's mouth: says one thing after the other, and stops when it is told to.

In: sentences of a turn, earcons. Out: sound to the player; `speaking`, by which the ear is deaf.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from wave import Error as WaveError

from controller.errors import PickbeamError
from controller.voice.mouth import pcm
from controller.voice.mouth.earcons import Earcon, sound
from controller.voice.mouth.player import Player
from controller.voice.mouth.speech import Speech

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is said. `voice`: id of the synthesiser."""

    voice: str
    rate_wpm: int = 165
    volume: int = 80


@dataclass(frozen=True, slots=True)
class _Item:
    """`lasts`: a beep about something that has happened; it is heard whatever comes next."""

    what: str | Earcon
    turn: str
    manner: Manner
    interruptible: bool
    lasts: bool = False


class Mouth:
    """`changed()` is called whenever `speaking` changes, `looked()` once the speaker was looked at for the first time.
    `run` does the talking.
    """

    def __init__(
        self, speech: Speech, player: Player, changed: Callable[[], None], looked: Callable[[], None] = lambda: None
    ) -> None:
        self.speaking = False
        self._speech = speech
        self._player = player
        self._changed = changed
        self._looked = looked
        self._waiting: deque[_Item] = deque()
        self._wake = asyncio.Event()
        self._now: _Item | None = None
        self._playing: asyncio.Task[None] | None = None

    def say(self, turn: str, what: Sequence[str | Earcon], manner: Manner, *, interruptible: bool = True) -> None:
        """A new turn cuts off what an interruptible one still says; another one finishes its sentence, and a beep is
        always heard whole. What of the old turn had not begun is never said.
        """
        self._waiting = deque(x for x in self._waiting if x.turn == turn or x.lasts)
        self._waiting.extend(_Item(x, turn, manner, interruptible) for x in what if x)
        now = self._now
        if now is not None and now.turn != turn and now.interruptible and not isinstance(now.what, Earcon):
            self._cut()
        self._note()

    def cue(self, what: Sequence[str | Earcon], turn: str, manner: Manner) -> None:
        """Say this before all that waits, without cutting anything off."""
        self._waiting.extendleft(
            _Item(x, turn, manner, interruptible=True, lasts=isinstance(x, Earcon)) for x in reversed(what)
        )
        self._note()

    def hush(self) -> None:
        """Silence now, whatever was being said."""
        self._waiting.clear()
        self._cut()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._player.run(self._looked), name="speaker")
            while True:
                await self._wake.wait()
                await self._say_next(group)

    async def _say_next(self, group: asyncio.TaskGroup) -> None:
        if not self._waiting:
            self._wake.clear()
            self._now = None
            self._set(speaking=False)
            return
        self._now = self._waiting.popleft()
        self._playing = group.create_task(self._play(self._now), name="sentence")
        await asyncio.wait([self._playing])
        self._playing = None

    async def _play(self, item: _Item) -> None:
        manner = item.manner
        if isinstance(item.what, Earcon):
            await self._player.play(pcm.louder(sound(item.what), manner.volume))
            return
        try:
            made = await self._speech.sound(item.what, manner.voice, manner.rate_wpm, manner.volume)
        except (PickbeamError, OSError, EOFError, WaveError):
            log.exception("the sentence %r could not be made into sound; it is left out", item.what)
            return
        await self._player.play(made)

    def _note(self) -> None:
        if self._waiting:
            self._set(speaking=True)
            self._wake.set()

    def _cut(self) -> None:
        if self._playing is not None:
            self._playing.cancel()

    def _set(self, *, speaking: bool) -> None:
        if self.speaking != speaking:
            self.speaking = speaking
            self._changed()
