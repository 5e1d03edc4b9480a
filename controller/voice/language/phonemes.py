"""How espeak-ng pronounces a text.

In: text and a voice. Out: its phonetic spelling in IPA. For `pickbeam voice lint` only: the mouth has its own way to
the library. One per process, used by one thread: espeak-ng keeps its state in the library.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from controller.errors import StartError

LIBRARY = "libespeak-ng.so.1"
_UTF8 = 1  # espeakCHARS_UTF8, speak_lib.h
_IPA = 0x02  # phonememode bit 1: IPA instead of espeak's own names, speak_lib.h
_NO_PLAYBACK = 1  # AUDIO_OUTPUT_RETRIEVAL
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report a missing data folder, do not end the process


class Pronouncer:
    """Raises StartError where there is no espeak-ng."""

    def __init__(self) -> None:
        self._library, data = _open()
        folder = data.encode() if data else None
        if self._library.espeak_Initialize(_NO_PLAYBACK, 0, folder, _DONT_EXIT) < 0:
            raise StartError(
                f"espeak-ng has no voice data in {data or 'its usual folder'}; install espeakng-loader again"
            )
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._voice = ""
        self.ipa = lru_cache(maxsize=4096)(self._ipa)
        """(text, voice) -> phonetic spelling. Raises StartError for a voice that espeak-ng does not have."""

    def _ipa(self, text: str, voice: str) -> str:
        if voice != self._voice:
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise StartError(f"espeak-ng has no voice `{voice}`; correct `espeak` in the words of the language")
            self._voice = voice
        raw = ctypes.create_string_buffer(text.encode())
        rest = ctypes.c_void_p(ctypes.addressof(raw))
        clauses = []
        while rest.value:
            said: bytes | None = self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA)
            clauses.append((said or b"").decode("utf-8", "replace"))
        return " ".join(clauses)


def _open() -> tuple[Any, str]:
    """The library and its data folder: of the package espeakng-loader, else the system's."""
    try:
        import espeakng_loader
    except ImportError:
        data, library = "", LIBRARY
    else:
        data, library = str(espeakng_loader.get_data_path()), str(espeakng_loader.get_library_path())
    try:
        return ctypes.CDLL(library), data
    except OSError as error:
        cure = "install it with `pip install espeakng-loader`, or as the Debian package espeak-ng"
        raise StartError(f"espeak-ng cannot be loaded ({error}); {cure}") from error
