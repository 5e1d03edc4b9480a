"""The headsets as the station hears them and speaks through them.

In: what everybody's headset does now (`show`), moments (`cue`). Out: `PhraseHeard`, `PhraseRejected`, `VoiceLost` and
`VoiceFound` inputs. Hearing and speaking themselves happen in a worker process, one for all headsets, so that no
recogniser can delay a poll of the bus or a commit.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from controller.core.inputs import Input, PhraseHeard, PhraseRejected, VoiceFound, VoiceLost
from controller.core.speech import Prompt, Talk
from controller.voice import wire
from controller.voice.host import WorkerHost
from controller.voice.options import HeadsetOptions, VoiceOptions

log = logging.getLogger(__name__)

DOWN: Final = "VOICE_DOWN"
TOLD: Final = {
    DOWN: DOWN,
    "MODEL_MISSING": "MODEL_MISSING",
    "MIC_LOST": "MIC_LOST",
    "WRONG_RATE": "MIC_LOST",
    "MIC_SILENT": "MIC_SILENT",
    "SPEAKER_LOST": "SPEAKER_LOST",
    "NO_SYNTHESISER": "SPEAKER_LOST",
}
"""The worker's faults as the core calls them; of several at once, the first one is told."""
PART: Final = {
    "MODEL_MISSING": "asr",
    "MIC_LOST": "mic",
    "WRONG_RATE": "mic",
    "MIC_SILENT": "mic",
    "SPEAKER_LOST": "tts",
    "NO_SYNTHESISER": "tts",
}


@dataclass(frozen=True, slots=True)
class Reported:
    """An input from a headset. Nothing has to be done once it is durable: what was not booked is said again."""

    happened: Input
    done: Callable[[], None]
    cursor: tuple[str, int, int] | None = None


class VoiceDoor:
    """Headsets by picker. `emit` is called on the event loop; so are all methods."""

    def __init__(
        self, headsets: Mapping[str, HeadsetOptions], options: VoiceOptions, emit: Callable[[Reported], None]
    ) -> None:
        self._headsets = dict(headsets)
        self._options = options
        self._emit = emit
        self._talks: dict[str, Talk] = {}
        self._faults: dict[str, dict[str, str]] = {picker: {} for picker in headsets}
        self._lost: dict[str, bool] = {}
        """Whether VoiceLost or VoiceFound was told last; empty before the first of them."""
        self._health: dict[str, Mapping[str, Any]] = {}
        self._speaking: set[str] = set()
        self._boot = ""
        self._host = WorkerHost(self._first_messages, self._received, self._died)
        self.worker: Mapping[str, Any] = {}
        self.counts: Counter[str] = Counter()
        """heard, rejected, lost, found."""

    @property
    def pid(self) -> int | None:
        """Of the worker."""
        return self._host.pid

    @property
    def speaking(self) -> frozenset[str]:
        """Pickers whose mouth speaks at this moment."""
        return frozenset(self._speaking)

    async def run(self) -> None:
        """Keeps the worker running until cancelled; returns at once where nobody has a headset."""
        if self._headsets:
            await self._host.run()

    def show(self, talks: Mapping[str, Talk]) -> None:
        """Makes the headsets do exactly this; only what differs is sent. Pickers without a headset are left out."""
        wanted = {picker: talk for picker, talk in talks.items() if picker in self._headsets}
        for picker in self._talks.keys() | wanted.keys():
            talk = wanted.get(picker)
            if talk != self._talks.get(picker):
                self._host.send(wire.TalkNow(picker, talk))
        self._talks = wanted

    def cue(self, picker: str, earcon: str = "", say: Sequence[Prompt] = ()) -> None:
        """A moment: `earcon` is one of `mouth.earcons.Earcon`'s values, for instance `wrong`."""
        if picker in self._headsets:
            self._host.send(wire.Cue(picker, earcon, tuple(say)))

    def health(self) -> dict[str, dict[str, Any]]:
        """Per picker `mic`, `asr` and `tts`: `ok`, `none`, `starting`, or what is wrong with the cure; `level` and
        `floor` in dBFS and what else the worker tells.
        """
        return {picker: self._health_of(picker) for picker in self._headsets}

    def close(self) -> None:
        """Ends the worker; again is harmless."""
        self._host.close()

    # ---- the worker -------------------------------------------------------------------------------------------------

    def _first_messages(self) -> list[wire.Message]:
        self._boot = secrets.token_hex(4)
        level = logging.getLogger().getEffectiveLevel()
        talks = [wire.TalkNow(picker, talk) for picker, talk in self._talks.items()]
        return [wire.Configure(self._headsets, self._options, level), *talks]

    def _died(self, why: str) -> None:
        self._health.clear()
        self._speaking.clear()
        for picker in self._headsets:
            self._faults[picker] = {DOWN: f"the voice worker ended ({why}); it starts again by itself"}
            self._tell(picker)

    def _received(self, message: wire.Message) -> None:
        match message:
            case wire.Heard():
                self._heard(message)
            case wire.Rejected():
                self._rejected(message)
            case wire.Spoken():
                (self._speaking.add if message.speaking else self._speaking.discard)(message.picker)
            case wire.Ready(picker):
                self._faults[picker].pop(DOWN, None)
                self._tell(picker)
            case wire.Fault(picker, fault, what):
                self._faults[picker][fault] = what
                log.warning("picker %s: %s: %s", picker, fault, what)
                self._tell(picker)
            case wire.Mended(picker, fault):
                self._faults[picker].pop(fault, None)
                log.warning("picker %s: %s is over", picker, fault)
                self._tell(picker)
            case wire.Health():
                self._health, self.worker = dict(message.pickers), message.worker

    def _heard(self, said: wire.Heard) -> None:
        self.counts["heard"] += 1
        self._report(
            PhraseHeard(
                cause=self._cause(said.picker, said.count),
                picker=said.picker,
                turn=said.turn,
                word=said.word,
                digits=said.digits,
                number=said.number,
                text=said.text,
                confidence=said.confidence,
            )
        )

    def _rejected(self, said: wire.Rejected) -> None:
        self.counts["rejected"] += 1
        self._report(
            PhraseRejected(
                cause=self._cause(said.picker, said.count),
                picker=said.picker,
                turn=said.turn,
                why=said.why,
                text=said.text,
                confidence=said.confidence,
            )
        )

    def _tell(self, picker: str) -> None:
        """Report a change between usable and not, once."""
        faults = self._faults[picker]
        if self._lost.get(picker) == bool(faults):
            return
        self._lost[picker] = bool(faults)
        self.counts["lost" if faults else "found"] += 1
        if faults:
            fault = next(told for own, told in TOLD.items() if own in faults)
            self._report(VoiceLost(cause=f"voice:{picker}", picker=picker, fault=fault))
        else:
            self._report(VoiceFound(cause=f"voice:{picker}", picker=picker))

    def _report(self, happened: Input) -> None:
        self._emit(Reported(happened, _nothing))

    def _cause(self, picker: str, count: int) -> str:
        return f"voice:{picker}:{self._boot}:{count}"

    def _health_of(self, picker: str) -> dict[str, Any]:
        told: dict[str, Any] = {"mic": "starting", "asr": "starting", "tts": "starting", **self._health.get(picker, {})}
        for fault, what in self._faults[picker].items():
            for part in [PART[fault]] if fault in PART else ["mic", "asr", "tts"]:
                told[part] = f"{fault}: {what}"
        return told


def _nothing() -> None:
    pass
