"""Facts as the journal stores them.

In: facts. Out: (kind, JSON bytes), and back. Unknown fields are ignored and missing ones take their default, so that
old journals are read by new versions.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from controller.core.facts import Fact, fact_types
from controller.journal.errors import JournalCorruptError, JournalNewerError

_encoder = msgspec.json.Encoder()


def encode_fact(fact: Fact) -> tuple[str, bytes]:
    """Raises TypeError (ours to mend) if a fact holds what JSON can not."""
    return type(fact).__name__, _encoder.encode(fact)


def decode_fact(number: int, kind: str, body: bytes) -> Fact:
    """Raises JournalNewerError for a kind that this version does not know, JournalCorruptError for a broken body."""
    decoder = _decoders().get(kind)
    if decoder is None:
        raise JournalNewerError(f"fact {number} is a {kind!r}, which this Pickbeam does not know")
    try:
        fact: Fact = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JournalCorruptError(f"fact {number} ({kind}) can not be read: {error}") from error
    return fact


@cache
def _decoders() -> dict[str, msgspec.json.Decoder[Any]]:
    return {kind: msgspec.json.Decoder(fact_type) for kind, fact_type in fact_types().items()}
