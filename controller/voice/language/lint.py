"""What in a language, a model and a site's check digits is likely to be misheard.

In: languages, how they are pronounced, the words of a model, near check digits. Out: findings, each with its cure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from controller.core.speech import Risk, SayDigits, SayNumber, SayWord, Word
from controller.voice.language.language import Language
from controller.voice.language.scenes import Scene
from controller.voice.language.shape import STYLES
from controller.voice.language.sounds import ALIKE, SAME, distance, sounds, syllables
from controller.voice.language.templates import Field, Option, PhraseOf, Template

ERROR, WARNING, ADVICE = "error", "warning", "advice"
SEVERITIES = (ERROR, WARNING, ADVICE)
COSTLY = frozenset({Risk.CONFIRMING, Risk.DESTRUCTIVE})
TAKEN = 0.05
"""Probability of a near wrong place's digits passing for the right ones from which on it is worth new digits: the
digits then prove the place in fewer than 19 of 20 cases."""

Ipa = Callable[[str], str]
"""Phrase -> its phonetic spelling."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule`: VOCABULARY, ALIKE, PREFIX, TOO_SHORT, ECHO, DIGITS, STYLE or DECOY."""

    rule: str
    severity: str
    where: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say `meaning`: the value of a `Word`, or a digit."""

    text: str
    meaning: str
    risk: Risk


def vocabulary_findings(language: Language, words: Iterable[str]) -> Iterator[Finding]:
    """What a model with these words cannot hear: commands without any phrase left, then synonyms and decoys."""
    known = set(words)
    for fault in language.lacks(known.__contains__, known):
        yield Finding("VOCABULARY", ERROR, f"{language.code} {fault.key}", fault.what, fault.fix)
    fitted = language.fitted(known.__contains__).answers
    for word, phrases in language.answers.words.items():
        for phrase in phrases if fitted.words[word] else ():
            if phrase not in fitted.words[word]:
                what = f"`{phrase}` has a word that the model does not know; it is not listened for"
                yield Finding(
                    "VOCABULARY", ADVICE, f"{language.code} words.{word.value}", what, "Nothing has to be done."
                )


def alike_findings(language: Language, scenes: Iterable[Scene], ipa: Ipa) -> Iterator[Finding]:
    """Answers of one step that sound alike and mean different things; each pair once, at its most costly step."""
    found: dict[tuple[str, str], Finding] = {}
    for scene in scenes:
        phrases = phrases_of(language, scene)
        for one, other in combinations(phrases, 2):
            if one.meaning == other.meaning or (one.meaning.isdigit() and other.meaning.isdigit()):
                continue  # digits have no synonyms; check digits are chosen by what is confused
            apart = distance(sounds(ipa(one.text)), sounds(ipa(other.text)))
            if apart >= ALIKE:
                continue
            severity = ERROR if apart < SAME or COSTLY & {one.risk, other.risk} else WARNING
            what = f"`{one.text}` and `{other.text}` sound alike (distance {apart:.2f}, {ALIKE} is needed)"
            pair = (min(one.text, other.text), max(one.text, other.text))
            if pair not in found or found[pair].severity == WARNING:
                fix = _farther(language, (one, other), phrases, ipa)
                found[pair] = Finding("ALIKE", severity, f"{language.code} step {scene.name}", what, fix)
    yield from found.values()


def decoy_findings(language: Language, ipa: Ipa) -> Iterator[Finding]:
    """Decoys that cannot be told from an answer, whole or in part (a bigram hears parts): they would swallow it."""
    words = ((text, word.value) for word, texts in language.answers.words.items() for text in texts)
    answers = {text: sounds(ipa(text)) for text, _ in (*words, *language.answers.digits.items())}
    lists = {"frequent": language.answers.frequent}
    lists |= {f"like.{name}": decoys for name, decoys in language.answers.near.items()}
    for name, decoys in lists.items():
        for decoy, part in _parts(decoys):
            heard = sounds(ipa(part))
            for text, said in answers.items():
                if part != text and distance(heard, said) < SAME:
                    of = "" if part == decoy else f"`{part}` of "
                    what = f"{of}the decoy `{decoy}` sounds like the answer `{text}` and would swallow it"
                    yield Finding("DECOY", ERROR, f"{language.code} decoys.{name}", what, "Take the decoy out.")


def _parts(phrases: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each phrase with itself and with each of its words."""
    for phrase in phrases:
        for part in dict.fromkeys((phrase, *phrase.split())):
            yield phrase, part


