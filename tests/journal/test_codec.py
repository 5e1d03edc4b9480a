"""Every kind of fact comes back as it went in; what can not be read is said, not skipped."""

from __future__ import annotations

from decimal import Decimal

import pytest
from characters import CHARACTERS
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_rig import signed_on

from controller.core.facts import fact_types
from controller.journal import JournalCorruptError, JournalNewerError
from controller.journal.codec import decode_fact, encode_fact

GROUPS = 7
"""Of kinds of facts: to begin with each by itself takes Hypothesis longer than the facts do."""
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=999_999))
st.register_type_strategy(float, st.floats(0, 1))  # the only ones in facts are confidences
st.register_type_strategy(str, st.text(CHARACTERS))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))


@pytest.mark.parametrize("kinds", [sorted(fact_types())[at::GROUPS] for at in range(GROUPS)], ids=", ".join)
@settings(max_examples=2)
@given(data=st.data())
def test_a_fact_comes_back_the_same(kinds: list[str], data: st.DataObject) -> None:
    for kind in kinds:
        fact = data.draw(st.from_type(fact_types()[kind]), kind)
        name, body = encode_fact(fact)
        assert name == kind
        assert decode_fact(1, name, body) == fact


def test_fields_of_a_newer_version_are_ignored() -> None:
    kind, body = encode_fact(signed_on(1))
    assert decode_fact(1, kind, body[:-1] + b',"mood":"good"}') == signed_on(1)


def test_a_kind_of_a_newer_version_is_named() -> None:
    with pytest.raises(JournalNewerError, match="fact 7 is a 'PickerYawned'"):
        decode_fact(7, "PickerYawned", b"{}")


@given(st.binary(max_size=60))
def test_any_other_bytes_are_called_corrupt(noise: bytes) -> None:
    with pytest.raises(JournalCorruptError, match=r"fact 3 \(PickerSignedOn\)"):
        decode_fact(3, "PickerSignedOn", noise)
