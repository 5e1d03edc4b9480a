"""How one picker's headset is: its faults as they begin and end, and the figures behind its health.

In: what ear and mouth find out. Out: `Fault`, `Mended` and `Ready` messages, once each; a part of the health message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from controller.voice import wire
from controller.voice.ear.levels import Health
from controller.voice.options import HeadsetOptions
from controller.voice.worker.hearing import Hearing

PARTS: Final = frozenset({"mic", "asr", "tts"})


class Condition:
    """Of the headset of `picker`."""

    def __init__(self, picker: str, send: Callable[[wire.Message], None]) -> None:
        self.faults: dict[str, str] = {}
        """What is wrong now, by the fault's name."""
        self._picker, self._send = picker, send
        self._settled: set[str] = set()

    def set(self, fault: str, what: str | None) -> None:
        """A fault began, or ended (None); telling it again changes nothing."""
        if what is None:
            if self.faults.pop(fault, None) is not None:
                self._send(wire.Mended(self._picker, fault))
        elif fault not in self.faults:
            self.faults[fault] = what
            self._send(wire.Fault(self._picker, fault, what))

    def settle(self, *parts: str) -> None:
        """These of PARTS were looked at, with whatever result."""
        if self._settled >= PARTS:
            return
        self._settled.update(parts)
        if self._settled >= PARTS:
            self._send(wire.Ready(self._picker))


def health(options: HeadsetOptions, hearing: Hearing | None, voice_fault: str, now: float) -> dict[str, Any]:
    """State of mic, asr and tts, without the faults; levels in dBFS, `load` as share of one processor core. `now`: loop
    time.
    """
    ear = "none" if options.microphone == "none" else "starting" if hearing is None else "ok"
    mouth = "none" if options.loudspeaker == "none" else voice_fault or "ok"
    told: dict[str, Any] = {"mic": ear, "asr": ear, "tts": mouth}
    if hearing is None:
        return told
    mic = hearing.ear.health()
    if mic.state is not Health.OK:
        told["mic"] = f"{mic.state.value}: {mic.cure}"
    if hearing.lagging(now):
        told["asr"] = "LAGGING: recognition is slower than speech; use a smaller model or fewer headsets here"
    load = hearing.busy_s / hearing.heard_s if hearing.heard_s else 0.0
    figures = {"level": mic.level, "floor": mic.floor, "dropped_s": hearing.dropped_s, "load": load}
    return told | {name: round(value, 3) for name, value in figures.items()}
