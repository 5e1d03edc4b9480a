"""Do words and models fit together? Asked before anything is started.

In: who speaks and answers in which language, their files of words, their models. Out: every fault, each with its cure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from controller.voice.language import Language, WrongLanguageError
from controller.voice.models_store import resolve, usable
from controller.voice.models_store.errors import ModelError
from controller.wording import FileFault


def faults(
    said: Iterable[str], answered: Iterable[str], words: Mapping[str, Path], models: Mapping[str, Path]
) -> tuple[FileFault, ...]:
    """`said`, `answered`: languages of prompts and of answers. A word that the model of its language lacks is a fault
    where nothing else means the same.
    """
    heard = set(answered)
    return tuple(
        fault
        for code in sorted({*said, *heard})
        for fault in _of(code, words.get(code), models.get(code), heard=code in heard)
    )


def _of(code: str, overlay: Path | None, model: Path | None, *, heard: bool) -> Iterator[FileFault]:
    try:
        language = Language.load(code, overlay)
        if heard:
            folder = resolve(code, model)
            known = usable.known(folder, language.vocabulary())
            yield from language.lacks(known.__contains__, usable.words(folder))
    except WrongLanguageError as wrong:
        yield from wrong.faults
    except ModelError as wrong:
        what, _, cure = str(wrong).partition(". ")
        yield FileFault("[voice.models]", code, what, cure)
