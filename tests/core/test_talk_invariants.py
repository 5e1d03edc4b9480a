"""Whatever is said, scanned, pressed and lost: no line is lost, none booked twice, and nothing stale ever books."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from test_invariants import CAUSE, booked, busy_step, check, play
from world import BINS, World, line, task

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.dialogue import Dialogue
from controller.core.evolve import fold
from controller.core.facts import fact_types
from controller.core.guide.talk.expected import pool, wanted
from controller.core.guide.talk.prompts import KINDS, PROMPTS
from controller.core.guide.talk.standing import Standing, Step, stand
from controller.core.model import Item
from controller.core.speech import Answer, SayDigits, SayNumber, SayWord, Spelled, Word
from controller.core.state import State
from controller.core.station import Decision

VOICES = ("P1", "P2")
ELSEWHERE = {"task_picked_to", "paused_by_host", "task_taken", "at_limit", "bay", "stopped", "digits_hint", "item_hint"}
"""Sentences that this simulation cannot bring about; the scenarios and the app say them."""
SERIALS = ("SN10001", "SN20001", "SN30012", "SN40112", "SN50000")
CONSEQUENCES = (
    f.LineConfirmed,
    f.LineShorted,
    f.PickUndone,
    f.LineReleased,
    f.LineReturned,
    f.TaskCompleted,
    f.PickerSignedOff,
    f.PickerSignedOn,
)
TYPES = {
    "text": str,
    "number": int,
    "quantity": Decimal,
    "spelled": Spelled,
    "unit": str,
    "handling": str,
    "reason": str,
    "words": str,
}


class Talking(World):
    """Two pickers with headsets and one without; every turn that was ever asked is remembered."""

    def __init__(self, rng: random.Random, **policy: object) -> None:
        super().__init__(voice=VOICES, scanners=VOICES, **policy)
        self.rng = rng
        self.asked: dict[str, set[str]] = {x: set() for x in VOICES}
        self.heard: Counter[str] = Counter()

    def send(self, happened: i.Input) -> Decision:
        before = self.state
        decision = super().send(happened)
        check_confirmations(decision, before)
        for picker in VOICES:
            self.asked[picker].add(stand(self.state, self.site, picker).turn)
        return decision


def check_confirmations(decision: Decision, before: State) -> None:
    """What was confirmed by voice comes with every lot and serial number that the line asks for, each once."""
    for fact, state in zip(decision.facts, (before, *decision.states), strict=False):
        if isinstance(fact, f.LineConfirmed | f.LineShorted) and fact.confirmed_by[0] == "voice":
            wished = state.tasks[fact.task_id].lines[fact.line_id].line
            if "override" not in fact.confirmed_by:
                assert len(fact.items) == wanted(wished, Dialogue(counted=fact.picked))
            names = [x.serial or x.lot for x in fact.items]
            assert len(names) == len(set(names)), "the same piece twice"


def check_talk(world: Talking, picker: str) -> None:
    """What is said has its template's values, what may be answered makes sense."""
    talk = world.talk(picker)
    world.heard.update(x.key for x in talk.say)
    for prompt in talk.say:
        assert tuple(name for name, _ in prompt.values) == PROMPTS[prompt.key]
        for name, value in prompt.values:
            assert type(value) is TYPES[KINDS[name]], (prompt.key, name, value)
    assert talk.answers
    words = [x.word for x in talk.answers if isinstance(x, SayWord)]
    assert len(words) == len(set(words))
    for answer in talk.answers:
        if isinstance(answer, SayNumber):
            assert 0 <= answer.low <= answer.high <= 999
        if isinstance(answer, SayDigits):
            assert 1 <= answer.length <= 8
    assert talk.say or talk.asleep


def phrase(world: Talking, picker: str, answer: Answer) -> Word | str | int:
    """Something that fits this answer; digits are mostly the right ones."""
    rng, standing = world.rng, stand(world.state, world.site, picker)
    match answer:
        case SayWord(word=word):
            return word
        case SayNumber(low=low, high=high):
            return rng.randint(low, high)
        case SayDigits(length=length):
            right = right_digits(standing)
            if rng.random() < 0.7 and len(right) >= length:
                return right[-length:]
            return "".join(rng.choice("0123456789") for _ in range(length))


def right_digits(standing: Standing) -> str:
    if standing.step is Step.PLACE:
        return standing.check_digits
    assert standing.line is not None
    expected = pool(standing.line.line, standing.dialogue)
    return "" if not expected else "".join(x for x in str(expected[0].serial or expected[0].lot) if x.isdigit())


