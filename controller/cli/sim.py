"""`pickbeam sim …`: the shelf modules of a site, simulated, with pickers if wanted; a scanner.

In: a settings file; presses from other terminals. Out: ports `DIR/bus-ID` for the controller, a GPIO bridge, a ledger
of all presses; a picture of the shelf on a terminal, plain lines (or JSON) elsewhere. Ends on Ctrl-C or SIGTERM with
exit code 0.
"""

from __future__ import annotations

import json as json_text
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.core.model import Colour, Pattern
from controller.errors import StartError, UsageError
from controller.settings import Settings, load
from firmware_sim.control import request
from firmware_sim.ledger import Ledger
from firmware_sim.pickers import Crew, Habits, Person
from firmware_sim.pty_shelf import FAULTS, PtyShelf
from firmware_sim.scanner import SimulatedScanner
from firmware_sim.shelf import Shelf

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(help="Simulated shelf modules and scanners on pseudo-terminals.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--dir", help="Where the ports and sockets are made.")]
VAR = Path("var/sim")
VIEW_EVERY_S = 0.25
COLUMNS = 6
NO_HOST = "----"  # what a module shows that hears no controller
START_WAIT_S = 10.0


@app.command()
def shelf(
    config: Annotated[Path, typer.Argument(help="The settings file of the site.")],
    *,
    pickers: Annotated[int, typer.Option(min=0, help="How many of the configured pickers walk by themselves.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed, the same people.")] = 0,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="How fast the pickers are.")] = 1.0,
    faults: Annotated[str, typer.Option(help=f"Any of {', '.join(FAULTS)}, separated by commas.")] = "",
    ledger: Annotated[Path | None, typer.Option(help="A JSONL file for every press a module accepts.")] = None,
    folder: Folder = VAR,
    json: Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")] = False,
) -> None:
    """Serve all modules of a site until Ctrl-C. Ports: DIR/bus-ID."""
    settings = load(config)
    wanted = _faults(faults)
    crew = people(settings, pickers)

    def serve(say: Callable[[dict[str, Any]], None]) -> None:
        _serve(settings, crew, Habits(speed=speed), folder, wanted, seed, ledger, say)

    if json or not _terminal():
        serve(_say_json if json else _say_plain)
    else:
        _view(serve, folder)


@app.command()
def press(
    location: Annotated[str, typer.Argument(help="A location or a module.")],
    key: Annotated[str, typer.Argument(help="confirm, plus, minus or function.")] = "confirm",
    *,
    hold: Annotated[float, typer.Option(min=0.02, max=60, help="For how many seconds.")] = 0.1,
    folder: Folder = VAR,
) -> None:
    """Press a key of a module of the running shelf."""
    answer = _ask(folder, {"press": location, "key": key, "hold": hold})
    if not answer.get("ok"):
        raise UsageError(str(answer.get("error")))
    print(f"pressed {key} at {answer['module']}")


@app.command()
def unplug(
    bus: Annotated[str, typer.Argument(help="A bus of the site.")],
    *,
    seconds: Annotated[float, typer.Option("--for", min=0.01, max=3600, help="For how many seconds.")] = 3.0,
    folder: Folder = VAR,
) -> None:
    """Pull the adapter of a bus of the running shelf out, and plug it in again later."""
    answer = _ask(folder, {"unplug": bus, "for": seconds})
    if not answer.get("ok"):
        raise UsageError(str(answer.get("error")))
    print(f"unplugged bus {bus} for {seconds:g} s")


@app.command()
def look(
    *, folder: Folder = VAR, json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False
) -> None:
    """What the modules of the running shelf show now."""
    shown = _ask(folder, {"look": True})["modules"]
    for module, (colour, pattern, text) in {} if json else shown.items():
        if colour:
            print(f"{module}  [{text or ''}]  {_name(Colour, colour)} {_name(Pattern, pattern)}")
    if json:
        print(json_text.dumps(shown))


@app.command()
def scanner(
    port: Annotated[Path, typer.Argument(help="The port to make; write it into [picker.scanner].")],
) -> None:
    """A barcode scanner: every line that is typed (or piped in) is a code. Ctrl-C or the end of input unplugs it."""
    made = SimulatedScanner(port)
    made.plug()
    print(f"scanner at {port}; type codes", file=sys.stderr, flush=True)
    try:
        for line in sys.stdin:
            made.scan(line.rstrip("\n"))
    except KeyboardInterrupt:
        print(file=sys.stderr)
    finally:
        made.unplug()


def build(settings: Settings, *, seed: int = 0, ledger: Ledger | None = None) -> Shelf:
    """The simulated modules of a site, on lines without anybody at the other end."""
    made = Shelf(seed=seed, ledger=ledger)
    for bus in settings.buses:
        made.add_bus(bus.id, bus.baud)
    for module in settings.modules:
        if module.bus:
            made.add_module(module.module, module.bus, module.address)
        else:
            made.add_gpio(module.module, module.led_pins, module.button_pin)
    return made


