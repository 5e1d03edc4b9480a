"""The outcome of a demo: what the ledgers say, in numbers and differences.

In: the books, the tally of faults, the layout. Out: `Result`, which `report` shows and `--json` prints. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from controller.demo.ledgers import JournalBook, LineKey, Press, ShelfBook, WmsBook
from controller.demo.presses import Pairing, Span, pair
from controller.demo.reconcile import BOOKS, Difference, compare_books, fold
from controller.demo.tally import ends_task
from controller.demo.timing import press_to_report, quantile, task_to_lamp
from controller.demo.voice_book import NOBODY, Said, VoiceBook, VoicePairing, pair_voice, speech_to_report


@dataclass(frozen=True, slots=True)
class Layout:
    """What the comparison must know of the site: location -> module, and which modules are the pickers' homes."""

    module_at: Mapping[str, str]
    homes: frozenset[str]


@dataclass(slots=True)
class OrderRow:
    """One order in pieces. `picked`: by the presses in the simulated modules and by what voice pickers meant;
    `booked`: in the journal; `reported`: in the WMS's ledger.
    """

    order: str
    tasks: int = 0
    lines: int = 0
    asked: Decimal = Decimal(0)
    picked: Decimal = Decimal(0)
    booked: Decimal = Decimal(0)
    reported: Decimal = Decimal(0)
    short: Decimal = Decimal(0)
    ended: int = 0

    @property
    def agrees(self) -> bool:
        whole = self.ended == self.tasks and self.reported + self.short == self.asked
        return whole and self.picked == self.booked == self.reported


@dataclass(slots=True)
class Result:
    """`figures`: name -> number; `notes`: what is to be said besides."""

    differences: list[Difference]
    orders: list[OrderRow]
    figures: dict[str, int | float | None]
    faults: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    error: str | None = None

    @property
    def ok(self) -> bool:
        return self.whole and self.error is None and not self.differences

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        rows = [{**asdict(row), "agrees": row.agrees} for row in self.orders]
        return {
            "ok": self.ok,
            "whole": self.whole,
            "error": self.error,
            "faults": self.faults,
            "figures": self.figures,
            "differences": [asdict(difference) for difference in self.differences],
            "orders": [{key: _plain(value) for key, value in row.items()} for row in rows],
        }


def judge(  # noqa: PLR0917
    wms: WmsBook,
    journal: JournalBook,
    shelf: ShelfBook,
    layout: Layout,
    deaf: Sequence[Span],
    voice: VoiceBook = NOBODY,
    *,
    whole: bool = True,
) -> Result:
    """Everything that can be said from the books."""
    pairing = pair(wms, journal, shelf, homes=layout.homes, deaf=deaf, whole=whole)
    spoken = pair_voice(wms, journal, voice)
    differences = compare_books(wms, journal, whole=whole) + pairing.differences + spoken.differences
    orders = order_rows(wms, journal, pairing.press_of, spoken.said_of)
    known = {difference.where for difference in differences}
    differences += [
        Difference("QUANTITY", row.order, f"asked {row.asked}, short {row.short}: {_three(row)}")
        for row in orders
        if whole and not row.agrees and row.order not in known
    ]
    numbers = figures(wms, journal, shelf, layout, pairing) | voice_figures(wms, journal, spoken)
    return Result(differences, orders, numbers, whole=whole)


def order_rows(
    wms: WmsBook, journal: JournalBook, press_of: Mapping[str, Press], said_of: Mapping[str, Said]
) -> list[OrderRow]:
    """Asked, picked, booked, reported, order by order."""
    rows: dict[str, OrderRow] = {}
    standings, presses, facts = fold(wms.events), picked(journal, press_of, said_of), booked(journal)
    ended = {str(event.body.get("task_id")) for event in wms.events if ends_task(event.body)}
    for task, asked in wms.asked.items():
        row = rows.setdefault(asked.order, OrderRow(asked.order))
        row.tasks += 1
        row.ended += task in ended
        row.lines += len(asked.lines)
        for line, wanted in asked.lines.items():
            row.asked += wanted.qty
            row.picked += presses.get((task, line), Decimal(0))
            row.booked += facts.get((task, line), Decimal(0))
            if (standing := standings.get((task, line))) is not None and standing.results:
                row.reported += standing.picked
                row.short += wanted.qty - standing.picked if standing.result == "short" else 0
    return list(rows.values())


