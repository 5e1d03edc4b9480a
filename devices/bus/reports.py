"""What a link tells about itself, and what it refuses at the start.

In: a link's parts, an INFO frame, the addresses it is made for. Out: JSON-able counters; `AddressTaken`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol

from devices.bus.frames import FIRST_ADDRESS, LAST_ADDRESS, Info
from devices.bus.inbox import Inbox
from devices.bus.line import Line
from devices.bus.pictures import Pictures
from devices.bus.polling import Polling
from devices.bus.presence import Presence
from devices.errors import AddressTaken


class Parts(Protocol):
    """The parts of a link that count."""

    inbox: Inbox
    polling: Polling
    line: Line
    presence: Presence
    pictures: Pictures


def counters(link: Parts) -> dict[str, int | float | list[int]]:
    return {
        "duplicates": link.inbox.duplicates, "gaps": link.inbox.gaps, "undurable": link.inbox.undurable(),
        "collisions": link.polling.collisions, "sweeps": link.polling.sweeps,
        "late_replies": link.line.late, "extra_wait_ms": round(link.line.extra * 1000, 3),
        "loss": round(link.presence.loss, 4), "present": link.presence.present_count(),
        "missing": link.presence.missing(), "lit": link.pictures.lit, "repairs": link.pictures.repairs,
        "refused": link.pictures.refused, "unconfirmed": link.pictures.unconfirmed(),
    }  # fmt: skip


def describe_info(info: Info) -> dict[str, int | str]:
    """The parts of INFO that a technician asks for."""
    return {
        "firmware": ".".join(map(str, info.fw)), "model": info.model, "hardware": info.hw, "uid": info.uid.hex(),
        "uptime_s": info.uptime_s, "reset_cause": info.reset_cause, "crc_errors": info.crc_errors,
        "overruns": info.overruns, "late": info.late, "temperature_c": info.temperature - 40,
    }  # fmt: skip


def check_addresses(addresses: Iterable[int]) -> list[int]:
    """The addresses in order. Raises `AddressTaken` for one that comes twice or is out of range."""
    known = sorted(addresses)
    for addr, following in pairwise(known):
        if addr == following:
            raise AddressTaken(f"address {addr} is given to two modules")
    for addr in known:
        if not FIRST_ADDRESS <= addr <= LAST_ADDRESS:
            raise AddressTaken(f"address {addr} is outside {FIRST_ADDRESS}…{LAST_ADDRESS}")
    return known
