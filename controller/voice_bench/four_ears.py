"""`python -m controller.voice_bench.four_ears MODEL`: four ears that hear only babble, until standard input ends.

In: a model folder. Out: a line `hearing` when all of them hear; at the end a line of JSON: how busy the worker was.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from controller.bench import place
from controller.core.inputs import PhraseHeard
from controller.voice_bench.crew import EARS, Crew, Tape, crew
from controller.voice_bench.sets import AT_PICK
from controller.voice_bench.sound import RATE
from controller.voice_bench.talk import babble
from firmware_sim.hall import Hall


async def main(folder: Path, model: Path) -> None:
    sound = next(babble(1, seed=2, few=True))
    halls: list[Hall] = [Tape(sound, number * 13 * RATE) for number in range(EARS)]
    async with crew(folder, model, halls) as team:

        def next_turn(heard: PhraseHeard) -> None:
            team.allow(heard.picker, AT_PICK)

        team.on_heard = next_turn
        for picker in team.headsets:
            team.allow(picker, AT_PICK)
        await _until_told(team)


async def _until_told(team: Crew) -> None:
    assert team.door.pid is not None
    print("hearing", flush=True)
    begun, busy, own = time.monotonic(), place.cpu_seconds(team.door.pid), place.cpu_seconds(os.getpid())
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    took = time.monotonic() - begun
    figures = {
        "seconds": took,
        "headsets": (place.cpu_seconds(os.getpid()) - own) / took,
        "busy": (place.cpu_seconds(team.door.pid) - busy) / took,
        "rss_mb": place.memory_mb(team.door.pid, "Rss"),
        "taken": team.door.counts["heard"],
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)  # what the model lacks was said once already
    with tempfile.TemporaryDirectory(prefix="pickbeam-ears-") as name:
        asyncio.run(main(Path(name), Path(sys.argv[1])))