def booked(journal: JournalBook) -> dict[LineKey, Decimal]:
    """What stands in the journal, line by line."""
    lines: dict[LineKey, Decimal] = {}
    for fact in journal.facts:
        if fact.kind in BOOKS:
            lines[fact.line] = lines.get(fact.line, Decimal(0)) + Decimal(str(fact.body["picked"]))
        elif fact.kind == "PickUndone":
            lines[fact.line] = lines.get(fact.line, Decimal(0)) - Decimal(str(fact.body["picked"]))
    return lines


def picked(journal: JournalBook, press_of: Mapping[str, Press], said_of: Mapping[str, Said]) -> dict[LineKey, Decimal]:
    """The same by what the modules counted, and what voice pickers meant: a booking without a press or a phrase counts
    nothing, an undo takes back what there was.

    The journal only tells which line a press belongs to; the quantity is the module's own. A module that
    can not count confirms the whole line.
    """
    lines: dict[LineKey, Decimal] = {}
    for fact in journal.facts:
        press, said = press_of.get(fact.cause), said_of.get(fact.cause)
        if press is None and said is None:
            continue
        if fact.kind == "PickUndone":
            lines[fact.line] = Decimal(0)
        elif said is not None and fact.kind in BOOKS:
            meant = Decimal(str((said.books or {}).get("quantity", 0)))
            lines[fact.line] = lines.get(fact.line, Decimal(0)) + meant
        elif press is not None and fact.kind in BOOKS:
            counts = press.seq is not None and (press.quantity or fact.kind == "LineShorted")
            counted = Decimal(press.quantity) if counts else Decimal(str(fact.body["picked"]))
            lines[fact.line] = lines.get(fact.line, Decimal(0)) + counted
    return lines


def figures(
    wms: WmsBook, journal: JournalBook, shelf: ShelfBook, layout: Layout, pairing: Pairing
) -> dict[str, int | float | None]:
    """Counts and times; times in milliseconds, None where nothing was measured."""
    lamp = task_to_lamp(wms, journal, shelf, layout.module_at)
    report = press_to_report(wms, pairing.press_of)
    kinds = [fact.kind for fact in journal.facts]
    return {
        "orders": len({asked.order for asked in wms.asked.values()}),
        "tasks": len(wms.asked),
        "lines": sum(len(asked.lines) for asked in wms.asked.values()),
        "events": len(wms.events),
        "acknowledged": journal.acked,
        "presses": len(shelf.presses),
        "booked_presses": sum(kind in BOOKS for kind in kinds),
        "undone": kinds.count("PickUndone"),
        "skipped": sum(fact.kind == "LineReleased" and fact.body["why"] == "SKIPPED" for fact in journal.facts),
        "wrong_presses": kinds.count("WrongPress"),
        "home_presses": pairing.at_home,
        "unheard_gpio_presses": len(pairing.unheard),
        "lamps": len(shelf.lit),
        "task_to_lamp_n": len(lamp),
        "task_to_lamp_ms_p50": _ms(quantile(lamp, 0.5)),
        "task_to_lamp_ms_p99": _ms(quantile(lamp, 0.99)),
        "press_to_report_n": len(report),
        "press_to_report_ms_p50": _ms(quantile(report, 0.5)),
        "press_to_report_ms_p99": _ms(quantile(report, 0.99)),
    }


def voice_figures(wms: WmsBook, journal: JournalBook, spoken: VoicePairing) -> dict[str, int | float | None]:
    """Of those who speak; nothing where nobody does."""
    if not spoken.said and not any(fact.kind == "PhraseTaken" for fact in journal.facts):
        return {}
    took = speech_to_report(wms, spoken.said_of)
    return {
        "phrases_said": spoken.said,
        "phrases_understood": spoken.understood,
        "phrases_rejected": spoken.rejected,
        "phrases_misheard": spoken.misheard,
        "phrases_of_nobody": spoken.noise,
        "booked_by_voice": sum(fact.kind in BOOKS and fact.cause in spoken.said_of for fact in journal.facts),
        "speech_to_report_n": len(took),
        "speech_to_report_ms_p50": _ms(quantile(took, 0.5)),
        "speech_to_report_ms_p95": _ms(quantile(took, 0.95)),
    }


def _three(row: OrderRow) -> str:
    return f"pickers {row.picked}, journal {row.booked}, WMS {row.reported}; {row.ended} of {row.tasks} tasks ended"


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
