"""A large file over an unreliable line.

In: a URL. Out: the whole file, or DownloadError with what is there kept: the next call goes on where this one stopped,
if the server still has the same file (Range with If-Range, RFC 9110 sections 13.1.5 and 14.2), else anew.
"""

from __future__ import annotations

import errno
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controller.voice.models_store.errors import DownloadError

BLOCK = 64 * 1024
TIMEOUT_S = 20.0
"""Without a byte; a model of 40 MB takes minutes on a bad line, but never stands still that long."""
FRUITLESS = 5
"""Attempts in a row that brought no byte, before giving up."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
MAX_BYTES = 3_000_000_000
"""No public model is larger: what is larger is another file."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed (RFC 9110, RFC 6585, RFC 8470)."""
OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.ENOENT, errno.EISDIR})

Progress = Callable[[int, int], None]
"""Bytes that are there, bytes of the whole file (0 = not known)."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a test wants to change. `room(bytes)` raises if so much does not fit."""

    timeout_s: float = TIMEOUT_S
    sleep: Callable[[float], None] = time.sleep
    room: Callable[[int], None] = lambda _: None


class _BrokenOffError(Exception):
    """This attempt ended early; another one may bring more."""


def fetch(url: str, part: Path, size: int = 0, progress: Progress = lambda *_: None, line: Line | None = None) -> None:
    """Bring the whole of `url` into `part`. `size`: what it has to be, 0 = not known.

    Beside `part` a small file says what it is part of. Raises DownloadError.
    """
    line = line or Line()
    if urlsplit(url).scheme not in {"http", "https"}:
        raise DownloadError(f"{url} is no http or https address. A file on this machine goes through `import`.")
    fruitless = 0
    while True:
        before = _length(part)
        try:
            _attempt(url, part, size, progress, line)
        except (_BrokenOffError, OSError, http.client.HTTPException) as error:
            fruitless = 0 if _length(part) > before else fruitless + 1
            if fruitless >= FRUITLESS or _hopeless(error):
                raise DownloadError(_sorry(url, part, error)) from error
            line.sleep(PAUSES_S[min(fruitless, len(PAUSES_S) - 1)])
        else:
            _tag_file(part).unlink(missing_ok=True)
            return


def _attempt(url: str, part: Path, size: int, progress: Progress, line: Line) -> None:
    have, tag = _begun(url, part)
    if have and have == size:
        return
    request = urllib.request.Request(url, headers={"User-Agent": "pickbeam", "Accept-Encoding": "identity"})  # noqa: S310
    if have:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", tag)
    try:
        with _OPENER.open(request, timeout=line.timeout_s) as answer:
            have, total = _agreed(answer, have, size)
            line.room(max(0, total - have))
            _write_tag(part, url, answer)
            _receive(answer, part, have, total, progress)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:  # nothing follows: it is whole already, or not part of that file any more
                if error.headers.get("Content-Range") == f"bytes */{have}":
                    return
                part.unlink(missing_ok=True)
                raise _BrokenOffError("the file has changed on the server") from error
            raise


def _agreed(answer: Any, have: int, size: int) -> tuple[int, int]:
    """(where these bytes belong, how long the whole is or 0). Raises DownloadError for another file than asked for."""
    if answer.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have:
            raise DownloadError("the server sends another part than it was asked for. Try another --url.")
        total = 0 if found[2] == "*" else int(found[2])
    else:
        have, total = 0, int(answer.headers.get("Content-Length") or 0)
    if total > MAX_BYTES or (size and total and total != size):
        expected = f"{size}" if size else f"at most {MAX_BYTES}"
        raise DownloadError(f"the server offers {total} bytes where it should be {expected}: this is another file.")
    return have, total or size


def _receive(answer: Any, part: Path, have: int, total: int, progress: Progress) -> None:
    """`total` 0 = until the server ends it."""
    with part.open("r+b" if have else "wb") as file:
        file.seek(have)
        file.truncate()
        progress(have, total)
        while block := answer.read(BLOCK):
            have += len(block)
            if have > (total or MAX_BYTES):
                raise DownloadError("the server sends more than the file is long. Try another --url.")
            file.write(block)
            progress(have, total)
    if total and have < total:
        raise _BrokenOffError(f"the line broke after {have} of {total} bytes")


# --- what is there already -------------------------------------------------------------------------------------------


def _begun(url: str, part: Path) -> tuple[int, str]:
    """(bytes that can be built on, the server's tag of that file); 0 when there are none of this URL, or no tag."""
    try:
        noted = json.loads(_tag_file(part).read_text(encoding="utf-8"))
        if noted["url"] == url and noted["tag"]:
            return _length(part), str(noted["tag"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, ""


def _write_tag(part: Path, url: str, answer: Any) -> None:
    """A weak tag (W/…) does not promise the same bytes, and is not allowed in If-Range."""
    tag = answer.headers.get("ETag", "")
    if not tag or tag.startswith("W/"):
        tag = answer.headers.get("Last-Modified", "")
    _tag_file(part).write_text(json.dumps({"url": url, "tag": tag}), encoding="utf-8")


def _tag_file(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _length(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _hopeless(error: Exception) -> bool:
    """404 stays 404; a full disk stays full; a certificate that is wrong stays wrong."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code not in AGAIN
    reason = getattr(error, "reason", None)
    return "CERTIFICATE" in str(reason) or (isinstance(error, OSError) and error.errno in OF_THE_DISK)


def _sorry(url: str, part: Path, error: Exception) -> str:
    kept = f" {_length(part)} bytes are kept; the same command goes on from there." if _length(part) else ""
    why = f"the server says {error.code} {error.reason}" if isinstance(error, urllib.error.HTTPError) else error
    return (
        f"{url} could not be fetched: {why}.{kept} Without internet here: fetch it elsewhere, copy it, and "
        "`pickbeam voice models import FILE`."
    )


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """From https nobody is led to anything else."""

    def redirect_request(  # noqa: PLR0917 (the standard library calls it so)
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise DownloadError(f"{req.full_url} leads to {newurl}, which is not encrypted. Try another --url.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_NoDowngrade)
