"""What may be answered while the prompt is still being said.

In: the grammar of a turn, the sentences that are being said. Out: the few phrases of it that are safe then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from controller.core.speech import Risk
from controller.voice.grammar import Grammar

ALLOWED = frozenset({Risk.SAFE, Risk.SETTING, Risk.NORMAL})
"""Nothing that books anything: an echo of the prompt must not become an answer."""


def while_speaking(grammar: Grammar, sentences: Iterable[str]) -> Grammar | None:
    """No digits or numbers, nothing that books, no phrase with a word that the prompt says; None if nothing is left."""
    said = {word for sentence in sentences for word in re.findall(r"[\w'-]+", sentence.lower())}
    choices = tuple(c for c in grammar.choices if c.risk in ALLOWED and said.isdisjoint(c.text.split()))
    if not choices:
        return None
    decoys = tuple(decoy for decoy in grammar.decoys if said.isdisjoint(decoy.split()))
    return replace(grammar, choices=choices, strings=(), decoys=decoys)
