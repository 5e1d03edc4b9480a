"""What can be wrong inside the core: always our own mistake or a damaged journal, never the outside's."""

from __future__ import annotations


class IllegalTransitionError(RuntimeError):
    """A fact does not fit the state it is folded into."""

    def __init__(self, subject: str, state: str, fact: str) -> None:
        super().__init__(f"{subject}: {fact} is impossible in state {state}")
