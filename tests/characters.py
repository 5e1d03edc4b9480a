"""Any text, as the property tests make it up.

In: nothing. Out: `CHARACTERS`, everything that UTF-8 can write: for `st.text(CHARACTERS)`.

It is what `st.text()` takes as well, but that asks the codec about each of a million code points first, which costs
1.6 s in a fresh clone.
"""

from __future__ import annotations

from hypothesis import strategies as st

CHARACTERS = st.characters(exclude_categories=["Cs"])
