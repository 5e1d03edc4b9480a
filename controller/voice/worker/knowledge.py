"""Languages and recognition models, each loaded once for all pickers.

In: codes of languages, folders of models. Out: a `Language` fitted to what its model knows, and ears over the model.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from controller.voice.ear import Ear, Models
from controller.voice.language import Language
from controller.voice.models_store import describe, resolve
from controller.voice.options import VoiceOptions

log = logging.getLogger(__name__)


class Knowledge:
    """Loading happens in `pool`. An error is not kept: the next call tries again."""

    def __init__(self, options: VoiceOptions, pool: Executor) -> None:
        self._options = options
        self._pool = pool
        self._lock = asyncio.Lock()
        self._languages: dict[str, Language] = {}
        self._heard: dict[str, tuple[Models, Language]] = {}

    async def language(self, code: str) -> Language:
        """For saying. Raises `WrongLanguageError`."""
        async with self._lock:
            if code not in self._languages:
                loop = asyncio.get_running_loop()
                self._languages[code] = await loop.run_in_executor(
                    self._pool, Language.load, code, self._options.words.get(code)
                )
            return self._languages[code]

    async def ear(self, code: str) -> tuple[Ear, Language]:
        """A new ear, and the language to give it grammars in: without what its model cannot hear. Raises `ModelError`,
        `WrongLanguageError`.
        """
        language = await self.language(code)
        async with self._lock:
            if code not in self._heard:
                loop = asyncio.get_running_loop()
                self._heard[code] = await loop.run_in_executor(self._pool, self._load, language)
            models, fitted = self._heard[code]
        wide = fitted.everything()
        return Ear(models, wide=(*(choice.text for choice in wide.choices), *wide.decoys)), fitted

    def _load(self, language: Language) -> tuple[Models, Language]:
        folder = resolve(language.code, self._options.models.get(language.code))
        log.log(logging.WARNING if describe(folder).embedded else logging.INFO, "model: %s", describe(folder))
        models = Models.load(folder)
        wide = language.everything()
        words = {*language.vocabulary(), *(w for decoy in wide.decoys for w in decoy.split())}
        missing = models.missing(words)
        for fault in language.lacks(lambda word: word not in missing):
            log.warning("cannot be said, only pressed: %s", fault)
        return models, language.fitted(lambda word: word not in missing)
