"""The door without a worker: what becomes an input, what is sent, what is told once."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from controller.core.inputs import PhraseHeard, PhraseRejected, VoiceFound, VoiceLost
from controller.core.speech import Prompt, SayDigits, SayWord, Spelled, Talk, Word
from controller.voice import wire
from controller.voice.door import Reported, VoiceDoor
from controller.voice.options import HeadsetOptions, VoiceOptions

TALK = Talk("t1", (Prompt("location", (("location", Spelled("A.03")),)),), (SayDigits(2), SayWord(Word.HELP)))


class FakeHost:
    def __init__(self) -> None:
        self.sent: list[wire.Message] = []

    def send(self, message: wire.Message) -> None:
        self.sent.append(message)

    def take(self) -> list[wire.Message]:
        sent, self.sent = self.sent, []
        return sent


class Rig:
    def __init__(self) -> None:
        self.reported: list[Any] = []
        self.door = VoiceDoor({"P1": HeadsetOptions(), "P2": HeadsetOptions()}, VoiceOptions(), self._emit)
        self.host = FakeHost()
        self.door._host = self.host  # type: ignore[assignment]
        self.door._first_messages()

    def _emit(self, reported: Reported) -> None:
        reported.done()
        assert reported.cursor is None
        self.reported.append(reported.happened)

    def take(self) -> list[Any]:
        reported, self.reported = self.reported, []
        return reported

    def tell(self, *messages: wire.Message) -> list[Any]:
        for message in messages:
            self.door._received(message)
        return self.take()


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_only_what_changed_is_sent(rig: Rig) -> None:
    rig.door.show({"P1": TALK, "P2": TALK, "nobody": TALK})
    assert sorted(m.picker for m in rig.host.take() if isinstance(m, wire.TalkNow)) == ["P1", "P2"]
    rig.door.show({"P1": TALK, "P2": TALK})
    assert rig.host.take() == []
    louder = Talk("t1", TALK.say, TALK.answers, volume=1)
    rig.door.show({"P1": louder})
    assert sorted(rig.host.take(), key=repr) == [wire.TalkNow("P1", louder), wire.TalkNow("P2", None)]


def test_a_new_worker_is_told_everything_that_counts_now(rig: Rig) -> None:
    rig.door.show({"P1": TALK})
    configure, talk = rig.door._first_messages()
    assert isinstance(configure, wire.Configure)
    assert configure.headsets.keys() == {"P1", "P2"}
    assert talk == wire.TalkNow("P1", TALK)


def test_phrases_become_inputs_with_a_cause_of_their_own(rig: Rig) -> None:
    heard = wire.Heard("P1", 7, "t1", None, "42", None, "four two", 0.93, 0.3)
    [first] = rig.tell(heard)
    [second] = rig.tell(wire.Rejected("P1", 8, "t1", "UNKNOWN", "hm", 0.2))
    assert first == PhraseHeard(
        cause=first.cause, picker="P1", turn="t1", digits="42", text="four two", confidence=0.93
    )
    assert first.cause.startswith("voice:P1:")
    assert first.cause.endswith(":7")
    assert second == PhraseRejected(
        cause=second.cause, picker="P1", turn="t1", why="UNKNOWN", text="hm", confidence=0.2
    )
    rig.door._first_messages()
    [again] = rig.tell(heard)
    assert again.cause != first.cause, "the counts of another worker begin again"


def test_the_first_look_is_told_and_then_only_changes(rig: Rig) -> None:
    assert rig.tell(wire.Ready("P1")) == [VoiceFound(cause="voice:P1", picker="P1")]
    assert rig.tell(wire.Fault("P2", "MIC_LOST", "unplugged"), wire.Ready("P2")) == [
        VoiceLost(cause="voice:P2", picker="P2", fault="MIC_LOST")
    ]
    assert rig.tell(wire.Fault("P2", "SPEAKER_LOST", "unplugged")) == []
    assert rig.tell(wire.Mended("P2", "MIC_LOST")) == []
    assert rig.tell(wire.Mended("P2", "SPEAKER_LOST")) == [VoiceFound(cause="voice:P2", picker="P2")]


@pytest.mark.parametrize(("own", "told"), [("WRONG_RATE", "MIC_LOST"), ("NO_SYNTHESISER", "SPEAKER_LOST")])
def test_faults_of_the_worker_have_the_names_of_the_core(rig: Rig, own: str, told: str) -> None:
    assert rig.tell(wire.Fault("P1", own, "x")) == [VoiceLost(cause="voice:P1", picker="P1", fault=told)]


def test_a_dead_worker_is_lost_for_all_and_found_when_the_next_has_looked(rig: Rig) -> None:
    rig.tell(wire.Ready("P1"), wire.Fault("P2", "MIC_LOST", "unplugged"), wire.Ready("P2"))
    rig.door._died("killed")
    assert rig.take() == [VoiceLost(cause="voice:P1", picker="P1", fault="VOICE_DOWN")]
    assert rig.door.health()["P1"]["asr"] == "VOICE_DOWN: the voice worker ended (killed); it starts again by itself"
    rig.door._died("killed again")
    assert rig.take() == []
    assert rig.tell(wire.Ready("P1")) == [VoiceFound(cause="voice:P1", picker="P1")]
    assert rig.tell(wire.Ready("P2")) == [VoiceFound(cause="voice:P2", picker="P2")]


def test_a_fault_is_logged_once_with_its_cure(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.tell(
        wire.Fault("P1", "SPEAKER_LOST", "aplay is missing; install alsa-utils"), wire.Mended("P1", "SPEAKER_LOST")
    )
    assert [r.message for r in caplog.records] == [
        "picker P1: SPEAKER_LOST: aplay is missing; install alsa-utils",
        "picker P1: SPEAKER_LOST is over",
    ]


def test_health_is_what_the_worker_tells_and_the_faults_over_it(rig: Rig) -> None:
    assert rig.door.health()["P1"] == {"mic": "starting", "asr": "starting", "tts": "starting"}
    rig.tell(wire.Health({"P1": {"mic": "ok", "asr": "ok", "tts": "ok", "level": -60.0}}, {"rss_mb": 90}))
    rig.tell(wire.Fault("P1", "SPEAKER_LOST", "aplay is missing; install alsa-utils"))
    assert rig.door.health()["P1"] == {
        "mic": "ok",
        "asr": "ok",
        "tts": "SPEAKER_LOST: aplay is missing; install alsa-utils",
        "level": -60.0,
    }
    assert rig.door.worker == {"rss_mb": 90}


def test_messages_cross_the_wire_whole_however_they_are_cut() -> None:
    ours, theirs = socket.socketpair()
    near, far = wire.Wire(ours), wire.Wire(theirs)
    messages: list[wire.Message] = [
        wire.Configure({"P1": HeadsetOptions()}, VoiceOptions(), 20),
        wire.TalkNow("P1", TALK),
        wire.Cue("P1", "wrong", TALK.say),
    ]
    for message in messages:
        near.send(message)
    assert far.receive() == messages
    near.send(messages[1])
    whole = theirs.recv(1 << 16)
    found: list[wire.Message] = []
    for byte in whole:
        ours.send(bytes([byte]))
        found += far.receive()
    assert found == [messages[1]]
    assert far.receive() == []
    near.close()
    with pytest.raises(wire.WireClosedError):
        far.receive()
    far.close()
