"""The `pickbeam` command: one file per command group, imported only when it is called.

In: `sys.argv`. Out: an exit code: 0 done, 1 could not be done, 2 wrong settings or wrong use, 130 interrupted,
143 terminated.

A command lives in its own module, named in `COMMANDS`, and exposes one of
- `command`: a function with Typer annotations, its docstring the help: `pickbeam NAME …`;
- `app`: a `typer.Typer` with commands of its own: `pickbeam NAME SUBCOMMAND …`.
It raises `SettingsError`, `UsageError` or `StartError` for what a person has to mend; their text is printed without a
traceback.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, NoReturn

import typer

from controller.errors import PickbeamError, SettingsError, UsageError

ABOUT = """
**Pickbeam** takes pick tasks from a WMS over MQTT, lights the shelf modules, takes the press as confirmation and
reports every line back, so that nothing is lost or booked twice.

Three commands to begin with:

- `pickbeam demo`  a whole warehouse on this machine: broker, shelves, WMS, pickers. Nothing to wire.

- `pickbeam check config/parts-warehouse/pickbeam.toml`  is it right? All faults at once.

- `pickbeam run config/parts-warehouse/pickbeam.toml`  the controller itself, as the service on the Pi runs it.

Every command explains itself with `--help`.
"""

COMMANDS = {
    "demo": ("controller.cli.demo", "A whole warehouse on this machine, with a reconciliation at the end."),
    "run": ("controller.cli.run", "Run the controller of a site."),
    "check": ("controller.cli.check", "Check settings files: all faults at once, each with its fix."),
    "wms": ("controller.cli.wms", "The WMS side: send orders, watch results."),
    "voice": ("controller.cli.voice", "Hearing and speaking: try it, tune it, see how good it is."),
    "scan": ("controller.cli.scan", "What a barcode scanner sends, and which code that is."),
    "sim": ("controller.cli.sim", "Simulated shelf modules and scanners on pseudo-terminals."),
    "broker": ("controller.cli.broker", "A small MQTT broker for trying things out."),
    "schema": ("controller.cli.schema", "The JSON Schemas of the MQTT contract."),
    "bench": ("controller.cli.bench", "Measure latency, throughput, memory and start time."),
}
"""Name on the command line: module, one line of help. In the order of the help page; a missing module is not listed."""

COMPLETION = "_PICKBEAM_COMPLETE"
"""Set by the shell while it completes a word: every command has to be loaded then."""


def main() -> None:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        build(called=next((word for word in sys.argv[1:] if not word.startswith("-")), None))(prog_name="pickbeam")
    except (SettingsError, UsageError) as fault:
        sys.exit(_tell(fault, 2))
    except PickbeamError as fault:
        sys.exit(_tell(fault, 1))
    except KeyboardInterrupt:
        sys.exit(130)


def _terminated(*_: object) -> NoReturn:
    """Ends as Ctrl-C does, so that children are stopped and files tidied up, unless a command has a way of its own."""
    raise SystemExit(143)


def build(called: str | None = None) -> typer.Typer:
    """The command line with `called` loaded and all others as a name with a line of help; None = only names."""
    root = typer.Typer(
        help=ABOUT,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        add_completion=True,
    )
    root.callback()(_options)
    for name, (module, line) in COMMANDS.items():
        if find_spec(module) is None:
            continue
        if name == called or COMPLETION in os.environ:
            _load(root, name, module)
        else:
            root.command(name, help=line)(_placeholder)
    return root


def _load(root: typer.Typer, name: str, module: str) -> None:
    loaded = import_module(module)
    if hasattr(loaded, "app"):
        root.add_typer(loaded.app, name=name)
    else:
        command: Callable[..., object] = loaded.command
        root.command(name)(command)


def _placeholder() -> None:
    """Stands for a command that was not called, so that the help page need not import it."""
    raise UsageError("this command was not loaded: options of `pickbeam` itself take no value")


def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=lambda on: _version_line(on=on)
        ),
    ] = False,
) -> None:
    pass


def _version_line(*, on: bool) -> None:
    if on:
        print(f"pickbeam {version('pickbeam')}")
        raise typer.Exit


def _tell(fault: Exception, code: int) -> int:
    print(fault, file=sys.stderr)
    return code
