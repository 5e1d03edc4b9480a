"""One picker's ear: follows the audio, decides when something was said, and whether it counts.

In: a grammar per turn and blocks of PCM. Out: utterances, accepted or rejected; how the microphone does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from controller.core.speech import Risk
from controller.voice.ear import pcm as pcm_
from controller.voice.ear.acceptance import THRESHOLDS, WAKE, Verdict, doubtful, faint, judge, reconsidered
from controller.voice.ear.endpoint import QUIET, Ending, Endpoint
from controller.voice.ear.engine import RATE, Engine
from controller.voice.ear.levels import Health, Meter, MicHealth, Pace
from controller.voice.ear.phrases import Phrases, Standing
from controller.voice.ear.second_look import AROUND_S, Audio, SecondLook
from controller.voice.ear.wearer import Wearer
from controller.voice.grammar import UNKNOWN, Grammar, HeardWord, Utterance

STEP = round(RATE * 0.05) * 2
"""Bytes that are looked at together: 50 ms."""
LEAD_S = 0.5
"""Audio from before a word that the recogniser gets with it: it needs the hall's noise to tell the beginning."""
DOZE_S = 1.0
"""After so long without word or sound the recogniser gets no more audio until something stirs: it costs the most."""
IDLE_S = 8.0
"""Without any word for so long the recogniser starts afresh, so that its search does not grow all day."""
AHEAD_S = 0.15
"""After so much quiet a phrase that has probably ended is read again, while it is waited whether more comes."""
PAUSE_S, SPOKEN_S = 0.4, 2.5
"""A phrase that is read ahead began after so much quiet, and not longer ago than that. Its words have no times yet."""
KEPT_S = 12.0
"""Audio of one utterance that is kept for a second opinion; longer ones are not answers."""
TAIL_QUIET_S, TAIL_S = 0.1, 0.5
"""After a decision the ear waits for this much quiet, but not longer than TAIL_S: what is left of a word is none."""
NOTHING = Grammar("", ())


