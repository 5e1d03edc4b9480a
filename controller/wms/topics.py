"""The topic tree of one controller.

In: site and controller id. Out: the topic strings of docs/CONTRACT.md section 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LEVEL = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""What a topic level may hold: no '.', space or ':', which some brokers rewrite or refuse."""

HOST = "_wms"
"""The level that stands for the WMS where a controller id would be."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Raises ValueError where an id cannot be a topic level on every broker."""

    site: str
    controller: str

    def __post_init__(self) -> None:
        for name in (self.site, self.controller):
            if not LEVEL.fullmatch(name):
                raise ValueError(f"{name!r} cannot be a topic level: use 1 to 32 of A-Z a-z 0-9 _ -")

    @property
    def task(self) -> str:
        return self._topic("in/task")

    @property
    def command(self) -> str:
        return self._topic("in/cmd")

    @property
    def ack(self) -> str:
        return self._topic("in/ack")

    @property
    def event(self) -> str:
        return self._topic("out/event")

    @property
    def reply(self) -> str:
        return self._topic("out/reply")

    @property
    def presence(self) -> str:
        return self._topic("state/presence")

    @property
    def info(self) -> str:
        return self._topic("state/info")

    @property
    def health(self) -> str:
        return self._topic("state/health")

    @property
    def host_presence(self) -> str:
        return f"ptl/v1/{self.site}/{HOST}/state/presence"

    @property
    def inbound(self) -> tuple[str, ...]:
        """What a controller subscribes to: one filter per topic, none of them overlapping."""
        return (self.task, self.command, self.ack, self.presence, self.host_presence)

    @property
    def client_id(self) -> str:
        return f"ptl-{self.site}-{self.controller}"

    def _topic(self, rest: str) -> str:
        return f"ptl/v1/{self.site}/{self.controller}/{rest}"