def phrase_findings(language: Language, scenes: Iterable[Scene], ipa: Ipa) -> Iterator[Finding]:
    """Answers that begin another one, and those of one syllable."""
    seen: set[tuple[str, str]] = set()
    for scene in scenes:
        phrases = phrases_of(language, scene)
        for one in phrases:
            for other in phrases:
                longer = other.text.startswith(f"{one.text} ") and one.meaning != other.meaning
                if longer and (one.text, other.text) not in seen:
                    seen.add((one.text, other.text))
                    what = f"`{one.text}` begins `{other.text}`: it is taken late, and a pause makes it the wrong one"
                    fix = f"Take another phrase for words.{one.meaning} or words.{other.meaning}."
                    yield Finding("PREFIX", WARNING, f"{language.code} step {scene.name}", what, fix)
    yield from _short(language, scenes, ipa)


def echo_findings(prompts: Language, heard: Language, scenes: Iterable[Scene]) -> Iterator[Finding]:
    """Sentences that say an answer to themselves: dangerous where a headset listens while it speaks."""
    seen: set[tuple[str, str]] = set()
    named: dict[str, list[str]] = {}
    for scene in scenes:
        words = {x.word.value for x in scene.answers if isinstance(x, SayWord) and x.risk in COSTLY}
        texts = [text for word in sorted(words) for text in heard.answers.words[Word(word)]]
        for key, style in ((key, style) for key in scene.prompts for style in STYLES):
            template = prompts.sentences.templates.get((key, style), ())
            plain = f" {' '.join(_plain_words(template))} "
            for text in texts:
                if f" {text} " in plain and (key, text) not in seen:
                    seen.add((key, text))
                    what = f"says `{text}`, which books something at this step ({scene.name})"
                    fix = "Say it in other words, or keep `barge_in` off."
                    yield Finding("ECHO", ERROR, f"{prompts.code} prompts.{key}.{style}", what, fix)
            for word in sorted(words & _named(template)):
                named.setdefault(word, []).append(key)
    for word, keys in named.items():
        what = f"`{heard.phrase(Word(word))}`, which books something, is what the picker is told to say there"
        where = f"{prompts.code} prompts.{', '.join(dict.fromkeys(keys))}"
        yield Finding("ECHO", ADVICE, where, what, "Keep `barge_in` off, or take {=" + word + "} out of them.")


def style_findings(language: Language) -> Iterator[Finding]:
    """Sentences without a terse form."""
    keys = sorted({key for key, _ in language.sentences.templates})
    for key in keys:
        if (key, "terse") not in language.sentences.templates:
            what = "has no terse form: pickers of that style hear it in full"
            yield Finding("STYLE", WARNING, f"{language.code} prompts.{key}", what, "Add `terse = …`.")


def digit_findings(
    near: Iterable[tuple[str, str, str, str]], taken_for: Callable[[str, str], float]
) -> Iterator[Finding]:
    """Check digits of neighbours that are equal or sound alike. `near`: (location, its digits, neighbour, its digits);
    `taken_for(said, heard)`: probability of one code being heard as another.
    """
    for place, digits, neighbour, others in near:
        where = f"locations {place} and {neighbour}"
        if digits == others:
            what = f"have the same check digits {digits}: they do not prove the place"
            yield Finding("DIGITS", ERROR, where, what, "Give one of them other digits: pickbeam voice digits --help")
            continue
        taken = max(taken_for(digits, others), taken_for(others, digits))
        if taken >= TAKEN:
            what = f"have the check digits {digits} and {others}, taken for each other in {taken:.0%} of cases"
            yield Finding("DIGITS", WARNING, where, what, "Give one of them other digits: pickbeam voice digits --help")


