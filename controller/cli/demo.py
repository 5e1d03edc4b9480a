"""`pickbeam demo`: a whole warehouse on this machine, and whether its books agree.

In: options. Out: real processes for a minute, a reconciliation; exit code 0 only if three ledgers agree, 1 for
differences or a process that died, 2 for wrong use, 130 after Ctrl-C.
"""

from __future__ import annotations

import json as json_text
import signal
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.errors import StartError

if TYPE_CHECKING:
    from controller.demo.plan import Plan
    from controller.demo.result import Result

BEGAN = time.time()
SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
ORDERS, QUICK_ORDERS = 12, 6
SPEED, QUICK_SPEED = 8.0, 24.0


Orders = Annotated[int | None, typer.Option(min=1, help=f"How many orders.  [{ORDERS}, quick {QUICK_ORDERS}]")]
Speed = Annotated[
    float | None, typer.Option(min=0.1, max=50, help=f"Of the pickers, 1 = human.  [{SPEED:g}, quick {QUICK_SPEED:g}]")
]
Pickers = Annotated[int, typer.Option(min=1, help="How many of the configured pickers work.")]
Seed = Annotated[int, typer.Option(help="The same seed: the same orders, people and faults.")]
Faults = Annotated[
    list[str] | None, typer.Option(help="noisy, unplug, broker, kill or all; several with commas or repeated.")
]
Quick = Annotated[bool, typer.Option("--quick", help="A short one, for CI.")]
Site = Annotated[Path, typer.Option(help="Settings of another site.", show_default="the sample site")]
Files = Annotated[list[Path] | None, typer.Option("--file", help="Order files; otherwise those beside the settings.")]
Broker = Annotated[
    str | None, typer.Option(help="mqtt://host[:port] of a running broker, or `site`: as in the settings.")
]
Folder = Annotated[Path, typer.Option("--dir", help="Work folder; emptied at the start.")]
Limit = Annotated[float, typer.Option(min=5, help="Give up after so many seconds.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document at the end, and nothing else.")]


def command(
    *,
    orders: Orders = None,
    speed: Speed = None,
    pickers: Pickers = 4,
    seed: Seed = 1,
    faults: Faults = None,
    quick: Quick = False,
    site: Site = SITE,
    files: Files = None,
    broker: Broker = None,
    folder: Folder = Path("var/demo"),
    limit: Limit = 300.0,
    json: Json = False,
) -> None:
    """Run a broker, simulated shelves, the controller, a WMS and pickers, then compare three ledgers.

    The WMS's ledger, the controller's journal and the presses that the simulated modules took are written by three
    parties. The exit code is 0 only if they agree. With --faults the parts are harmed meanwhile; they must agree still.
    """
    from controller.demo.orders import files_beside
    from controller.demo.plan import Plan, wanted_faults

    if broker is None and find_spec("amqtt") is None:
        raise StartError('the demo\'s own broker needs amqtt: pip install "pickbeam[demo]", or name one with --broker')
    plan = Plan(
        site=site,
        folder=folder,
        order_files=tuple(files or files_beside(site)),
        orders=orders or (QUICK_ORDERS if quick else ORDERS),
        pickers=pickers,
        speed=speed or (QUICK_SPEED if quick else SPEED),
        seed=seed,
        faults=wanted_faults(faults or []),
        broker=broker,
        limit_s=limit,
        quick=quick,
    )
    _carry_out(plan, json=json)


def _carry_out(plan: Plan, *, json: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    result = _run(plan, stop, json=json)
    if not result.ok:
        raise typer.Exit(130 if stop.is_set() and not result.differences and result.error is None else 1)


def _run(plan: Plan, stop: threading.Event, *, json: bool) -> Result:
    from rich.console import Console

    from controller.demo import report
    from controller.demo.progress import Progress
    from controller.demo.run import Demo

    demo = Demo(plan, BEGAN)
    if json:
        result = demo.run(lambda _look: None, stop)
        print(json_text.dumps(_head(plan) | result.document(), indent=1))
        return result
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    with Progress(console, _title(plan)) as progress:
        result = demo.run(progress.show, stop)
    report.show(console, result, demo.folder.root)
    return result


def _title(plan: Plan) -> str:
    faults = ", ".join(sorted(plan.faults)) or "none"
    people = f"{plan.pickers} pickers at {plan.speed:g}×"
    return f"Pickbeam demo: {plan.orders} orders, {people}, faults {faults}, seed {plan.seed}"


def _head(plan: Plan) -> dict[str, Any]:
    return {"seed": plan.seed, "injected": sorted(plan.faults), "speed": plan.speed, "pickers": plan.pickers}