def people(settings: Settings, count: int) -> list[Person]:
    """The first `count` configured pickers, with the modules of their zones in walking order."""
    if count > len(settings.pickers):
        raise UsageError(f"--pickers {count}: the site has {len(settings.pickers)}")
    at = settings.module_at()
    homes = {picker.home for picker in settings.pickers}
    rows = sorted((row for row in settings.locations if row.location not in homes), key=lambda row: row.walk)
    return [
        Person(
            picker.id,
            [colour.value for colour in Colour].index(picker.colour),
            [pattern.value for pattern in Pattern].index(picker.pattern),
            picker.letter,
            at.get(picker.home) if picker.home else None,
            tuple(at[row.location] for row in rows if row.zone in picker.zones and row.location in at),
        )
        for picker in settings.pickers[:count]
    ]


def _serve(  # noqa: PLR0917
    settings: Settings,
    crew: list[Person],
    habits: Habits,
    folder: Path,
    faults: frozenset[str],
    seed: int,
    ledger_file: Path | None,
    say: Callable[[dict[str, Any]], None],
) -> None:
    ledger = Ledger(ledger_file)
    made = build(settings, seed=seed, ledger=ledger)
    made.watch = lambda module, _key: say({"pressed": module})
    socket = Path(settings.gpio.socket) if settings.gpio.socket else None
    served = PtyShelf(
        made,
        folder,
        faults=faults,
        seed=seed,
        crew=Crew(crew, made, habits, seed=seed),
        aliases=settings.module_at(),
        gpio_socket=socket,
    )
    ledger.epoch = served.epoch()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: served.stop())
    say({"ready": {name: str(bus.link) for name, bus in served.buses.items()}, "gpio": str(served.gpio.path)})
    with suppress(KeyboardInterrupt):
        served.serve()
    say({"report": served.report()})
    served.close()
    ledger.close()


def _view(serve: Callable[[Callable[[dict[str, Any]], None]], None], folder: Path) -> None:
    """The shelf in a process of its own, so that drawing it never delays an answer on a bus."""
    from rich.live import Live

    child = multiprocessing.get_context("fork").Process(target=serve, args=(lambda _: None,))
    child.start()
    report: dict[str, Any] = {}
    try:
        _await(folder, child)
        with Live(refresh_per_second=4) as live:
            while child.is_alive():
                report = _ask(folder, {"report": True})["report"]
                live.update(_grid(_ask(folder, {"look": True})["modules"], report, folder))
                time.sleep(VIEW_EVERY_S)
    except KeyboardInterrupt:
        pass
    finally:
        child.terminate()
        child.join(START_WAIT_S)
    if child.exitcode:
        raise StartError(f"the shelf ended with exit code {child.exitcode}")
    _say_plain({"report": report})


def _await(folder: Path, child: multiprocessing.process.BaseProcess) -> None:
    until = time.monotonic() + START_WAIT_S
    while child.is_alive() and time.monotonic() < until:
        with suppress(OSError):
            request(folder, {"report": True})
            return
        time.sleep(0.05)


def _grid(modules: dict[str, Any], report: dict[str, Any], folder: Path) -> Table:
    """The lit modules, in the order of the shelf."""
    from rich.table import Table
    from rich.text import Text

    silent = sum(sight[2] == NO_HOST for sight in modules.values())
    lit = [(name, *sight) for name, sight in modules.items() if sight[0] and sight[2] != NO_HOST]
    grid = Table.grid(padding=(0, 2))
    cells = [Text(f"{name} {text or '●'}", style=STYLES.get(colour, "white")) for name, colour, _, text in lit]
    for start in range(0, len(cells), COLUMNS):
        grid.add_row(*cells[start : start + COLUMNS])
    grid.add_row(Text(f"{len(lit)} of {len(modules)} lit, {silent} without a host; {_line(report)}; ports in {folder}"))
    return grid


STYLES = {1: "red", 2: "green", 3: "blue", 4: "yellow", 5: "magenta", 6: "cyan", 7: "white", 8: "dark_orange"}


def _line(report: dict[str, Any]) -> str:
    late = (
        f", {report['late'] + report['dropped']} answers late (sim late)" if report["late"] + report["dropped"] else ""
    )
    return f"{report['presses']} presses, {report['frames']} frames, {report['collisions']} collisions{late}"


def _say_json(message: dict[str, Any]) -> None:
    print(json_text.dumps(message), flush=True)


def _say_plain(message: dict[str, Any]) -> None:
    if "ready" in message:
        for bus, port in message["ready"].items():
            print(f"bus {bus}: {port}", flush=True)
        print(f"gpio: {message['gpio']}\nCtrl-C ends it; press keys with `pickbeam sim press LOCATION`", flush=True)
    elif "pressed" in message:
        print(f"pressed: {message['pressed']}", flush=True)
    elif message.get("report"):
        print(_line(message["report"]), flush=True)


def _ask(folder: Path, message: dict[str, object]) -> dict[str, Any]:
    try:
        return request(folder, message)
    except OSError as wrong:
        raise StartError(f"no shelf is served from {folder}: start `pickbeam sim shelf` first ({wrong})") from wrong


def _faults(text: str) -> frozenset[str]:
    wanted = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := wanted - set(FAULTS):
        raise UsageError(f"--faults {min(unknown)}: one of {', '.join(FAULTS)}")
    return wanted


def _name(kind: type[Colour | Pattern], number: int) -> str:
    names = [member.value for member in kind]
    return names[number] if number < len(names) else "lit"


def _terminal() -> bool:
    import sys

    return sys.stdout.isatty()
