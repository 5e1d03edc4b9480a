"""Recordings of people who speak other languages, to train with: `python -m tools.acoustic_model.volunteers FOLDER`.

In: the Debian packages of `PACKAGES`, installed; sox reads their files, espeak-ng tells how their texts sound.
Out: `volunteers_000.npz` ..., `learners_000.npz`, `telephone_000.npz` in FOLDER with their JSON, as `speak` writes.

Real throats, rooms and microphones, which no synthesiser has: volunteers who described the stamps of a drawing program
or said the letters and syllables of a game for children, each with a microphone of his own, and speakers of a telephone
exchange. Nobody speaks English here, so that a sound counts as the nearest of ours (`ipa`); no recording of `people` is
among them, nor anything else of its telephone speaker.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.acoustic_model.ipa import Readings, sounds
from tools.acoustic_model.recordings import read, write_mixed
from tools.acoustic_model.speak import MAX_S, MIN_S, SAMPLE_RATE, Spoken

PACKAGES = (
    "tuxpaint-stamps-default",
    "klettres-data",
    *(f"asterisk-core-sounds-{language}" for language in ("fr", "it", "ru")),  # the texts
    *(f"asterisk-core-sounds-{language}-wav" for language in ("fr", "it", "ru")),
    "libespeak-ng1",
    "espeak-ng-data",
    "sox",
    "libsox-fmt-all",
)
_STAMPS = Path("usr/share/tuxpaint/stamps")
_LANGUAGES = ("fr", "ru", "ro", "ca", "bg", "es", "be", "el")
_SYLLABLES = Path("usr/share/klettres")
#: Folder and language of espeak-ng.
_TAUGHT = {name: name for name in ("ar", "cs", "da", "de", "es", "fr", "hu", "it", "lt", "nb", "nl", "ru", "uk")} | {
    "pt_BR": "pt-br"
}
#: voice, language, folder of recordings; the texts lie in the package's documentation.
_EXCHANGE = (("june", "fr", "fr_CA_f_June"), ("carlo", "it", "it_IT_m_Carlo"), ("ivrvoice", "ru", "ru_RU_f_IvrvoiceRU"))
_SOUNDS = Path("usr/share/asterisk/sounds")
#: Sounds a second that people say; where a text has more or fewer, it is not that of the recording.
MOST_A_SECOND, FEWEST_A_SECOND = 22.0, 1.5
#: voice, language, text, recording
Told = tuple[str, str, str, Path]


def stamps(root: Path) -> Iterator[Told]:
    """Descriptions of stamps, by language: one or two people each."""
    for language in _LANGUAGES:
        for path in sorted((root / _STAMPS).rglob(f"*_desc_{language}.ogg")):
            told = path.with_name(path.name.replace(f"_desc_{language}.ogg", ".txt"))
            texts = told.read_text(encoding="utf-8", errors="replace") if told.exists() else ""
            if match := re.search(rf"^{language}\.utf8=(.+)$", texts, re.MULTILINE):
                yield f"volunteer+{language}", language, match[1], path


def letters(root: Path) -> Iterator[Told]:
    """Letters, syllables and short words, by language: one person each."""
    for folder, language in _TAUGHT.items():
        told = (root / _SYLLABLES / folder / "sounds.xml").read_text(encoding="utf-8")
        for name, file in re.findall(r'<sound\s+name="([^"]+)"\s+file="([^"]+)"', told):
            if (path := root / _SYLLABLES / file).exists():
                yield f"learner+{language}", language, name if len(name) == 1 else name.lower(), path


def exchange(root: Path) -> Iterator[Told]:
    """Announcements of a telephone exchange, 8 kHz."""
    for voice, language, folder in _EXCHANGE:
        listed = next((root / "usr/share/doc" / f"asterisk-core-sounds-{language}").glob("core-sounds-*.txt.gz"))
        for line in gzip.decompress(listed.read_bytes()).decode(errors="replace").splitlines():
            name, _, text = line.partition(":")
            path = root / _SOUNDS / folder / f"{name.strip()}.wav"
            if text.strip() and "[" not in text and path.exists():
                yield f"telephone+{voice}", language, text.strip(), path


def _label(word: list[Readings]) -> tuple[str, ...]:
    return tuple("|".join("+".join(reading) for reading in sound) for sound in word)


def said(told: Iterable[Told]) -> Iterator[Spoken]:
    """Recordings with the sounds of their texts; those that cannot be of their texts are left out."""
    from tools.acoustic_model.espeak import Espeak  # needs the synthesiser's library

    espeak = Espeak()
    for voice, language, text, path in told:
        try:
            words = [word for word in map(sounds, espeak.ipa(text, language).split()) if word]
        except ValueError:  # a word of yet another language
            continue
        wave = read(path)
        seconds = len(wave) / SAMPLE_RATE
        if MIN_S < seconds < MAX_S and FEWEST_A_SECOND < sum(map(len, words)) / seconds < MOST_A_SECOND:
            yield voice, tuple(text.split()), [_label(word) for word in words], wave


def main() -> None:
    folder, root = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "/")
    for name, told in (("volunteers", stamps(root)), ("learners", letters(root)), ("telephone", exchange(root))):
        write_mixed(folder, name, told, said)


if __name__ == "__main__":
    main()
