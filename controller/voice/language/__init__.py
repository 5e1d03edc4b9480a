"""The languages of Pickbeam: prompts into sentences, answers into grammars, recognised words into meanings.

In: `data/*.toml`, one file per language, and a site's overlay. Out: `Language`.
"""

from __future__ import annotations

from controller.voice.language.answering import Meaning
from controller.voice.language.faults import WrongLanguageError
from controller.voice.language.language import Language, available

__all__ = ["Language", "Meaning", "WrongLanguageError", "available"]
