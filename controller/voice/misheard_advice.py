"""What to do about being misheard, in words.

In: a `Hearing`, the phrases of the picker's language. Out: sentences, the weightiest first; none if all is well or too
little was said to tell. The bounds are engineering judgement: above them a picker begins to notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controller.voice.misheard import NOTHING, NUMBERS, QUANTITY, Hearing

ENOUGH = 8
"""Attempts at one phrase before its share of trouble says anything."""
TROUBLE = 0.15
"""One in seven goes wrong."""
MOSTLY = 0.5
MANY = 20
"""Phrases before a share over all of them says anything."""
TWICE = 2
LOW = 0.75
AGAIN = 0.15
CUT_OFF = frozenset({"INCOMPLETE", "LENGTH"})
SOUND = frozenset({"UNKNOWN", "DECOY", "LOW_CONFIDENCE", "SECOND_OPINION", "TOO_LONG"})


@dataclass(frozen=True, slots=True)
class Phrases:
    """`said`: word -> its phrases, the usual one first; `spare`: word -> phrases that are not listened for yet."""

    said: Mapping[str, Sequence[str]]
    spare: Mapping[str, Sequence[str]]


def advise(hearing: Hearing, phrases: Phrases) -> tuple[str, ...]:
    """Where the sound is to blame for all phrases, none of them is."""
    sound = tuple(_sound(hearing))
    words = () if sound else tuple(_words(hearing, phrases))
    return (*_headset(hearing), *sound, *words, *_digits(hearing), *_manners(hearing))


def _headset(hearing: Hearing) -> Iterator[str]:
    for fault, times in hearing.headset_faults.most_common(1):
        if times >= TWICE:
            yield f"the headset failed {times} times ({fault}): look at its battery, cable and distance to the station."


def _sound(hearing: Hearing) -> Iterator[str]:
    """About the microphone and the noise, for all phrases together."""
    if hearing.heard + hearing.rejected < MANY or not hearing.rejected:
        return
    quiet, cut, sound = (
        sum(hearing.reasons[why] for why in whys) / hearing.rejected for whys in (("TOO_QUIET",), CUT_OFF, SOUND)
    )
    share = hearing.rejected / (hearing.heard + hearing.rejected)
    if share < TROUBLE:
        return
    many = f"{share:.0%} of what was said was not taken"
    if quiet >= MOSTLY:
        yield f"{many}, mostly because it was too quiet: place the microphone two fingers from the corner of the mouth."
    elif cut >= MOSTLY:
        yield f"{many}, mostly because it was half a phrase: say digits in one breath, without a pause between them."
    elif sound >= MOSTLY and len([1 for said in hearing.words.values() if said.rejected]) > TWICE:
        yield (
            f"{many}, of many different phrases: that is noise or the microphone. Place it closer to the mouth, away "
            "from the breath; keep colleagues' talk out of it; else a larger model (`pickbeam voice models list`)."
        )
    if hearing.reasons["LOCKED_OUT"]:
        yield f"the ear was locked {hearing.reasons['LOCKED_OUT']} times after too many rejections in a row."


def _words(hearing: Hearing, phrases: Phrases) -> Iterator[str]:
    """About single phrases, the worst first."""
    hard = [
        (word, said)
        for word, said in hearing.words.items()
        if said.trouble >= TROUBLE
        and said.heard + said.rejected >= ENOUGH
        and word not in (*NUMBERS.values(), QUANTITY)
    ]
    for word, said in sorted(hard, key=lambda one: -one[1].trouble)[:3]:
        others = list(phrases.said.get(word, ())[1:])
        spare = list(phrases.spare.get(word, ()))
        usual = next(iter(phrases.said.get(word, ())), word.replace("_", " "))
        yield f"“{usual}” goes wrong {said.trouble:.0%} of the time{_as(hearing, word)}: {_instead(others, spare)}."


def _as(hearing: Hearing, word: str) -> str:
    heard = [
        (text, times)
        for (meant, text), times in hearing.pairs.items()
        if meant == word and times >= TWICE and text != NOTHING
    ]
    heard.sort(key=lambda one: -one[1])
    return f" (heard as {', '.join(f'“{text}” {times}×' for text, times in heard[:2])})" if heard else ""


def _instead(others: Sequence[str], spare: Sequence[str]) -> str:
    if others:
        return f"say “{others[0]}” instead, which means the same"
    if spare:
        return f"give it the phrase “{spare[0]}” in a words file (`words` in [voice])"
    return "give it another phrase in a words file (`words` in [voice])"


def _digits(hearing: Hearing) -> Iterator[str]:
    said = hearing.words.get(NUMBERS["place"])
    wrong = sum(hearing.wrong_proofs.values())
    if said is not None and said.heard >= ENOUGH and wrong / said.heard >= TROUBLE:
        pairs = ", ".join(f"{right} as {heard}" for (right, heard), _ in hearing.digits.most_common(2))
        heard = f" ({pairs})" if pairs else ""
        yield (
            f"{wrong} of {said.heard} check digits were wrong{heard}: make new ones that are told apart (`pickbeam "
            "voice digits make`), with three digits (--length 3) if that is not enough."
        )
    worst = hearing.wrong_proofs.most_common(1)
    if worst and worst[0][1] > TWICE:
        yield f"{worst[0][1]} wrong check digits at {worst[0][0]}: look at its label."
    quantity = hearing.words.get(QUANTITY)
    if quantity is not None and quantity.heard + quantity.rejected >= ENOUGH and quantity.trouble >= TROUBLE:
        yield f"quantities go wrong {quantity.trouble:.0%} of the time: say them slowly and as one number."


def _manners(hearing: Hearing) -> Iterator[str]:
    """About the prompts, and about walking."""
    again = hearing.words.get("say_again")
    if again is not None and hearing.heard >= MANY and again.heard / hearing.heard >= AGAIN:
        yield (
            f"“say again” is {again.heard / hearing.heard:.0%} of what is said: let the prompts speak slower "
            "(`rate_wpm` of the picker, or “slower”), louder, or in full style."
        )
    means = [said for said in hearing.words.values() if said.heard >= ENOUGH]
    if means and sum(said.total for said in means) / sum(said.heard for said in means) < LOW:
        yield "confidence is low for everything: this voice is unlike the model's; a larger model helps."
    early = sum(one.times for one in hearing.early.values())
    if early > TWICE:
        yield (
            f"{early} check digits came sooner than anybody walks: they are known by heart. Rotate them (`pickbeam "
            "voice digits make --rotate`)."
        )
