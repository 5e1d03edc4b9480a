# ruff: noqa: RUF001 - the letters of the phonetic alphabet are meant
"""Sounds of other languages as phones of ours: what real people who speak no English are labelled with."""

import gzip
from pathlib import Path

import pytest

from tools.acoustic_model import ipa, lexicon, volunteers


def readings(word: str) -> list[str]:
    return ["|".join("+".join(reading) for reading in sound) for sound in ipa.sounds(word)]


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("rˈoxa", "R|D AO|OW|UH HH|K AA|AH|AE"),
        ("t͡ʃasˈovnik", "CH AA|AH|AE S AO|OW|UH V N IY|IH K"),  # the longest sound that fits
        ("tʃˈas", "CH AA|AH|AE S"),
        ("kˈɔ̃t", "K AO+N|OW+N|AO|OW|AO+NG T"),  # a nasal vowel of the table
        ("kkaːtto", "K AA|AH|AE T AO|OW|UH"),  # long is one
        ("dʲ", "D Y|"),  # which may be left out
        ("ʔˈaɪ", "AY"),
    ],
)
def test_a_sound_counts_as_the_nearest_of_ours(word: str, phones: str) -> None:
    assert readings(word) == phones.split()


def test_every_reading_is_of_known_phones() -> None:
    said = {phone for sound in ipa._SOUNDS.values() for reading in sound for phone in reading}
    assert said <= set(lexicon.PHONES[1:])


def test_a_sign_that_is_no_sound_is_named() -> None:
    with pytest.raises(ValueError, match=r"'\(en\)stamp'.*'\(' \(U\+0028\)"):
        ipa.sounds("(en)stamp")


def test_recordings_are_found_with_their_texts(tmp_path: Path) -> None:
    stamps = tmp_path / volunteers._STAMPS / "food"
    stamps.mkdir(parents=True)
    (stamps / "apple.txt").write_text("A red apple.\nfr.utf8=Une pomme rouge.\nes_MX.utf8=Una manzana.\n")
    for language in ("fr", "es"):  # the Spanish one has no text
        (stamps / f"apple_desc_{language}.ogg").touch()
    assert list(volunteers.stamps(tmp_path)) == [
        ("volunteer+fr", "fr", "Une pomme rouge.", stamps / "apple_desc_fr.ogg")
    ]


def test_announcements_of_a_beep_are_none(tmp_path: Path) -> None:
    for voice, language, folder in volunteers._EXCHANGE:
        sounds, told = (
            tmp_path / volunteers._SOUNDS / folder,
            tmp_path / f"usr/share/doc/asterisk-core-sounds-{language}",
        )
        sounds.mkdir(parents=True)
        told.mkdir(parents=True)
        for name in ("beep", "hello"):
            (sounds / f"{name}.wav").touch()
        listed = f"; {voice}\nbeep: [a tone]\nhello: ciao\ngone: addio\n"
        (told / f"core-sounds-{language}.txt.gz").write_bytes(gzip.compress(listed.encode()))
    assert [(voice, text) for voice, _, text, _ in volunteers.exchange(tmp_path)] == [
        (f"telephone+{voice}", "ciao") for voice, _, _ in volunteers._EXCHANGE
    ]
