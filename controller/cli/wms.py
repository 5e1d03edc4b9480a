"""`pickbeam wms`: the other side of the contract, for trying a site out and for integrators to read.

In: order files; the events of a site. Out: tasks on the wire, their answers on the screen; a ledger of events.
"""

from __future__ import annotations

import json as json_text
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from controller.errors import StartError, UsageError
from controller.wms_host.orders import OrderFileError, read_orders, read_texts

TOLD = ("task_id", "line_id", "result", "qty_picked", "picker", "scope", "command", "code", "detail", "why", "note")
"""Fields of events that a person wants to see."""

app = typer.Typer(help="The WMS side: send orders, watch results.", no_args_is_help=True)

Url = Annotated[str, typer.Option(help="The broker: mqtt://[user:password@]host[:port], mqtts:// with TLS.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line, for programs.")]


@app.command()
def send(
    files: Annotated[list[Path], typer.Argument(help="Order files (CSV) or task files (JSON).")],
    *,
    url: Url = "mqtt://127.0.0.1:1883",
    site: Annotated[str, typer.Option(help="Site id, as in the settings.")] = "parts-warehouse",
    controller: Annotated[str, typer.Option(help="Controller id, as in the settings.")] = "ctl-1",
    parts: Annotated[Path | None, typer.Option(help="CSV of part numbers and descriptions.")] = None,
    limit: Annotated[float | None, typer.Option(help="Give up after so many seconds.")] = None,
    json: Json = False,
) -> None:
    """Send orders and wait until every task is accepted or refused. Exit code 1 if any was refused or not answered."""
    from controller.wms_host.sender import Sender

    tasks = _read(files, parts)
    with _usage(lambda: Sender(url, site, controller)) as sender, _Progress(len(tasks), json=json) as progress:
        flow = sender.send(tasks, progress.answered, limit)
        reached = sender.connected
    refused = [event for event in flow.answers if event["type"] == "task_rejected"]
    missing = len(flow.under_way) + len(flow.waiting)
    _summary(len(flow.answers) - len(refused), refused, missing, flow.resent, json=json)
    if missing and not reached:
        raise StartError(f"no broker at {url}")
    if refused or missing:
        raise typer.Exit(1)


@app.command()
def watch(
    *,
    url: Url = "mqtt://127.0.0.1:1883",
    site: Annotated[str, typer.Option(help="Site id, as in the settings.")] = "parts-warehouse",
    controller: Annotated[str, typer.Option(help="Controller id; + is all of the site.")] = "+",
    db: Annotated[Path | None, typer.Option(help="Keep the ledger here (SQLite); without it only in memory.")] = None,
    json: Json = False,
) -> None:
    """Book and print every event of a site, once each, until Ctrl-C. The controllers are told what is booked."""
    from controller.wms_host.consumer import Consumer
    from controller.wms_host.ledger import Ledger

    ledger = Ledger(db or ":memory:")
    show = _print_json if json else _print_line
    consumer = _usage(lambda: Consumer(url, site, ledger, on_events=show, controller=controller))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: consumer.stop())
    try:
        consumer.run()
    finally:
        consumer.close()
        ledger.close()


def _read(files: Iterable[Path], parts: Path | None) -> list[dict[str, Any]]:
    try:
        texts = {} if parts is None else read_texts(parts)
        return [task for file in files for task in read_orders(file, texts)]
    except (OrderFileError, OSError) as error:
        raise UsageError(str(error)) from error


def _usage(make: Any) -> Any:
    """What `make` returns; a wrong URL is the caller's mistake."""
    try:
        return make()
    except ValueError as error:
        raise UsageError(str(error)) from error


class _Progress:
    """A bar for people, lines for programs."""

    def __init__(self, total: int, *, json: bool) -> None:
        self._total = total
        self._json = json
        self._bar: Any = None

    def __enter__(self) -> Self:
        if not self._json:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, transient=True)
            self._bar.start()
            self._bar.add_task("answered", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def answered(self, event: dict[str, Any]) -> None:
        if self._json:
            print(json_text.dumps(event), flush=True)
        elif self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])


def _summary(accepted: int, refused: list[dict[str, Any]], missing: int, resent: int, *, json: bool) -> None:
    if json:
        counts = {"accepted": accepted, "refused": len(refused), "unanswered": missing, "resent": resent}
        print(json_text.dumps(counts))
        return
    for event in refused:
        print(f"refused {event.get('task_id')} ({event.get('class')})")
        for error in event.get("errors", ()):
            print(f"  {error.get('path')}: {error.get('code')}: {error.get('detail')}")
    print(f"{accepted} accepted, {len(refused)} refused, {missing} not answered, {resent} sent again")


def _print_json(events: list[dict[str, Any]]) -> None:
    for event in events:
        print(json_text.dumps(event), flush=True)


def _print_line(events: list[dict[str, Any]]) -> None:
    for event in events:
        print(f"{event['at'][11:23]} {event['src']}:{event['seq']:<6} {event['type']:<16} {_gist(event)}", flush=True)


def _gist(event: dict[str, Any]) -> str:
    names = (
        "task_id",
        "line_id",
        "result",
        "qty_picked",
        "picker",
        "scope",
        "command",
        "code",
        "detail",
        "note",
        "why",
    )
    words = [f"{name}={event[name]}" for name in names if event.get(name) not in (None, "")]
    return " ".join(words + [f"{error['path']}: {error['code']}" for error in event.get("errors", ())])
