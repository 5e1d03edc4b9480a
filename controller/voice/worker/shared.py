"""What all pickers of a worker use together.

In: the parts. Out: `Shared`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from controller.voice import wire
from controller.voice.ear import Source, open_source
from controller.voice.mouth.sinks import Sink, open_sink
from controller.voice.mouth.speech import Speech
from controller.voice.worker.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Shared:
    """`pool`: where ears work. `send`: to the door. The openers make a microphone or speaker out of a device's name."""

    knowledge: Knowledge
    speech: Speech
    pool: Executor
    send: Callable[[wire.Message], None]
    open_source: Callable[[str], Source] = open_source
    open_sink: Callable[[str], Sink] = open_sink