def phrases_of(language: Language, scene: Scene) -> tuple[Phrase, ...]:
    """All phrases of commands of a scene, digits and the number words up to twenty where they are asked for."""
    phrases: dict[str, Phrase] = {}
    for answer in scene.answers:
        match answer:
            case SayWord(word=word, risk=risk):
                for text in language.answers.words[word]:
                    phrases.setdefault(text, Phrase(text, word.value, risk))
            case SayDigits(risk=risk):
                for text, digit in language.answers.digits.items():
                    phrases.setdefault(text, Phrase(text, digit, risk))
            case SayNumber(high=high, terminal=False, risk=risk):
                for number in range(min(high, 20) + 1):
                    for text in language.answers.numbers.phrases(number):
                        phrases.setdefault(text, Phrase(text, str(number), risk))
    return tuple(phrases.values())


def _farther(language: Language, pair: tuple[Phrase, Phrase], phrases: Iterable[Phrase], ipa: Ipa) -> str:
    """The synonym of either that is farthest from everything else at the step, if one is far enough."""
    best: tuple[float, str, str] = (ALIKE, "", "")
    for phrase, rival in (pair, pair[::-1]):
        if phrase.meaning.isdigit():
            continue
        spare = (*language.answers.words[Word(phrase.meaning)], *language.spare.get(phrase.meaning, ()))
        for text in spare:
            if text == phrase.text:
                continue
            others = [other.text for other in phrases if other.meaning != phrase.meaning] + [rival.text]
            nearest = min(distance(sounds(ipa(text)), sounds(ipa(other))) for other in others)
            best = max(best, (nearest, phrase.text, text))
    if not best[1]:
        return "Give one of them another phrase in the site's words (`words` in [voice])."
    nearest, text, instead = best
    return f"Say `{instead}` instead of `{text}`: nothing at this step is nearer to it than {nearest:.2f}."


def _short(language: Language, scenes: Iterable[Scene], ipa: Ipa) -> Iterator[Finding]:
    """Each phrase of one syllable once, by the highest risk it has anywhere. Commands that have a longer phrase are
    no more than named: the picker may use that one.
    """
    risks: dict[tuple[str, str], bool] = {}
    for scene in scenes:
        for answer in scene.answers:
            if isinstance(answer, SayWord):
                for text in language.answers.words[answer.word]:
                    key = (answer.word.value, text)
                    risks[key] = risks.get(key, False) or answer.risk in COSTLY
    for (word, text), costly in risks.items():
        if syllables(ipa(text)) > 1:
            continue
        longer = [other for other in language.answers.words[Word(word)] if syllables(ipa(other)) > 1]
        severity = WARNING if costly and not longer else ADVICE
        what = f"`{text}` has one syllable{' and books something' if costly else ''}: noise and talk are taken for it"
        spare = [*longer, *language.spare.get(word, ())]
        fix = f"Let the pickers say `{spare[0]}`." if spare else "Give it a longer phrase in the site's words."
        yield Finding("TOO_SHORT", severity, f"{language.code} words.{word}", what, fix)


def _plain_words(template: Template) -> Iterator[str]:
    """The words of a sentence without its values; a value stands as `…`, which no phrase has in it."""
    for part in template:
        match part:
            case str():
                yield from ("".join(sign if sign.isalpha() or sign in "'-" else " " for sign in part).lower()).split()
            case Option(parts=parts):
                yield from _plain_words(parts)
            case Field(forms=forms) if forms:
                yield from forms[0].lower().split()
            case _:
                yield "…"


def _named(template: Template) -> set[str]:
    return {part.word for part in template if isinstance(part, PhraseOf)}


def summary(findings: Iterable[Finding]) -> Mapping[str, int]:
    """Severity -> how many."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts
