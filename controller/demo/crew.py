"""Who of the pickers speaks, and what he is given to do.

In: the settings of a site, how many are to work and to speak, the chosen tasks. Out: `Crew`, tasks addressed. Pure.

Speech takes its time, so those who speak get a few small tasks of their own and then sign out. That is possible as
long as the others work in all zones; where they do not, everybody works to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.demo.orders import Task, addressed
from controller.demo.plan import Plan
from controller.demo.site import Crew
from controller.settings import Settings
from controller.settings.model import Picker

LINES: Final = 3
QUICK_LINES: Final = 1
"""Of each who speaks; a line takes him about eight seconds."""


def choose_crew(settings: Settings, plan: Plan) -> Crew:
    """Of the first `plan.pickers`, those speak whom the others can do without, the last ones before the first."""
    crew = list(settings.pickers[: plan.pickers])
    speaking: list[Picker] = []
    for _ in range(min(plan.voice, len(crew))):
        rest = [x for x in crew if x not in speaking]
        spare = [x for x in rest if _zones(rest) == _zones([y for y in rest if y is not x])]
        speaking.append((spare or rest)[-1])
    pressing = tuple(x.id for x in crew if x not in speaking)
    return Crew(pressing, tuple(x.id for x in crew if x in speaking))


def give_work(settings: Settings, crew: Crew, tasks: Sequence[Task], *, quick: bool) -> int | None:
    """Addresses tasks to those who speak, and says after how many each may sign out; None = not before the end."""
    by_id = {picker.id: picker for picker in settings.pickers}
    pressing, speaking = ([by_id[name] for name in names] for names in (crew.pressing, crew.speaking))
    if not speaking or not _zones(speaking) <= _zones(pressing):
        return None
    given = addressed(tasks, {x.id: x.zones for x in speaking}, QUICK_LINES if quick else LINES)
    fewest = min(map(len, given.values()))
    for theirs in given.values():
        for task in theirs[fewest:]:
            del task["picker"]
    return fewest or None


def _zones(pickers: Sequence[Picker]) -> set[str]:
    return {zone for picker in pickers for zone in picker.zones}
