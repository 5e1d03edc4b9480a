"""What goes wrong on the floor, as the WMS hears of it.

In: a fact. Out: an `exception` event, or None for facts that are no trouble (or not worth telling).
"""

from __future__ import annotations

from collections.abc import Callable

from controller.core import facts as f
from controller.core.model import Site
from controller.wms import payloads as p

ATTEMPTS_TOLD = 3
"""Wrong check digits at one line are told once, after this many: a slip is nobody's business."""


def trouble(fact: f.Fact, site: Site, where: Callable[[str], p.Where]) -> p.ExceptionEvent | None:
    """`where` turns a location into what is told of it."""
    match fact:
        case f.LocationDown(location=location, fault=fault):
            return _exception("MODULE_OFFLINE", "warn", fault, where(location))
        case f.LocationUp(location=location):
            return _exception("MODULE_ONLINE", "info", "", where(location))
        case f.WrongPress(location=location, why=why, picker=picker):
            return _exception("WRONG_PRESS", "info", why, where(location), picker)
        case f.HeadsetDown(picker=picker, fault=fault):
            return _exception("HEADSET_OFFLINE", "warn", fault, where(_home(site, picker)), picker)
        case f.HeadsetUp(picker=picker):
            return _exception("HEADSET_ONLINE", "info", "", where(_home(site, picker)), picker)
        case f.ProofRefused(location=location, attempt=attempt, said=said, picker=picker) if attempt == ATTEMPTS_TOLD:
            return _exception(
                "CHECK_FAILED", "warn", f"check digits wrong {attempt} times: {said}", where(location), picker
            )
    return None


def _exception(code: str, level: str, detail: str, where: p.Where, picker: str | None = None) -> p.ExceptionEvent:
    return p.ExceptionEvent(code=code, level=level, detail=detail, where=where, picker=picker)


def _home(site: Site, picker: str) -> str:
    """A headset has no place; its picker's module says where to look. Empty where he has none."""
    profile = site.pickers.get(picker)
    return "" if profile is None or profile.home is None else profile.home
