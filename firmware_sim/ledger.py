"""The simulated truth: every key press that a module took as an event, and every lamp, one JSON line each, at once.

In: what modules accepted and began to show. Out: a JSONL file to reconcile a run with afterwards. A press is
`{t, module, picker, key, reason, quantity, token, ev_seq, boot_id}`, of a GPIO module only the first four; a picture
that asks for a press is `{t, module, lit, token}`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from firmware_sim.station import Accepted

KINDS = {1: "confirm", 2: "short", 3: "skip", 4: "undo", 5: "unlit"}
REASONS = {1: "EMPTY", 2: "DAMAGED", 3: "WRONG_ITEM", 4: "BLOCKED", 5: "NOT_FOUND"}


class Ledger:
    """Appends to `path` (None = counts presses only). `epoch`: seconds since 1970 at virtual time 0."""

    def __init__(self, path: Path | None = None, *, epoch: float = 0.0) -> None:
        self.count = 0
        self.epoch = epoch
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def accepted(self, module: str, picker: str | None, event: Accepted) -> None:
        """Note the event if a person made it."""
        kind = KINDS.get(event.code >> 4)
        if kind is None:
            return
        reason = REASONS.get(event.code & 0x0F) if kind == "short" else None
        self._write(
            {
                "t": round(self.epoch + event.at, 6),
                "module": module,
                "picker": picker,
                "key": kind,
                "reason": reason,
                "quantity": event.value,
                "token": event.token,
                "ev_seq": event.ev_seq,
                "boot_id": event.boot_id,
            }
        )

    def button(self, module: str, picker: str | None, at: float) -> None:
        """Note that the button of a GPIO module went down."""
        self._write({"t": round(self.epoch + at, 6), "module": module, "picker": picker, "key": "confirm"})

    def lit(self, module: str, token: int, at: float) -> None:
        """Note that a module began to ask for a press."""
        self._write({"t": round(self.epoch + at, 6), "module": module, "lit": True, "token": token})

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, entry: dict[str, object]) -> None:
        self.count += "key" in entry
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