def talk_step(world: Talking) -> None:
    """One thing that is said, scanned, or goes wrong with a headset."""
    rng, picker = world.rng, world.rng.choice(VOICES)
    kind = rng.choices(("answer", "late", "wrong", "babble", "scan", "headset", "message"), (20, 3, 3, 3, 4, 1, 1))[0]
    match kind:
        case "answer":
            say_something(world, picker)
        case "late":
            ghost(world, picker, rng.choice([*(world.asked[picker] - {world.talk(picker).turn}), "never"]))
        case "wrong":
            offered = {x.word for x in world.talk(picker).answers if isinstance(x, SayWord)}
            word = rng.choice([x for x in Word if x not in offered])
            unbooked(world.say(word, picker))
        case "babble":
            for _ in range(rng.randint(1, 8)):
                turn = world.talk(picker).turn
                unbooked(world.send(i.PhraseRejected(cause=CAUSE, picker=picker, turn=turn, why="UNKNOWN")))
        case "scan":
            code = rng.choice([*BINS, *(f"sku-{x}" for x in BINS), *SERIALS, "rubbish"])
            world.send(i.CodeScanned(cause=CAUSE, picker=rng.choice(("P1", "P2", "P3")), code=code))
        case "headset":
            lost = i.VoiceLost(cause=CAUSE, picker=picker, fault=rng.choice(["MIC_LOST", "SPEAKER_LOST"]))
            before = world.state
            unbooked_by_voice(world.send(rng.choice([lost, i.VoiceFound(cause=CAUSE, picker=picker)])), before)
        case _:
            world.send(i.MessageForPicker(cause=CAUSE, picker=picker, text="hello", ttl_s=rng.randint(1, 60)))


def say_something(world: Talking, picker: str) -> None:
    """An answer to what is asked, mostly one that leads on; the same phrase heard twice is a duplicate."""
    answers = world.talk(picker).answers
    leading = [x for x in answers if not isinstance(x, SayWord) or x.word in LEADING]
    answer = world.rng.choice(leading if leading and world.rng.random() < 0.8 else answers)
    said, turn = phrase(world, picker, answer), world.talk(picker).turn
    taken = world.say(said, picker)
    assert any(isinstance(x, f.PhraseTaken) for x in taken.facts)
    assert world.say(said, picker, turn).facts == (), "heard twice, taken once"


LEADING = {Word.SIGN_ON, Word.READY, Word.CONFIRM, Word.YES, Word.RESUME, Word.WAKE_UP, Word.SHORT, Word.DAMAGED}


def ghost(world: Talking, picker: str, turn: str) -> None:
    """A phrase for another turn. A hint of the present turn is the same question; everything else is over."""
    base = world.talk(picker).turn.partition("#")[0]
    if turn.partition("#")[0] == base:
        return
    for said in (Word.CONFIRM, Word.YES, Word.READY, 1, "47"):
        assert world.say(said, picker, turn).facts == ()


def unbooked(decision: Decision) -> None:
    assert not [x for x in decision.facts if isinstance(x, CONSEQUENCES)]


def unbooked_by_voice(decision: Decision, before: State) -> None:
    """But what he had counted of a line that he has to leave, its lamp being dead as well, is accounted for."""
    booked = [x for x in decision.facts if isinstance(x, f.LineConfirmed | f.LineShorted | f.PickUndone)]
    assert all(isinstance(x, f.LineConfirmed | f.LineShorted) and left_behind(x, before) for x in booked)


def left_behind(fact: f.LineConfirmed | f.LineShorted, before: State) -> bool:
    """Whether exactly what had been counted was booked; see `work.leaving.account_for`."""
    assert fact.picker is not None
    dialogue = before.talk_of(fact.picker).dialogue
    return dialogue.focus[:2] == (fact.task_id, fact.line_id) and 0 < dialogue.counted == fact.picked


