"""The wearers' own book: what each heard, said, meant to book and pressed, one JSON line each, at once.

In: entries. Out: a JSONL file to reconcile a run with afterwards. Every line has `t` (seconds since 1970), `picker` and
`kind`: `heard` (`text`, `keys`, `beeps`, `from`), `said` (`n`, `text`, `meant`, `from`, `until`, `books`),
`acknowledged` (`n`), `pressed` (`module`, `key`, `why`), `mishap` (`what`, `for`).
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, TextIO


class Notes:
    """Appends to `path`; None = keeps nothing. For several threads."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def write(self, picker: str, kind: str, **more: Any) -> None:
        entry = {"t": round(time.time(), 3), "picker": picker, "kind": kind, **more}
        with self._lock:
            if self._file is not None:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
