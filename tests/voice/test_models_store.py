"""The store of models: what is refused, what is resumed, what is noticed. No network but 127.0.0.1."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli.voice import models as command
from controller.errors import UsageError
from controller.voice.models_store import (
    ArchiveError,
    ChecksumError,
    DownloadError,
    ModelError,
    NotAModelError,
    UnknownModelError,
    archive,
    describe,
    download,
    fst,
    manifest,
    obtain,
    registry,
    resolve,
    usable,
)
from controller.voice.models_store.registry import Entry
from controller.voice.models_store.store import SPARE_BYTES, Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = ("<eps>", "one", "two", "[unk]")


def graph(words: tuple[str, ...] | None, kind: str = "const") -> bytes:
    """The head of an OpenFst file, with the words in it or without."""

    def text(value: str) -> bytes:
        return struct.pack("<i", len(value.encode())) + value.encode()

    head = struct.pack("<i", 2125659606) + text(kind) + text("standard")
    head += struct.pack("<iiQqqq", 2, 0 if words is None else 2, 0, 0, 1, 1)
    if words is not None:
        head += struct.pack("<i", 2125658996) + text("words") + struct.pack("<qq", len(words), len(words))
        head += b"".join(text(word) + struct.pack("<q", n) for n, word in enumerate(words))
    return head + bytes(40)


def files(words: tuple[str, ...] | None = WORDS) -> dict[str, bytes]:
    return {
        "am/final.mdl": b"\0B<TransitionModel>" + bytes(range(256)) * 400,
        "conf/mfcc.conf": b"--sample-frequency=16000\n",
        "conf/model.conf": b"--beam=10\n",
        "graph/HCLr.fst": graph(None, "olabel_lookahead"),
        "graph/Gr.fst": graph(words),
    }


def make_folder(place: Path, content: dict[str, bytes]) -> Path:
    for name, body in content.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(body)
    return place


def make_zip(path: Path, content: dict[str, bytes], top: str = "m/") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
        for name, body in content.items():
            made.writestr(f"{top}{name}", body)
    return path


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the disk is what these tests would mostly do."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def incoming(path: Path, name: str = "m", **more: object) -> Path:
    """Import with the defaults of these tests."""
    place = Store(path.parent / "store")
    return obtain.take_in(place, path, Entry(name, "en"), obtain.Wish(**more), NOW)  # type: ignore[arg-type]


# --- the registry ----------------------------------------------------------------------------------------------------


def test_every_known_model_can_be_checked() -> None:
    fetched = [entry for entry in registry.entries() if not entry.embedded]
    assert {entry.language for entry in fetched} == {"en", "de", "es", "fr"}
    for entry in fetched:
        assert entry.url == f"https://alphacephei.com/vosk/models/{entry.name}.zip"
        assert len(bytes.fromhex(entry.sha256)) == 32
        assert 30_000_000 < entry.size < 60_000_000
        assert entry.source
    assert len({entry.sha256 for entry in fetched}) == len(fetched)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownModelError, match=r"Did you mean vosk-model-small-de-0\.15"):
        registry.find("vosk-model-small-de")


# --- archives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "C:\\evil", "a\\..\\evil", "C:evil"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as made:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        made.writestr(info, b"x")
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match="outside"):
        archive.unpack(bad, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.zip", "out"]


def test_links_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as made:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        made.writestr(info, b"/etc/passwd")
    with pytest.raises(ArchiveError, match="link"):
        archive.unpack(bad, tmp_path)


def test_a_bomb_is_stopped_by_what_comes_out(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(4_000_000))
    with pytest.raises(ArchiveError, match="far more"):
        archive.unpack(bomb, tmp_path)
    assert (tmp_path / "zeros").stat().st_size <= bomb.stat().st_size * archive.Limits().ratio
    with pytest.raises(ArchiveError, match="more than 1 MB"):
        archive.unpack(bomb, tmp_path, archive.Limits(total_bytes=1_000_000))
    with pytest.raises(ArchiveError, match="at most 0"):
        archive.unpack(bomb, tmp_path, archive.Limits(files=0))


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "m.zip", files())
    body = bytearray(whole.read_bytes())
    body[5000] ^= 1
    whole.write_bytes(body)
    with pytest.raises(ArchiveError, match="damaged"):
        incoming(whole)
    whole.write_bytes(body[:9000])
    with pytest.raises(ArchiveError, match="damaged"):
        incoming(whole)
    assert Store(tmp_path / "store").names() == []


# --- what is a model -------------------------------------------------------------------------------------------------


def test_words_are_read_from_the_graph_or_from_beside_it(tmp_path: Path) -> None:
    inside = make_folder(tmp_path / "a", files())
    beside = make_folder(tmp_path / "b", files(None) | {"graph/words.txt": b"<eps> 0\none 1\n"})
    assert set(usable.words(inside)) == set(WORDS)
    assert set(usable.words(beside)) == {"<eps>", "one"}
    assert [fault.serious for fault in usable.check(beside, ["one", "three"])] == [False, False]
    assert "three" in str(usable.check(inside, ["one", "three"])[0])
    assert usable.check(inside, ["one", "two"]) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"graph/Gr.fst": None}, "Gr.fst is missing"),
        ({"graph/HCLG.fst": b"x"}, "ignores grammars"),
        ({"am/final.mdl": b"RIFF"}, "no acoustic model"),
        ({"graph/HCLr.fst": b"not an fst"}, "no OpenFst graph"),
        ({"graph/Gr.fst": graph(WORDS)[:90]}, "no OpenFst graph"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, change: dict[str, bytes | None], why: str) -> None:
    content = {name: body for name, body in (files() | change).items() if body is not None}
    folder = make_folder(tmp_path / "m", content)
    with pytest.raises(NotAModelError, match=why):
        incoming(folder)
    with pytest.raises(NotAModelError, match=why):
        resolve("en", folder)


def test_an_absurd_length_in_a_graph_does_not_allocate(tmp_path: Path) -> None:
    (tmp_path / "g").write_bytes(struct.pack("<ii", fst.FST_MAGIC, 2_000_000_000))
    with pytest.raises(NotAModelError):
        list(fst.words(tmp_path / "g"))


# --- the store -------------------------------------------------------------------------------------------------------


def test_a_zip_and_a_folder_become_the_same_model(tmp_path: Path) -> None:
    one = incoming(make_zip(tmp_path / "m.zip", files()))
    make_folder(tmp_path / "f" / "deep" / "m", files())
    make_folder(tmp_path / "f" / "deep" / "__MACOSX", {"x": b""})
    two = incoming(tmp_path / "f", "n")
    assert manifest.digests(one) == manifest.digests(two)
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [".lock", "m", "n"]
    assert str(describe(one)) == "m (en, 0.1 MB)"


def test_verification_tells_corrupt_missing_and_extra(tmp_path: Path) -> None:
    path = incoming(make_zip(tmp_path / "m.zip", files()))
    noted = manifest.read(path)
    assert noted is not None
    assert not manifest.compare(path, noted)
    (path / "am/final.mdl").write_bytes(b"\1" + (path / "am/final.mdl").read_bytes()[1:])
    (path / "conf/mfcc.conf").unlink()
    (path / "new").write_text("x")
    (path / "link").symlink_to("/etc/passwd")
    assert manifest.compare(path, noted) == manifest.Difference(("am/final.mdl",), ("conf/mfcc.conf",), ("link", "new"))
    (path / manifest.FILE).write_text("{")
    with pytest.raises(NotAModelError, match="damaged"):
        manifest.read(path)
    assert describe(path).name == "m"


def test_installed_twice_only_when_asked(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "m.zip", files())
    incoming(zipped)
    with pytest.raises(ModelError, match="--replace"):
        incoming(zipped)
    newer = make_zip(tmp_path / "m.zip", files() | {"README": b"second"})
    assert (incoming(newer, replace=True) / "README").read_bytes() == b"second"


def test_a_crash_while_moving_brings_the_old_one_back(tmp_path: Path, store: Store) -> None:
    path = incoming(make_zip(tmp_path / "m.zip", files()))
    path.rename(store.folder / ".old-m")
    (store.folder / ".incoming-m").mkdir()
    with store.locked():
        assert store.names() == ["m"]
    assert not (store.folder / ".incoming-m").exists()


def test_one_command_at_a_time(store: Store) -> None:
    with store.locked(), pytest.raises(ModelError, match="another command"), Store(store.folder).locked():
        pass


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    small = Store(tmp_path / "store", free=lambda _: SPARE_BYTES + 1000)
    with pytest.raises(ModelError, match="Free some"):
        obtain.take_in(small, make_zip(tmp_path / "m.zip", files()), Entry("m", "en"), obtain.Wish(), NOW)
    assert small.names() == []


def test_names_cannot_leave_the_store(store: Store) -> None:
    for name in ("../m", "a/b", "", ".m", "-m", "m" * 65):
        with pytest.raises(UnknownModelError):
            store.path(name)


def test_the_checksum_of_a_zip_that_was_brought(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "m.zip", files())
    digest = hashlib.sha256(zipped.read_bytes()).hexdigest()
    with pytest.raises(ChecksumError, match="Copy it again"):
        incoming(zipped, sha256="0" * 64)
    with pytest.raises(ModelError, match="64 hexadecimal"):
        incoming(zipped, sha256="abc")
    noted = manifest.read(incoming(zipped, sha256=digest.upper()))
    assert noted is not None
    assert (noted.archive_sha256, noted.trusted, noted.installed) == (digest, "given", "2026-03-01T12:00:00Z")
    assert noted.files.keys() == files().keys()


# --- choosing --------------------------------------------------------------------------------------------------------


def test_the_embedded_model_is_labelled() -> None:
    path = resolve("en")
    about = describe(path)
    assert about.embedded
    assert "demo/fallback model: not for operators" in str(about)


def test_no_model_is_told_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"fetch vosk-model-small-de-0\.15"):
        resolve("de")
    with pytest.raises(ModelError, match=r"is not there.*fetch"):
        resolve("de", tmp_path / "gone")
    zipped = make_zip(tmp_path / "m.zip", files())
    with pytest.raises(ModelError, match="Import it"):
        resolve("en", zipped)
    folder = make_folder(tmp_path / "outer" / "m", files())
    assert resolve("en", folder.parent) == folder


# --- downloading -----------------------------------------------------------------------------------------------------


class Server:
    """Serves `body` on 127.0.0.1 and does what `plan` says, one word per request: cut:N, 404, 503, whole, weak."""

    def __init__(self, body: bytes, plan: str = "") -> None:
        self.body, self.plan, self.asked, self.tag = body, plan.split(), [], '"one"'
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/m.zip"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    asked: list[tuple[str | None, str | None]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((wanted, request.headers.get("If-Range")))
        todo = self.plan.pop(0) if self.plan else "go"
        if todo.isdigit():
            request.send_response(int(todo))
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = 0
        if wanted and todo != "whole" and request.headers.get("If-Range") == self.tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(self.body):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.body)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        rest = self.body[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        request.send_header("Content-Length", str(len(rest)))
        request.send_header("ETag", f"W/{self.tag}" if todo == "weak" else self.tag)
        request.end_headers()
        if todo.startswith("cut:"):
            rest = rest[: int(todo[4:])]
            request.close_connection = True
        request.wfile.write(rest)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(body: bytes, plan: str = "") -> Server:
        made.append(Server(body, plan))
        return made[-1]

    yield start
    for server in made:
        server.close()


BODY = bytes(range(256)) * 1200
PAUSES: list[float] = []
LINE = download.Line(timeout_s=5, sleep=PAUSES.append)


def test_a_broken_line_is_resumed(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY, "cut:100000 cut:70000")
    seen: list[tuple[int, int]] = []
    download.fetch(server.url, tmp_path / "p", len(BODY), lambda *at: seen.append(at), LINE)
    assert (tmp_path / "p").read_bytes() == BODY
    assert server.asked == [(None, None), ("bytes=100000-", '"one"'), ("bytes=170000-", '"one"')]
    assert seen[-1] == (len(BODY), len(BODY))
    assert [have for have, _ in seen] == sorted(have for have, _ in seen)
    assert not (tmp_path / "p.json").exists()


def test_another_call_goes_on_too(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY, "cut:100000 404")
    with pytest.raises(DownloadError, match=r"404.*100000 bytes are kept"):
        download.fetch(server.url, tmp_path / "p", line=LINE)
    download.fetch(server.url, tmp_path / "p", line=LINE)
    assert server.asked[-1] == ("bytes=100000-", '"one"')
    assert (tmp_path / "p").read_bytes() == BODY


def test_a_changed_file_is_fetched_anew(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY, "cut:100000 404")
    with pytest.raises(DownloadError):
        download.fetch(server.url, tmp_path / "p", line=LINE)
    server.body, server.tag = BODY[::-1], '"two"'
    download.fetch(server.url, tmp_path / "p", line=LINE)
    assert (tmp_path / "p").read_bytes() == BODY[::-1]


def test_without_a_strong_tag_nothing_is_pieced_together(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY, "weak")
    server.plan = ["weak"]
    (tmp_path / "p").write_bytes(b"of something else")
    download.fetch(server.url, tmp_path / "p", line=LINE)
    assert server.asked == [(None, None)]
    assert (tmp_path / "p").read_bytes() == BODY


def test_what_is_whole_is_not_fetched_again(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY)
    (tmp_path / "p").write_bytes(BODY)
    (tmp_path / "p.json").write_text(json.dumps({"url": server.url, "tag": '"one"'}))
    download.fetch(server.url, tmp_path / "p", line=LINE)
    assert len(server.asked) == 1  # the size is not known: 416 tells that it is whole
    (tmp_path / "p.json").write_text(json.dumps({"url": server.url, "tag": '"one"'}))
    download.fetch(server.url, tmp_path / "p", len(BODY), line=LINE)
    assert len(server.asked) == 1
    assert (tmp_path / "p").read_bytes() == BODY


def test_it_gives_up_when_nothing_comes(tmp_path: Path, serve: Callable[..., Server]) -> None:
    PAUSES.clear()
    server = serve(BODY, "503 " * 9)
    with pytest.raises(DownloadError, match=r"503.*import FILE"):
        download.fetch(server.url, tmp_path / "p", line=LINE)
    assert len(server.asked) == download.FRUITLESS
    assert PAUSES == [2.0, 4.0, 8.0, 8.0]


def test_another_length_is_another_file(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY)
    with pytest.raises(DownloadError, match="another file"):
        download.fetch(server.url, tmp_path / "p", len(BODY) + 1, line=LINE)
    with pytest.raises(DownloadError, match="import"):
        download.fetch("file:///etc/passwd", tmp_path / "p", line=LINE)


def test_fetch_checks_and_installs(tmp_path: Path, store: Store, serve: Callable[..., Server]) -> None:
    zipped = make_zip(tmp_path / "m.zip", files()).read_bytes()
    digest = hashlib.sha256(zipped).hexdigest()
    server = serve(zipped, "cut:9000")
    unknown = Entry("m", "en", server.url)
    with pytest.raises(ModelError, match=r"--sha256.*--trust-first"):
        obtain.fetch(store, unknown, obtain.Wish(), now=NOW, line=LINE)
    assert server.asked == []
    known = Entry("m", "en", server.url, "0" * 64)
    with pytest.raises(ChecksumError, match=digest):
        obtain.fetch(store, known, obtain.Wish(), now=NOW, line=LINE)
    assert store.names() == []
    assert not store.part("m").exists()
    path = obtain.fetch(store, Entry("m", "en", server.url, digest, len(zipped)), obtain.Wish(), now=NOW, line=LINE)
    noted = manifest.read(path)
    assert noted is not None
    assert (noted.trusted, noted.archive_sha256) == ("registry", digest)
    again = obtain.fetch(store, unknown, obtain.Wish(trust_first=True, replace=True), now=NOW, line=LINE)
    noted = manifest.read(again)
    assert noted is not None
    assert (noted.trusted, noted.archive_sha256) == ("first use", digest)


def test_fetch_stops_before_the_disk_is_full(tmp_path: Path, serve: Callable[..., Server]) -> None:
    server = serve(BODY)
    tight = Store(tmp_path / "store", free=lambda _: SPARE_BYTES + 10)
    with pytest.raises(ModelError, match="Free some"):
        obtain.fetch(tight, Entry("m", "en", server.url), obtain.Wish(trust_first=True), now=NOW, line=LINE)
    assert not tight.part("m").exists()


# --- the command -----------------------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(command.app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_command_lists_imports_and_verifies(tmp_path: Path) -> None:
    place = ("--store", str(tmp_path / "store"))
    zipped = make_zip(tmp_path / "ours.zip", files())
    code, text = run("import", str(zipped), "--language", "nl", *place)
    assert code == 0
    assert f'models = {{ nl = "{tmp_path / "store/ours"}" }}' in text
    listed = {row["name"]: row for row in json.loads(run("list", "--json", *place)[1])["models"]}
    assert listed["ours"]["installed"]
    assert listed["en-embedded"]["notes"].startswith("demo/fallback model")
    assert not listed["vosk-model-small-de-0.15"]["installed"]
    assert run("verify", "ours", "--no-words", *place)[0] == 0
    (tmp_path / "store/ours/conf/model.conf").write_text("--beam=1\n")
    code, text = run("verify", "ours", "--json", "--no-words", *place)
    result = json.loads(text)
    assert (code, result["ok"], result["corrupt"]) == (1, False, ["conf/model.conf"])


def test_the_command_names_what_is_not_there(tmp_path: Path) -> None:
    code, text = run("verify", str(tmp_path / "gone"), "--no-words", "--json", "--store", str(tmp_path))
    assert (code, json.loads(text)["ok"]) == (1, False)
    with pytest.raises(UsageError, match="not installed"):
        run("verify", "gone", "--store", str(tmp_path))
    with pytest.raises(UnknownModelError):
        run("fetch", "vosk-model-smal-de", "--store", str(tmp_path))
    with pytest.raises(ModelError, match="Name a zip"):
        run("import", str(tmp_path / "gone.zip"), "--store", str(tmp_path))


def test_the_command_fetches(tmp_path: Path, serve: Callable[..., Server]) -> None:
    body = io.BytesIO()
    make_zip(tmp_path / "x.zip", files())
    body.write((tmp_path / "x.zip").read_bytes())
    server = serve(body.getvalue())
    code, text = run("fetch", "mine", "--url", server.url, "--trust-first", "--json", "--store", str(tmp_path / "s"))
    assert code == 0
    assert json.loads(text)["trusted"] == "first use"
    with pytest.raises(DownloadError, match="another file"):  # a mirror does not change what the bytes have to be
        run("fetch", "vosk-model-small-de-0.15", "--url", server.url, "--store", str(tmp_path / "s"))
