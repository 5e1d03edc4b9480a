"""One language: what is said to a picker and what a picker may say.

In: the language files `data/*.toml` and a site's overlay; prompts, answers and recognised text. Out: sentences,
grammars and meanings. Prompt and answer language of a picker may be two `Language`s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from controller.core.speech import Answer, Prompt, Talk, Word
from controller.voice.grammar import Grammar
from controller.voice.language.answering import Answers, Meaning
from controller.voice.language.compiling import answers_of, sentences_of, spare_of
from controller.voice.language.counting import HIGHEST
from controller.voice.language.faults import WrongLanguageError
from controller.voice.language.read import Entries, dotted, read
from controller.voice.language.saying import Sentences, Style
from controller.voice.language.shape import Path as Key
from controller.wording import FileFault, did_you_mean

_DATA = Path(__file__).parent / "data"
MOST_SUGGESTED = 8
"""Faults with suggestions. Where there are more, the model is of another language and nothing in it helps; seeking
took 14 s among 200 000 words.
"""


@dataclass(frozen=True)
class Language:
    """`code` as in the settings (`en`); `espeak` the voice of espeak-ng for it; `entries` where each word stands."""

    code: str
    name: str
    espeak: str
    sentences: Sentences
    answers: Answers
    spare: Mapping[str, tuple[str, ...]] = field(repr=False)
    """Value of a `Word` -> phrases that are not listened for, but may be suggested in the place of one."""
    entries: Entries = field(repr=False)

    @classmethod
    def load(cls, code: str, overlay: Path | None = None) -> Self:
        """The shipped words of a language, those of the site file `overlay` in their place where it has some.

        Raises `WrongLanguageError` with every fault of both, each with file, key and cure.
        """
        if code not in available():
            fault = FileFault(f"{code}.toml", "language", "is not shipped", did_you_mean(code, available()))
            raise WrongLanguageError([fault])
        entries = read(_DATA / f"{code}.toml", overlay)
        name, espeak = (str(entries[key,].value) for key in ("name", "espeak"))
        return cls(code, name, espeak, sentences_of(entries), answers_of(entries), spare_of(entries), entries)

    def spoken(self, prompt: Prompt, style: Style = "full", answers: Language | None = None) -> str:
        """The sentence to be said. `answers`: the language whose phrases it names, where the picker answers in another
        one. Raises KeyError for a prompt or value that the dialogue's table does not have.
        """
        heard = self if answers is None else answers
        return self.sentences.say(prompt, style, lambda word: heard.phrase(Word(word)))

    def phrase(self, word: Word) -> str:
        """The phrase that prompts name for a command."""
        return next(iter(self.answers.words[word]), word.value.replace("_", " "))

    def grammar(self, talk: Talk, *, reject: bool = True) -> Grammar:
        """What the ear listens for in this turn; asleep only the wake phrase. Where a phrase fits several answers, the
        first of them has it. `reject`: whether speech that is none of it may come back as unknown.
        """
        return self.answers.grammar(talk, reject=reject)

    def everything(self) -> Grammar:
        """All commands, single digits and decoys: a second opinion, to compare with and not to accept."""
        return self.answers.everything()

    def meaning(self, text: str, answers: Iterable[Answer]) -> Meaning | None:
        """What recognised words mean where `answers` are allowed; None if they are none of them."""
        return self.answers.meaning(text, answers)

    def vocabulary(self) -> frozenset[str]:
        """Every word that may be answered; decoys are not counted."""
        return self.answers.vocabulary()

    def lacks(self, knows: Callable[[str], bool], words: Iterable[str] = ()) -> tuple[FileFault, ...]:
        """What cannot be said to a recogniser: commands, digits and numbers without any phrase of known words.

        `knows`: whether the model has a word. `words`: all it has, for suggestions, where that is known; they are read
        only where they are needed. A synonym with an unknown word is no fault as long as another phrase is left:
        see `fitted`.
        """
        unheard = list(self._unheard(knows))
        known = sorted(set(words)) if 0 < len(unheard) <= MOST_SUGGESTED else []
        return tuple(self._lacking(key, phrases, knows, known) for key, phrases in unheard)

    def fitted(self, knows: Callable[[str], bool]) -> Self:
        """The language without phrases and decoys that have a word which the recogniser does not know. Look at `lacks`
        first: what it lists cannot be said at all.
        """
        return replace(self, answers=self.answers.fitted(knows))

    def _unheard(self, knows: Callable[[str], bool]) -> Iterator[tuple[Key, tuple[str, ...]]]:
        """The key of each command, digit and number without a phrase of known words, and its phrases."""
        heard = self.answers.fitted(knows)
        for word, phrases in heard.words.items():
            if not phrases:
                yield ("words", word.value), self.answers.words[word]
        for digit in sorted(set("0123456789") - set(heard.digits.values())):
            yield ("digits", digit), tuple(word for word, value in self.answers.digits.items() if value == digit)
        silent = next((number for number in range(HIGHEST + 1) if not heard.numbers.phrases(number)), None)
        if silent is not None:  # the first tells it all
            yield ("numbers", "words", str(silent % 100)), self.answers.numbers.phrases(silent)

    def _lacking(self, key: Key, phrases: tuple[str, ...], knows: Callable[[str], bool], known: list[str]) -> FileFault:
        missing = sorted({word for phrase in phrases for word in phrase.split() if not knows(word)})
        near = sorted({match for word in missing for match in get_close_matches(word, known, n=2, cutoff=0.7)})
        like = f" It has {', '.join(f'`{word}`' for word in near)}." if near else ""
        words = ", ".join(f"`{word}`" for word in missing)
        entry = self.entries.get(key)
        file = entry.file if entry else f"{self.code}.toml"
        fix = f"Give it a phrase of words that the model has (`words` in [voice]), or take another model.{like}"
        return FileFault(file, dotted(key), f"the model does not know {words}", fix)


def available() -> tuple[str, ...]:
    """The codes of the shipped languages."""
    return tuple(sorted(file.stem for file in _DATA.glob("*.toml")))