def voiced_task(rng: random.Random) -> i.TaskArrived:
    """A task with everything that a headset is asked about."""
    lines = []
    for n, x in enumerate(rng.choices(BINS, k=rng.randint(1, 4)), 1):
        kind = rng.choice(["plain", "plain", "critical", "serials", "lot", "fraction", "scan"])
        more: dict[str, object] = {"text": rng.choice(["", "Socks"]), "handling": rng.choice([(), ("fragile",)])}
        if kind == "serials":
            more |= {"serials": "capture", "items": tuple(Item(serial=x) for x in SERIALS)}
        elif kind == "lot":
            more |= {"lot": "capture", "items": (Item(lot="L2301"), Item(lot="L2302"))}
        elif kind == "scan":
            more |= {"scan": rng.choice(["sku", "location"])}
        elif kind == "critical":
            more |= {"criticality": "critical"}
        qty = "2.5" if kind == "fraction" else rng.choice([1, 2, 3])
        lines.append(line(str(n), x, qty, **more))
    new = task(f"T{rng.randint(1, 20)}", *lines, revision=rng.randint(1, 3), priority=rng.choice([50, 80]))
    return i.TaskArrived(cause=CAUSE, task=new, digest=rng.choice("xy"))


def simulate(seed: int, steps: int) -> Talking:
    rng = random.Random(seed)
    policy = {"lines_lit": rng.choice([1, 1, 2]), "early_proof": rng.choice(["note", "refuse"])}
    times = {"hand_over_after_ms": 20_000, "lease_ms": 30_000, "idle_release_ms": 200_000}
    world = Talking(rng, walk_ms_per_unit=2000, over_pick=rng.random() < 0.3, **policy, **times)
    for _ in range(steps):
        kind = rng.random()
        if kind < 0.7:
            talk_step(world)
        elif kind < 0.8:
            world.send(voiced_task(rng))
        elif kind < 0.83:
            where = rng.choice(BINS)
            lost = i.ModuleLost(cause=CAUSE, location=where, module=where, fault="NO_REPLY")
            world.send(rng.choice([lost, i.ModuleFound(cause=CAUSE, location=where, module=where)]))
        else:
            play(world, busy_step(rng, world))
        check(world)
        for picker in VOICES:
            check_talk(world, picker)
    booked(world.facts)
    assert fold(State(), world.facts) == world.state, "the journal alone rebuilds the state"
    return world


def test_a_talkative_shift() -> None:
    world = simulate(0, 100)
    assert any(isinstance(x, f.PhraseTaken) for x in world.facts)
    assert msgspec.json.decode(msgspec.json.encode(world.state), type=State) == world.state
    for fact in world.facts:
        assert msgspec.json.decode(msgspec.json.encode(fact), type=fact_types()[type(fact).__name__]) == fact


@pytest.mark.slow
def test_many_talkative_shifts_say_and_do_everything() -> None:
    kinds: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for seed in range(120):
        world = simulate(seed, 120)
        kinds.update(type(x).__name__ for x in world.facts)
        said.update(world.heard)
    voice = {x for x, kind in fact_types().items() if kind.__module__.endswith(".voice")}
    assert voice <= set(kinds), voice - set(kinds)
    never = set(PROMPTS) - set(said) - ELSEWHERE
    assert never == set(), "a sentence that is never reached proves nothing"


def right_answer(world: World, picker: str) -> Word | str | int | None:
    """What an able picker says to get on with his work."""
    standing = stand(world.state, world.site, picker)
    words = [x.word for x in world.talk(picker).answers if isinstance(x, SayWord)]
    for word in (Word.WAKE_UP, Word.RESUME, Word.SIGN_ON):
        if word in words:
            return word
    if standing.step in (Step.PLACE, Step.ITEMS) and any(isinstance(x, SayDigits) for x in world.talk(picker).answers):
        length = next(x.length for x in world.talk(picker).answers if isinstance(x, SayDigits))
        return right_digits(standing)[-length:]
    if standing.step is Step.PICK and Word.CONFIRM not in words:
        return int(standing.remaining)
    if standing.step is Step.SHORT_QUANTITY:
        return 0
    useful = (Word.READY, Word.CONFIRM, Word.OVERRIDE, Word.YES, Word.DAMAGED, Word.SAY_AGAIN)
    return next((x for x in useful if x in words), None)


def test_work_ends_by_voice_alone() -> None:
    finish(50)


@pytest.mark.slow
def test_work_always_ends_by_voice_alone() -> None:
    for seed in range(51, 151):
        finish(seed)


def finish(seed: int) -> None:
    """Liveness: from any state, whoever answers what he is asked gets everything done."""
    world = simulate(seed, 50)
    world.ms += 1_000_000
    for picker in VOICES:
        world.send(i.VoiceFound(cause=CAUSE, picker=picker))
    world.send(i.SignOffRequested(cause=CAUSE, picker="P3"))
    for _ in range(600):
        for picker in VOICES:
            said = right_answer(world, picker)
            if said is not None:
                world.say(said, picker)
        world.wait(5_000)
        if not world.state.tasks:
            return
    assert not world.state.tasks
