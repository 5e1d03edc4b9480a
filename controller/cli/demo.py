"""`pickbeam demo`: a whole warehouse on this machine, and whether its books agree.

In: options. Out: real processes for a minute, a reconciliation; exit code 0 only if all ledgers agree, 1 for
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

from controller.errors import StartError, UsageError

if TYPE_CHECKING:
    from controller.demo.plan import Plan
    from controller.demo.result import Result

BEGAN = time.time()
SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
ORDERS, QUICK_ORDERS = 12, 6
SPEED, QUICK_SPEED = 8.0, 24.0
SPEAK, PLAIN_SPEAK = 2, 1
LESS = 3  # orders, for each who speaks: speech is in real time


Orders = Annotated[int | None, typer.Option(min=1, help=f"How many orders.  [{ORDERS}; quick {QUICK_ORDERS}]")]
Speed = Annotated[
    float | None, typer.Option(min=0.1, max=50, help=f"Of the pickers, 1 = human.  [{SPEED:g}, quick {QUICK_SPEED:g}]")
]
Pickers = Annotated[int, typer.Option(min=1, help="How many of the configured pickers work.")]
Seed = Annotated[int, typer.Option(help="The same seed: the same orders, people and faults.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(help="noisy, unplug, broker, kill, headset, voice or all; several with commas or repeated."),
]
Voice = Annotated[
    bool | None,
    typer.Option("--voice/--no-voice", help=f"N pickers wear headsets and speak [{SPEAK}; without it {PLAIN_SPEAK}]."),
]
Count = Annotated[int | None, typer.Argument(min=1, metavar="[N]", help="With --voice: how many.", show_default=False)]
Snr = Annotated[float, typer.Option(min=-10, max=60, help="Their speech above the noise of the hall, dB.")]
Transcript = Annotated[
    Path | None, typer.Option(help="Write a dialogue as text: what the mouth said, the picker, and what was heard.")
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
    count: Count = None,
    *,
    voice: Voice = None,
    snr: Snr = 10.0,
    transcript: Transcript = None,
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
    """Run a broker, simulated shelves, the controller, a WMS and pickers, then compare their ledgers.

    The WMS's ledger, the controller's journal, the presses that the simulated modules took and what the voice pickers
    said are written by four parties. The exit code is 0 only if they agree. With --faults the parts are harmed
    meanwhile; they must agree still.
    """
    from controller.demo.orders import files_beside
    from controller.demo.plan import Plan, wanted_faults

    if broker is None and find_spec("amqtt") is None:
        raise StartError('the demo\'s own broker needs amqtt: pip install "pickbeam[demo]", or name one with --broker')
    if count is not None and not voice:
        raise UsageError(f"{count}: a number belongs to --voice")
    speakers = _speakers(voice, count, pickers, quick=quick)
    plan = Plan(
        site=site,
        folder=folder,
        order_files=tuple(files or files_beside(site)),
        orders=orders or (QUICK_ORDERS if quick else max(QUICK_ORDERS, ORDERS - LESS * speakers)),
        pickers=pickers,
        speed=speed or (QUICK_SPEED if quick else SPEED),
        seed=seed,
        faults=wanted_faults(faults or []),
        broker=broker,
        limit_s=limit,
        quick=quick,
        voice=speakers,
        snr_db=snr,
    )
    _carry_out(plan, transcript, json=json)


def _speakers(voice: bool | None, count: int | None, pickers: int, *, quick: bool) -> int:  # noqa: FBT001
    if voice is None:
        return 0 if quick or pickers == 1 else PLAIN_SPEAK
    return min(pickers, count or SPEAK) if voice else 0


def _carry_out(plan: Plan, transcript: Path | None, *, json: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    result = _run(plan, stop, transcript, json=json)
    if not result.ok:
        raise typer.Exit(130 if stop.is_set() and not result.differences and result.error is None else 1)


def _run(plan: Plan, stop: threading.Event, transcript: Path | None, *, json: bool) -> Result:
    from rich.console import Console

    from controller.demo import report
    from controller.demo.dialogue import write_transcript
    from controller.demo.progress import Progress
    from controller.demo.run import Demo

    demo = Demo(plan, BEGAN)
    if json:
        result = demo.run(lambda _look: None, stop)
        write_transcript(demo.folder, transcript)
        print(json_text.dumps(_head(plan) | result.document(), indent=1))
        return result
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    with Progress(console, _title(plan)) as progress:
        result = demo.run(progress.show, stop)
    report.show(console, result, demo.folder.root)
    write_transcript(demo.folder, transcript)
    return result


def _title(plan: Plan) -> str:
    faults = ", ".join(sorted(plan.faults)) or "none"
    people = f"{plan.pickers} pickers at {plan.speed:g}×"
    if plan.voice:
        people += f", {plan.voice} of them by voice at {plan.snr_db:g} dB"
    return f"Pickbeam demo: {plan.orders} orders, {people}, faults {faults}, seed {plan.seed}"


def _head(plan: Plan) -> dict[str, Any]:
    return {
        "seed": plan.seed,
        "injected": sorted(plan.faults),
        "speed": plan.speed,
        "pickers": plan.pickers,
        "voice": plan.voice,
    }
