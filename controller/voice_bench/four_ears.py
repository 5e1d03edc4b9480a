"""`python -m controller.voice_bench.four_ears MODEL`: four ears that hear only babble, until standard input ends.

In: a model folder. Out: a line `hearing` when all of them hear; at the end a line of JSON: how busy the worker was.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from controller.bench import place
from controller.core.inputs import PhraseHeard
from controller.voice_bench.crew import EARS, Crew, Tape, crew
from controller.voice_bench.hearing import fitted
from controller.voice_bench.sets import at_pick
from controller.voice_bench.sound import RATE
from controller.voice_bench.talk import babble
from firmware_sim.hall import Hall


async def main(folder: Path, model: Path) -> None:
    sound = next(babble(1, seed=2))
    halls: list[Hall] = [Tape(sound, number * 13 * RATE) for number in range(EARS)]
    answers = at_pick(fitted(model))[1]
    async with crew(folder, model, halls) as team:

        def next_turn(heard: PhraseHeard) -> None:
            team.allow(heard.picker, answers)

        team.on_heard = next_turn
        for picker in team.headsets:
            team.allow(picker, answers)
        await _until_told(team)


async def _until_told(team: Crew) -> None:
    assert team.door.pid is not None
    print("hearing", flush=True)
    begun, busy = time.monotonic(), place.cpu_seconds(team.door.pid)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    took = time.monotonic() - begun
    figures = {
        "seconds": took,
        "busy": (place.cpu_seconds(team.door.pid) - busy) / took,
        "rss_mb": place.memory_mb(team.door.pid, "Rss"),
        "taken": team.door.counts["heard"],
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pickbeam-ears-") as name:
        asyncio.run(main(Path(name), Path(sys.argv[1])))
