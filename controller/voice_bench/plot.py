"""How much is understood as it gets louder: a picture, one panel for each kind of phrase.

In: the cells of `accuracy`. Out: a PNG file. Needs matplotlib (extra `plots`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from controller.errors import StartError
from controller.voice_bench.accuracy import AIMS, Cell
from controller.voice_bench.sets import KINDS
from controller.voice_bench.surroundings import CONDITIONS

CURE: Final = "matplotlib is not installed, so there is no picture: pip install 'pickbeam[plots]'"
COLOURS: Final = {"ked": "#d55e00", "espeak-ng": "#0072b2"}
"""Two of Okabe and Ito's colours, which everybody can tell apart."""
OURS, PEER, AIM = "Pickbeam", "pocketsphinx", "aim"


def draw(cells: Sequence[Cell], file: Path, title: str) -> None:
    """Raises StartError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise StartError(CURE) from missing
    figure = Figure(figsize=(16, 4.4), layout="constrained")
    panels = figure.subplots(1, len(KINDS), sharey=True)
    for panel, kind in zip(panels, KINDS, strict=True):
        _panel(panel, kind, [cell for cell in cells if cell.kind == kind])
    panels[0].set_ylabel("understood, % of phrases")
    handles = {label: line for panel in panels for line, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles), frameon=False)
    figure.suptitle(title, fontsize=11)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)


def _panel(panel: Any, kind: str, cells: Sequence[Cell]) -> None:
    """Ratios from quiet to loud as a line, narrow band as a point beside it."""
    seen = {cell.condition for cell in cells}
    wide = [one.name for one in CONDITIONS if not one.narrow and one.name in seen]
    names = wide + [one.name for one in CONDITIONS if one.narrow and one.name in seen]
    for group, colour in COLOURS.items():
        mine = {cell.condition: cell.tally for cell in cells if cell.group == group}
        ours = {name: tally.percent(tally.right) for name, tally in mine.items()}
        theirs = {name: tally.percent(tally.peer) for name, tally in mine.items() if tally.peer is not None}
        for values, style, who in ((ours, "o-", OURS), (theirs, "s--", PEER)):
            look = {"color": colour, "markersize": 5, "markerfacecolor": colour if who == OURS else "white"}
            line = [name for name in wide if name in values]
            if not line:
                continue
            panel.plot(
                [names.index(n) for n in line], [values[n] for n in line], style, label=f"{who}: {group}", **look
            )
            for name in names[len(wide) :]:
                panel.plot([names.index(name)], [values[name]], style[0], **look)
    for (one, condition), value in AIMS.items():
        if one == kind and condition in names:
            x = names.index(condition)
            panel.plot([x - 0.3, x + 0.3], [value, value], color="black", linewidth=2, label=AIM)
    panel.set_title(kind, fontsize=10)
    panel.set_xticks(range(len(names)), [name.replace(", ", "\n") for name in names], fontsize=8)
    panel.set_xlim(-0.4, len(names) - 0.6)
    panel.set_ylim(0, 103)
    panel.grid(axis="y", alpha=0.3)
