"""Do the ledgers tell the same story? WMS against journal, both against what was asked (for presses see `presses`).

In: the books. Out: every difference, as a kind, a place and a sentence; none means that nothing was lost and
nothing was booked twice. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from controller.demo.ledgers import Asked, Booked, FactRow, JournalBook, LineKey, WmsBook
from controller.demo.tally import ends_task

BOOKS = ("LineConfirmed", "LineShorted")
REPLAY = "replay"
"""Marks an event that was sent again; the rest of it has to be the same."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind`: GAP DOUBLE MISSING FOREIGN CONTENT OPEN QUANTITY LOST_PRESS NO_PRESS UNACKED; `where`: of what."""

    kind: str
    where: str
    text: str


@dataclass(slots=True)
class Standing:
    """How one line stands after all its events. `results`: those that were not taken back."""

    results: int = 0
    picked: Decimal = Decimal(0)
    result: str = ""


def compare_books(wms: WmsBook, journal: JournalBook, *, whole: bool = True) -> list[Difference]:
    """WMS and journal, and both against what was asked. `whole` False: the run was broken off, work may be open."""
    found = [*_streams(wms.events), *_same_events(wms.events, journal.events, whole=whole)]
    standings = fold(wms.events)
    found += _same_lines(standings, fold_facts(journal.facts))
    found += _summaries(wms.events, standings)
    found += _tasks(wms.asked, wms.events, standings, whole=whole)
    if whole and journal.events and journal.acked < journal.events[-1].seq:
        last = journal.events[-1].seq
        found.append(Difference("UNACKED", "journal", f"event {last} was sent, {journal.acked} acknowledged"))
    return found


def fold(events: Iterable[Booked]) -> dict[LineKey, Standing]:
    """How every line stands for the WMS: Σ effects of its events."""
    lines: defaultdict[LineKey, Standing] = defaultdict(Standing)
    for event in events:
        body = event.body
        if body["type"] == "line_completed":
            line = lines[str(body["task_id"]), str(body["line_id"])]
            line.results += 1
            line.picked += _number(body["qty_picked"])
            line.result = str(body["result"])
        elif body["type"] == "line_corrected":
            line = lines[str(body["task_id"]), str(body["line_id"])]
            line.results -= 1
            line.picked += _number(body["qty_picked"]) - _number(body["qty_was"])
    return dict(lines)


def fold_facts(facts: Iterable[FactRow]) -> dict[LineKey, Standing]:
    """The same, as the journal has it."""
    lines: defaultdict[LineKey, Standing] = defaultdict(Standing)
    for fact in facts:
        if fact.kind in BOOKS:
            line = lines[fact.line]
            line.results += 1
            line.picked += _number(fact.body["picked"])
        elif fact.kind == "PickUndone":
            line = lines[fact.line]
            line.results -= 1
            line.picked -= _number(fact.body["picked"])
    return dict(lines)


# --- the parts --------------------------------------------------------------------------------------------------------


def _streams(events: Sequence[Booked]) -> Iterator[Difference]:
    """Each stream counts 1, 2, 3 … without a gap or a repetition."""
    streams: defaultdict[str, list[int]] = defaultdict(list)
    for event in events:
        streams[event.stream].append(event.seq)
    for stream, seqs in streams.items():
        counts = Counter(seqs)
        for seq, count in counts.items():
            if count > 1:
                yield Difference("DOUBLE", f"{stream}:{seq}", f"the WMS booked this event {count} times")
        for seq in range(1, max(seqs)):
            if seq not in counts:
                yield Difference("GAP", f"{stream}:{seq}", "the WMS has later events, but not this one")
    if len(streams) > 1:
        yield Difference("GAP", "stream", f"the events came in {len(streams)} streams: {', '.join(streams)}")


