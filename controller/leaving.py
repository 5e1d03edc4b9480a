"""A stop on purpose: the station owes nobody anything when it leaves.

In: the gate, the way to the WMS. Out: nothing new is taken in, and what was decided is durable and acknowledged by the
WMS; or the time is up, and the events that are left are sent again after the next start.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final, Protocol

from controller.gate import Gate

log = logging.getLogger(__name__)

LIMIT_S: Final = 3.0
"""A WMS that is at work acknowledges within 0.2 s, a busy one within a second; who stops a station is not to wait long
for one that does not."""


class Recipient(Protocol):
    """Returns when every event has been acknowledged, or nobody is there to do it."""

    async def delivered(self) -> None: ...


async def leave(gate: Gate, wms: Recipient, limit_s: float = LIMIT_S) -> None:
    """The gate is shut first: with new events still coming there would be no moment without one under way."""
    durable = asyncio.Event()
    gate.shut(durable.set)
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await durable.wait()
            await wms.delivered()
            return
    log.info("not everything was acknowledged in %.0f s: it is sent again after the next start", limit_s)
