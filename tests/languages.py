"""The shipped languages, read once for all tests: 10 ms each.

In: a code. Out: `language(code)`, without anything of a site.
"""

from __future__ import annotations

from functools import cache

from controller.voice.language import Language


@cache
def language(code: str) -> Language:
    return Language.load(code)