class Ear:
    """`models`: the recogniser. `rate`: of the audio that `feed` gets. `wide`: phrases (all of a language's words) for
    the second opinion; `second`: another model for it. `thresholds`: least confidence by risk.

    Time is audio time: seconds of audio fed since the ear was made, also while deaf.
    """

    def __init__(
        self,
        models: Engine,
        rate: int = RATE,
        *,
        wide: Sequence[str] = (),
        second: Engine | None = None,
        thresholds: Mapping[Risk, float] = THRESHOLDS,
    ) -> None:
        self._look = SecondLook(models, second or models, wide)
        self._resample = pcm_.Resampler(rate, RATE) if rate != RATE else None
        self._awake = dict(thresholds)
        self._thresholds: Mapping[Risk, float] = self._awake
        self._recogniser = models.recogniser()
        self._meter = Meter()
        self._pace = Pace(rate)
        self._wearer = Wearer()
        self._now = 0.0
        self._rest = b""
        self._deaf, self._hear_at, self._tail_until = False, 0.0, 0.0
        self._lost = False
        self._phrases = Phrases(NOTHING)
        self._restart(b"")

    def listen(self, grammar: Grammar) -> None:
        """From now on hear this grammar; an utterance under way is dropped. The same grammar again changes nothing."""
        self._switch(grammar, self._awake)

    def asleep(self, grammar: Grammar) -> None:
        """Hear only the wake phrase (the grammar's choices), whole and with confidence over 0.95."""
        self._switch(replace(grammar, reject=True), dict.fromkeys(Risk, WAKE))

    def deaf(self) -> None:
        """The mouth begins to speak: audio is metered, not heard. Calling it twice is calling it once."""
        if not self._deaf:
            self._deaf = True
            self._restart(b"")

    def hear(self, tail: float = 0.0) -> None:
        """The mouth has spoken; after `tail` seconds of audio (its echo) the ear hears again."""
        if self._deaf:
            self._deaf = False
            self._hear_at = self._now + tail
            self._restart(b"")

    def lost(self) -> None:
        """No audio comes any more: health is MIC_LOST until the next `feed`; an utterance under way is dropped."""
        self._lost = True
        self._rest = b""
        self._restart(b"")

    def feed(self, pcm: bytes, now: float | None = None) -> list[Utterance]:
        """The next audio, any even number of bytes; mostly no utterance, sometimes one. `now`: seconds of a wall
        clock, if the pace of the audio shall be checked against its rate.
        """
        self._lost = False
        if now is not None:
            self._pace.add(len(pcm) // 2, now)
        self._rest += self._resample.feed(pcm) if self._resample else pcm
        heard = []
        while len(self._rest) >= STEP:
            block, self._rest = self._rest[:STEP], self._rest[STEP:]
            utterance = self._step(block)
            if utterance is not None:
                heard.append(utterance)
        return heard

    @property
    def time(self) -> float:
        """Seconds of audio so far."""
        return self._now

    @property
    def partial(self) -> str:
        """The words of the utterance under way, for meters and logs."""
        return self._partial

    @property
    def speaking(self) -> bool:
        """Whether somebody seems to be saying something now."""
        return bool(self._partial) or self._meter.quiet_for() < 0.3

    def health(self) -> MicHealth:
        health = self._meter.health()
        if self._lost:
            return replace(health, state=Health.MIC_LOST)
        if health.state is not Health.MIC_SILENT and self._pace.wrong:
            return replace(health, state=Health.WRONG_RATE)
        return health

    # --- one step ----------------------------------------------------------------------------------------------------

    def _switch(self, grammar: Grammar, thresholds: Mapping[Risk, float]) -> None:
        if grammar != self._phrases.grammar or thresholds != self._thresholds:
            self._phrases, self._thresholds = Phrases(grammar), thresholds
            self._restart(b"")

    def _restart(self, audio: bytes) -> None:
        """A new utterance, beginning with audio that was already heard."""
        self._partial = ""
        self._look.restart()
        self._endpoint = Endpoint(self._phrases)
        self._dozing = False
        self._again(audio)

    def _again(self, audio: bytes) -> None:
        self._audio = bytearray(audio)
        self._recogniser.restart(self._phrases.told or (UNKNOWN,))
        if audio:
            self._recogniser.feed(audio)

    def _kept(self) -> Audio:
        """What the recogniser was given of this utterance: it ends now, and nothing between was left out."""
        return Audio(bytes(self._audio), self._now - len(self._audio) / (2 * RATE))

    def _step(self, block: bytes) -> Utterance | None:
        self._now += len(block) / (2 * RATE)
        self._meter.feed(pcm_.from_bytes(block))
        if self._deaf or not self._phrases.ours or self._in_tail():
            return None
        self._audio += block
        if self._dozes(block):
            return None
        self._partial = self._recogniser.partial()
        ending = self._endpoint.update(self._now, self._partial, self._meter.quiet_for())
        if ending is not Ending.GO_ON:
            return self._decide(ending)
        self._look_ahead()
        if len(self._audio) > (KEPT_S if self._partial else IDLE_S) * 2 * RATE:
            self._restart(bytes(self._audio[-round(LEAD_S * RATE) * 2 :]))
        return None

    def _dozes(self, block: bytes) -> bool:
        """Give the recogniser the block, unless nothing stirs; then only as much is kept as a word needs before it."""
        if not self._partial and self._meter.still_for() > DOZE_S:
            self._dozing = True
            del self._audio[: -round(LEAD_S * RATE) * 2]
        elif self._dozing:
            self._restart(bytes(self._audio))
        else:
            self._recogniser.feed(block)
        return self._dozing

    def _in_tail(self) -> bool:
        """Whether this is still the echo of the mouth or the rest of what was decided."""
        if self._now <= self._hear_at:
            return True
        if self._now < self._tail_until and self._meter.quiet_for() < TAIL_QUIET_S:
            return True
        self._tail_until = 0.0
        return False

    def _decide(self, ending: Ending) -> Utterance | None:
        audio = self._kept()
        words = audio.timed(self._recogniser.final())
        verdict = judge(words, self._phrases, self._level, self._meter.floor.value, self._thresholds)
        if ending is Ending.TOO_LONG:
            verdict = replace(verdict, why="TOO_LONG")
        elif self._may_go_on(ending, verdict):
            self._endpoint.doubt()
            self._again(audio.pcm)
            return None
        elif words:
            verdict = self._look_again(audio, verdict)
        if not verdict.why and verdict.words:
            self._wearer.taken(self._loudest(verdict))
        self._restart(b"")
        if not words:
            return None
        self._tail_until = self._now + TAIL_S
        return Utterance(
            turn=self._phrases.grammar.turn,
            text=verdict.text,
            words=verdict.words,
            confidence=verdict.confidence,
            accepted=not verdict.why,
            why=verdict.why,
            early=ending is Ending.EARLY,
            spoke_until=verdict.words[-1].end if verdict.words else words[-1].end,
            decided_at=self._now,
        )

    def _may_go_on(self, ending: Ending, verdict: Verdict) -> bool:
        """A hasty end: an early one that is unsure or is not what was expected, or words that the recogniser had held
        back make it a beginning.
        """
        if ending is Ending.EARLY:
            return bool(verdict.why) or verdict.text != self._partial
        standing = self._phrases.standing(verdict.text)
        return standing is Standing.PART and self._meter.quiet_for() < QUIET[Standing.PART]

    def _level(self, word: HeardWord) -> float:
        return self._meter.span(word.start, word.end)

    def _loudest(self, verdict: Verdict) -> float:
        return max(map(self._level, verdict.words))

    # --- second looks ------------------------------------------------------------------------------------------------

    def _look_ahead(self) -> None:
        """While the ear waits whether more comes there is time to read again what it has."""
        if (
            self._endpoint.whole
            and self._meter.quiet_for() >= AHEAD_S
            and self._look.wants(self._partial, self._phrases)
        ):
            since = max(self._meter.sound_since(PAUSE_S), self._now - SPOKEN_S) - AROUND_S
            audio = self._kept().between(since, self._now)
            self._look.ahead(audio, self._partial, self._phrases, self._meter.loud_at)

    def _look_again(self, audio: Audio, verdict: Verdict) -> Verdict:
        awake = self._thresholds is self._awake
        if awake and reconsidered(verdict, self._phrases):
            verdict = self._look.nearest(audio, verdict, self._phrases, self._thresholds)
        risk = verdict.risk
        if verdict.why or risk is None or not verdict.words:
            return verdict
        loudest, hall = self._loudest(verdict), self._meter.floor.value
        far = risk is not Risk.SAFE and self._wearer.far(loudest, self._now)
        if far or faint(verdict.words, self._level, hall):
            return replace(verdict, why="TOO_QUIET")
        stranger = self._look.stranger(audio, verdict, self._phrases, self._meter.loud_at, loudest - hall)
        if stranger:
            return replace(verdict, why=stranger)
        if not awake or doubtful(verdict, self._phrases):
            meant = self._phrases.means(verdict.text)
            opinions = self._look.opinions(audio, verdict, self._phrases, self._meter.loud_at)
            if not any(self._phrases.means(self._heard_in(words)) == meant for words in opinions):
                return replace(verdict, why="SECOND_OPINION")
        return verdict

    def _heard_in(self, words: Sequence[HeardWord]) -> str:
        """Without asking how surely."""
        lax = dict.fromkeys(Risk, 0.0)
        return judge(words, self._phrases, self._level, self._meter.floor.value, lax).text
