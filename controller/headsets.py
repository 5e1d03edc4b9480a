"""The headsets of a station, as its settings name them.

In: settings, the core's state after each commit. Out: the voice door with its options; what the station's health says
of it. Without a headset in the settings nothing of the voice door is even imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from controller.core.guide.talk import talk
from controller.core.inputs import Input
from controller.core.model import Site
from controller.core.speech import Prompt, Talk
from controller.core.state import State
from controller.errors import SettingsError

if TYPE_CHECKING:
    from controller.settings import Settings
    from controller.voice.door import VoiceDoor
    from controller.wording import FileFault

PARTS: Final = ("mic", "asr", "tts")
WELL: Final = frozenset({"ok", "none", "starting"})
STOPPED: Final = Talk(turn="stopped", say=(Prompt("stopped"),), answers=(), interruptible=False)
"""While the journal fails: nothing that is said now could be kept."""


class Headsets:
    """All headsets of the station; does nothing where nobody has one. `emit` is called on the event loop.

    Raises SettingsError for words and models that do not fit together.
    """

    def __init__(self, settings: Settings, site: Site, emit: Callable[[Input], None]) -> None:
        if found := faults(settings):
            raise SettingsError("\n".join(["The headsets cannot be used; nothing was started.", *map(str, found)]))
        self._site = site
        self._door = _door(settings, emit) if any(picker.voice for picker in settings.pickers) else None

    async def run(self) -> None:
        """Serves the headsets until cancelled."""
        if self._door is not None:
            await self._door.run()

    def show(self, state: State) -> None:
        """Makes every headset say and listen for what the state asks."""
        if self._door is not None:
            self._door.show(talk(state, self._site))

    def stop_work(self, state: State) -> None:
        """Tells everybody at work that nothing can be confirmed now."""
        if self._door is not None:
            self._door.show({picker: STOPPED for picker in talk(state, self._site) if picker in state.pickers})

    def health(self) -> dict[str, Any]:
        """Picker -> `mic`, `asr`, `tts`: `ok`, or what is wrong with it. Changes only when something does."""
        if self._door is None:
            return {}
        return {
            picker: {part: str(told.get(part, "")).partition(":")[0] for part in PARTS}
            for picker, told in self._door.health().items()
        }

    def errors(self) -> Iterator[dict[str, Any]]:
        """What a technician has to look at, with the cure."""
        for picker, told in ({} if self._door is None else self._door.health()).items():
            for what in dict.fromkeys(str(told[part]) for part in PARTS if told.get(part, "ok") not in WELL):
                yield {"code": "HEADSET_OFFLINE", "level": "warn", "ref": picker, "hint": what}

    def close(self) -> None:
        if self._door is not None:
            self._door.close()


def faults(settings: Settings) -> tuple[FileFault, ...]:
    """Languages, words and models that do not fit together; empty where nobody has a headset."""
    headsets = [picker.voice for picker in settings.pickers if picker.voice is not None]
    if not headsets:
        return ()
    from controller.voice import fitness

    return fitness.faults(
        [headset.language for headset in headsets],
        [headset.answer_language for headset in headsets],
        {language: Path(file) for language, file in settings.voice.words.items()},
        {language: Path(folder) for language, folder in settings.voice.models.items()},
    )


def _door(settings: Settings, emit: Callable[[Input], None]) -> VoiceDoor:
    # a station without voice pays nothing for it
    from controller.voice.door import VoiceDoor
    from controller.voice.options import HeadsetOptions, VoiceOptions

    voice = settings.voice
    options = VoiceOptions(
        models={language: Path(folder) for language, folder in voice.models.items()},
        words={language: Path(file) for language, file in voice.words.items()},
        cache_mb=voice.cache_mb,
        keep_audio_h=voice.keep_audio_h,
        audio_folder=Path(voice.audio_folder),
    )
    headsets = {
        picker.id: HeadsetOptions(
            microphone=headset.microphone,
            loudspeaker=headset.loudspeaker,
            language=headset.language,
            answers=headset.answer_language,
            style=headset.style,
            voice=headset.voice,
            rate_wpm=headset.rate_wpm,
            volume=headset.volume,
            barge_in=headset.barge_in,
            tail_ms=headset.tail_ms,
        )
        for picker in settings.pickers
        if (headset := picker.voice) is not None
    }
    return VoiceDoor(headsets, options, lambda reported: emit(reported.happened))
