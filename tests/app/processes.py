"""A whole station in processes of its own: broker, simulated shelf, controller; and a WMS that sends tasks.

In: the derived settings, the broker's port, tasks. Out: what the station tells of its health, for as long as it runs.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from controller.demo.children import Child
from controller.demo.ledgers import read_wms
from controller.demo.site import Folder
from controller.demo.wms import Wms
from controller.settings import Settings
from controller.wms_host.link import close_link, open_link

WAIT_S = 20.0


@contextmanager
def processes(folder: Folder, settings: Settings, port: int, tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    health: dict[str, Any] = {}
    modules = ["sim", "shelf", str(folder.settings), "--json", "--dir", str(folder.sim)]
    children = [
        (Child("broker", ["broker", "--port", str(port)], folder.log("broker")), b"broker ready"),
        (Child("shelf", modules, folder.log("shelf")), b'"ready"'),
        (Child("controller", ["run", str(folder.settings)], folder.log("controller")), b"running:"),
    ]
    url, site, controller = f"mqtt://127.0.0.1:{port}", settings.identity.id, settings.identity.controller
    wms, link = Wms(url, site, controller, tasks, book=folder.wms, pickers=1), None
    try:
        for child, words in children:
            child.start()
            child.await_words(words, WAIT_S)
        topic = f"ptl/v1/{site}/{controller}/state/health"
        link = open_link(url, "health", [topic], lambda _, body: health.update(json.loads(body)))
        wms.start()
        yield health
    finally:
        for child, _ in reversed(children):
            child.stop()
        wms.finish()
        if link is not None:
            close_link(link)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def completed(folder: Folder) -> list[dict[str, Any]]:
    """The lines that the WMS knows to be done."""
    return [dict(event.body) for event in read_wms(folder.wms) if event.body["type"] == "line_completed"]