def _same_events(wms: Sequence[Booked], journal: Sequence[Booked], *, whole: bool) -> Iterator[Difference]:
    """What the journal sent is what the WMS has, event by event."""
    theirs = {(event.stream, event.seq): event.body for event in wms}
    ours = {(event.stream, event.seq): event.body for event in journal}
    for key in ours.keys() - theirs.keys() if whole else ():
        yield Difference("MISSING", _place(key), f"{ours[key]['type']} is in the journal, the WMS never got it")
    for key in theirs.keys() - ours.keys():
        yield Difference("FOREIGN", _place(key), f"the WMS has {theirs[key]['type']}, the journal knows nothing of it")
    for key in ours.keys() & theirs.keys():
        if ours[key] != {name: value for name, value in theirs[key].items() if name != REPLAY}:
            yield Difference("CONTENT", _place(key), f"the WMS has another {ours[key]['type']} than the journal")


def _same_lines(theirs: Mapping[LineKey, Standing], ours: Mapping[LineKey, Standing]) -> Iterator[Difference]:
    """Both have the same quantity of every line, and at most one result that stands."""
    for key in sorted(theirs.keys() | ours.keys()):
        wms, journal = theirs.get(key, Standing()), ours.get(key, Standing())
        if wms.picked != journal.picked:
            text = f"the WMS has {wms.picked}, the journal {journal.picked} picked"
            yield Difference("QUANTITY", " ".join(key), text)
        for who, line in (("WMS", wms), ("journal", journal)):
            if line.results not in (0, 1):
                yield Difference("DOUBLE", " ".join(key), f"{line.results} results stand at the {who}")


def _summaries(events: Sequence[Booked], standings: Mapping[LineKey, Standing]) -> Iterator[Difference]:
    """What a task's end says of its lines is what their own events say."""
    for event in events:
        if event.body["type"] != "task_completed":
            continue
        for line in event.body["lines"]:
            key = str(event.body["task_id"]), str(line["line_id"])
            standing = standings.get(key, Standing())
            if _number(line["qty_picked"]) != standing.picked or (
                standing.results and line["result"] != standing.result
            ):
                text = f"the summary says {line['result']} {line['qty_picked']}, the events {standing}"
                yield Difference("QUANTITY", " ".join(key), text)


def _tasks(
    asked: Mapping[str, Asked], events: Sequence[Booked], standings: Mapping[LineKey, Standing], *, whole: bool
) -> Iterator[Difference]:
    """Every task asked for was answered and ended once, with each line as asked or short; none came from nowhere."""
    answers = Counter(_task(e) for e in events if e.body["type"] in ("task_accepted", "task_rejected"))
    ends = Counter(_task(e) for e in events if ends_task(e.body))
    completed = {_task(e) for e in events if e.body["type"] == "task_completed"}
    for task, count in ends.items():
        if count > 1:
            yield Difference("DOUBLE", task, f"it ended {count} times")
    for task in sorted((answers.keys() | ends.keys()) - asked.keys()):
        yield Difference("FOREIGN", task, "nobody asked for this task")
    for task, wanted in asked.items():
        if whole and not answers[task]:
            yield Difference("MISSING", task, "it was never accepted nor refused")
        elif whole and not ends[task]:
            yield Difference("OPEN", task, "it never ended")
        yield from _quantities(task, wanted, standings, ended=task in completed)


def _quantities(task: str, asked: Asked, standings: Mapping[LineKey, Standing], *, ended: bool) -> Iterator[Difference]:
    for line_id, wanted in asked.lines.items():
        line = standings.get((task, line_id), Standing())
        where = f"{task} {line_id}"
        if ended and line.results != 1:
            yield Difference("OPEN", where, f"the task is completed, but {line.results} results stand for this line")
        if line.picked > wanted.qty and line.result != "over":
            yield Difference("QUANTITY", where, f"{line.picked} picked of {wanted.qty} asked")
        if line.results == 1 and line.result == "full" and line.picked != wanted.qty:
            yield Difference("QUANTITY", where, f"reported as full with {line.picked} of {wanted.qty}")


def _task(event: Booked) -> str:
    return str(event.body.get("task_id"))


def _place(key: tuple[str, int]) -> str:
    return f"{key[0]}:{key[1]}"


def _number(value: Any) -> Decimal:
    return Decimal(str(value))
