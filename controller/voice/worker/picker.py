"""One picker's headset: ear and mouth together.

In: what the headset does now (`show`, `cue`). Out: messages for the door. The ear is deaf while the mouth speaks and
for the headset's tail after it; where barge-in is allowed it hears the few phrases that the prompt itself does not say.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from controller.core.speech import Prompt, Talk
from controller.voice import wire
from controller.voice.ear.levels import CURES, Health
from controller.voice.grammar import Grammar, Utterance
from controller.voice.language import Language, WrongLanguageError
from controller.voice.models_store import ModelError
from controller.voice.mouth.earcons import Earcon
from controller.voice.mouth.mouth import Manner, Mouth
from controller.voice.mouth.player import Player
from controller.voice.mouth.synth import NoSynthesiserError
from controller.voice.options import HeadsetOptions
from controller.voice.worker.barge_in import while_speaking
from controller.voice.worker.clips import Clips
from controller.voice.worker.condition import Condition, health
from controller.voice.worker.hearing import Hearing
from controller.voice.worker.microphone import Microphone
from controller.voice.worker.saying import manner, sentences
from controller.voice.worker.shared import Shared

log = logging.getLogger(__name__)

RETRY_S: Final = 30.0
"""Seconds after which a model, language or synthesiser that could not be loaded is tried again."""
TAKEN_WITHIN_S: Final = 3.0
"""A turn that begins so soon after an answer is its result: the picker hears that his words were taken."""
BEEP_EVERY_S: Final = 2.0
"""Each beep makes the ear deaf; a noisy hall must not silence it."""
HEAR_OUT_S: Final = 1.5
SPEECH: Final = frozenset({"UNKNOWN", "DECOY", "INCOMPLETE", "LENGTH", "LOW_CONFIDENCE", "SECOND_OPINION"})
"""Rejections that the picker hears; all others are noise rather than words."""


class PickerVoice:
    """`clips`: recordings, if they are switched on. `run` until cancelled."""

    def __init__(self, picker: str, options: HeadsetOptions, shared: Shared, clips: Clips | None = None) -> None:
        self._picker, self._options, self._shared, self._clips = picker, options, shared, clips
        self._talk: Talk | None = None
        self._earlier: Talk | None = None
        """The talk of the turn before: an answer may have been on its way when the turn changed."""
        self._says: Language | None = None
        self._hears: Language | None = None
        self._hearing: Hearing | None = None
        self._barge_in: Grammar | None = None
        self._made: tuple[object, Grammar] | None = None
        self._voice = ""
        self._voice_fault = ""
        self._condition = Condition(picker, shared.send)
        self._count = 0
        self._answered_at = self._beeped_at = float("-inf")
        player = Player(shared.open_sink(options.loudspeaker), self._speaker_changed)
        self._mouth = Mouth(shared.speech, player, self._mouth_changed, looked=lambda: self._condition.settle("tts"))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mouth.run(), name=f"mouth {self._picker}")
            group.create_task(self._watch(), name=f"health {self._picker}")
            await self._until_loaded("NO_SYNTHESISER", self._load_mouth)
            self._show_again()
            if self._options.microphone == "none":
                self._condition.settle("mic", "asr")
                return
            await self._until_loaded("MODEL_MISSING", self._load_ear)
            self._condition.settle("asr")
            assert self._hearing is not None
            group.create_task(self._hearing.run(), name=f"ear {self._picker}")
            self._listen()
            mic = Microphone(self._options.microphone, self._audio, self._mic_changed, self._shared.open_source)
            group.create_task(mic.run(), name=f"microphone {self._picker}")

    # ---- what it is to do -------------------------------------------------------------------------------------------

    def show(self, talk: Talk | None) -> None:
        """From now on; None = silent and deaf."""
        before, self._talk = self._talk, talk
        if before is not None and (talk is None or talk.turn != before.turn):
            self._earlier = before
        if talk is None:
            self._mouth.hush()
        elif before is None or before.turn != talk.turn:
            self._say(talk)
        self._listen()

    def cue(self, earcon: str, prompts: tuple[Prompt, ...]) -> None:
        what: list[str | Earcon] = [Earcon(earcon)] if earcon in set(Earcon) else []
        what += self._sentences(prompts)
        self._mouth.cue(what, "" if self._talk is None else self._talk.turn, self._manner())

    def _show_again(self) -> None:
        if self._talk is not None:
            self._say(self._talk)

    def _say(self, talk: Talk) -> None:
        if self._says is None:
            return
        taken = asyncio.get_running_loop().time() - self._answered_at < TAKEN_WITHIN_S
        self._answered_at = float("-inf")
        end = Earcon.ASLEEP if talk.asleep else Earcon.LISTENING
        ends = [end] if talk.answers and self._options.microphone != "none" else []
        what = [*([Earcon.TAKEN] if taken else []), *self._sentences(talk.say), *ends]
        self._mouth.say(talk.turn, what, self._manner(), interruptible=talk.interruptible)

    def _sentences(self, prompts: Sequence[Prompt]) -> list[str]:
        return sentences(prompts, self._says, self._hears, self._options.style)

    def _manner(self) -> Manner:
        return manner(self._voice, self._options, self._talk)

    # ---- listening --------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Give the ear what may be answered in this turn, and make it deaf or not."""
        talk, grammar = self._talk, self._grammar()
        if talk is None or grammar is None:
            self._deafen()
            return
        asleep = talk.asleep
        if not self._mouth.speaking:
            self._barge_in = None
            self._answer(grammar, asleep=asleep)
            return
        self._barge_in = None
        if self._options.barge_in and talk.interruptible and not asleep:
            self._barge_in = while_speaking(grammar, self._sentences(talk.say))
        if self._barge_in is None:
            self._deafen()
        else:
            self._answer(self._barge_in)

    def _mouth_changed(self) -> None:
        self._shared.send(
            wire.Spoken(self._picker, "" if self._talk is None else self._talk.turn, self._mouth.speaking)
        )
        talk, grammar = self._talk, self._grammar()
        if self._mouth.speaking or talk is None or grammar is None:
            self._listen()
        elif self._barge_in is None:
            self._answer(grammar, asleep=talk.asleep, tail=self._options.tail_ms / 1000)
        else:
            self._listen_after_barge_in()

    def _listen_after_barge_in(self, until: float = 0.0) -> None:
        """Who began to speak before the prompt's end is heard out with the few phrases that were allowed then."""
        loop, hearing = asyncio.get_running_loop(), self._hearing
        if self._mouth.speaking or self._barge_in is None:
            return
        until = until or loop.time() + HEAR_OUT_S
        if hearing is not None and hearing.ear.speaking and loop.time() < until:
            loop.call_later(0.1, self._listen_after_barge_in, until)
        else:
            self._listen()

    def _audio(self, block: bytes) -> None:
        if self._hearing is None or "WRONG_RATE" in self._condition.faults:
            return
        self._hearing.audio(block)
        if self._clips is not None:
            self._clips.add(block)

    def _grammar(self) -> Grammar | None:
        """Of the talk now; made once for it, since numbers up to 999 are 3784 phrases and take 0.2 s."""
        talk = self._talk
        if talk is None or self._hears is None:
            return None
        key = (talk.turn, talk.answers, talk.asleep, id(self._hears))
        if self._made is None or self._made[0] != key:
            self._made = (key, self._hears.grammar(talk))
        return self._made[1]

    def _deafen(self) -> None:
        if self._hearing is not None:
            self._hearing.deaf()

    def _answer(self, grammar: Grammar, *, asleep: bool = False, tail: float = 0.0) -> None:
        if self._hearing is not None:
            self._hearing.do(lambda ear: (ear.asleep if asleep else ear.listen)(grammar))
            self._hearing.hear(tail)

    # ---- hearing ----------------------------------------------------------------------------------------------------

    def _said(self, utterance: Utterance) -> None:
        self._count += 1
        if self._clips is not None:
            audio, loop = self._clips.cut(utterance), asyncio.get_running_loop()
            loop.run_in_executor(self._shared.pool, self._clips.save, utterance, audio, time.time())
        if utterance.accepted:
            self._accepted(utterance)
        elif self._talk is not None and not self._talk.asleep:
            self._rejected(utterance, utterance.why)

    def _accepted(self, said: Utterance) -> None:
        talk = next((t for t in (self._talk, self._earlier) if t is not None and t.turn == said.turn), None)
        meaning = None if talk is None or self._hears is None else self._hears.meaning(said.text, talk.answers)
        if meaning is None:
            self._rejected(said, "UNKNOWN")
            return
        if self._mouth.speaking:
            self._mouth.hush()
        self._answered_at = asyncio.get_running_loop().time()
        self._shared.send(
            wire.Heard(
                picker=self._picker,
                count=self._count,
                turn=said.turn,
                word=meaning.word,
                digits=meaning.digits,
                number=meaning.number,
                text=said.text,
                confidence=said.confidence,
                age=max(0.0, said.decided_at - said.spoke_until),
            )
        )

    def _rejected(self, said: Utterance, why: str) -> None:
        self._shared.send(wire.Rejected(self._picker, self._count, said.turn, why, said.text, said.confidence))
        now = asyncio.get_running_loop().time()
        if why in SPEECH and not self._mouth.speaking and now - self._beeped_at > BEEP_EVERY_S:
            self._beeped_at = now
            self._mouth.cue([Earcon.REJECTED], said.turn, self._manner())

    # ---- loading and health -----------------------------------------------------------------------------------------

    async def _until_loaded(self, fault: str, load: Callable[[], Any]) -> None:
        while True:
            try:
                await load()
            except (ModelError, WrongLanguageError, NoSynthesiserError) as wrong:
                self._condition.set(fault, str(wrong))
                self._condition.settle("asr" if fault == "MODEL_MISSING" else "tts")
                await asyncio.sleep(RETRY_S)
                continue
            self._condition.set(fault, None)
            return

    async def _load_mouth(self) -> None:
        options, shared = self._options, self._shared
        says = await shared.knowledge.language(options.language)
        hears = await shared.knowledge.language(options.answers)
        if options.loudspeaker != "none":
            chosen = await shared.speech.choose(says.espeak, options.voice)
            self._voice, self._voice_fault = chosen.id, chosen.fault
            if chosen.fault:
                log.warning("picker %s: %s", self._picker, chosen.fault)
        self._says, self._hears = says, hears

    async def _load_ear(self) -> None:
        ear, self._hears = await self._shared.knowledge.ear(self._options.answers)
        self._hearing = Hearing(ear, self._shared.pool, self._said)

    def _speaker_changed(self, why: str | None) -> None:
        self._condition.set("SPEAKER_LOST", why)
        if why is None:
            self._mouth.hush()
            self._show_again()  # what was said while nobody heard it

    def _mic_changed(self, fault: str, why: str | None) -> None:
        if self._hearing is not None and why is not None:
            self._hearing.forget()
            if fault == "MIC_LOST":
                self._hearing.do(lambda ear: ear.lost())
        self._condition.set(fault, why)
        self._condition.settle("mic")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self._hearing is not None and "MIC_LOST" not in self._condition.faults:
                silent = self._hearing.ear.health().state is Health.MIC_SILENT
                self._condition.set("MIC_SILENT", CURES[Health.MIC_SILENT] if silent else None)

    def health(self) -> dict[str, Any]:
        """As `VoiceDoor.health`; the door adds the faults."""
        return health(self._options, self._hearing, self._voice_fault, asyncio.get_running_loop().time())
