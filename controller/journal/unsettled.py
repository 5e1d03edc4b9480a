"""What was handed in and is not yet durable.

In: entries as they are submitted, and the word that a group of them is settled. Out: their receipts in the meantime,
their futures done at the end. On the loop only.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.journal.errors import JournalError
from controller.journal.model import Receipt
from controller.journal.work import Entry


class Unsettled:
    def __init__(self) -> None:
        self._receipts: dict[str, tuple[Receipt, Entry]] = {}

    def add(self, entry: Entry, receipts: Sequence[Receipt]) -> None:
        for receipt in receipts:
            self._receipts[receipt.key] = (receipt, entry)

    def receipt(self, key: str) -> Receipt | None:
        found = self._receipts.get(key)
        return found and found[0]

    def settle(self, group: Sequence[Entry], error: JournalError | None) -> None:
        """In the order of submission."""
        for entry in group:
            for key in entry.keys:
                if key in self._receipts and self._receipts[key][1] is entry:
                    del self._receipts[key]
            _finish(entry, error)


def _finish(entry: Entry, error: JournalError | None) -> None:
    if entry.future is None or entry.future.done():
        return
    if error is None:
        entry.future.set_result(None)
    else:
        entry.future.set_exception(error)
