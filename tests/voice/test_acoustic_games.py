"""Speech out of games, as the workshop of the speech model reads it: archives and texts made here byte by byte."""

import struct
from pathlib import Path

import pytest

from tools.acoustic_model import games, rnc


def test_a_text_falls_into_what_is_said_between_stage_directions() -> None:
    assert games.parts("Hello*24 there*XY00(237,112) you") == ["Hello", " there", " you"]
    assert games.parts("Look*GD out*03") == [" out"]  # the hero bends down: what he says begins behind it
    assert games.parts("Okay") == ["Okay"]


def _archive(files: dict[str, bytes], compression: int = 1) -> bytes:
    at = 15 + 21 * len(files)
    table = b""
    for name, data in files.items():
        table += struct.pack(">12sBII", name.encode(), 1, at, len(data))
        at += len(data)
    return b"QTBLCEM10\0\0\0" + bytes([compression]) + struct.pack(">H", len(files)) + table + b"".join(files.values())


def _lined(text: str, align: int, at: int) -> bytes:
    """A text as the game keeps it; `at` is where it begins."""
    end = at + 1 + len(text)
    return bytes([len(text)]) + text.encode() + bytes(-end % align)


def _dialogue() -> bytes:
    """No tree; the hero greets (number 7), the other says two things (number 9)."""
    head = bytearray(32)
    struct.pack_into(">5h", head, 0, 0, 1, 12, 1, 1)
    data = bytes(head) + struct.pack(">HH", 0, 7) + _lined("Hi Bob*24", 4, 36)
    others = len(data)
    data += struct.pack(">HH", 0, 9) + _lined("Oh*02 it's you", 4, len(data) + 4)
    again = len(data)
    data += _lined("You again", 2, len(data))
    data += _lined("0", 2, len(data))
    data = data[:22] + struct.pack(">3H", others, 0, again) + data[28:]
    return bytes(20) + data


def test_recordings_of_the_first_game_find_their_texts(tmp_path: Path) -> None:
    scene = struct.pack(">5H", 0, 2, 0, 0, 12) + bytes(2)
    scene += _lined("*FL", 2, len(scene))
    scene += _lined("*", 2, len(scene))
    scene += _lined("Run!", 2, len(scene))
    files = {
        "BOB1.DOG": _dialogue(),
        "C9D.CUT": bytes(20) + scene,
        "QUEEN2.JAS": b"A rock*03\r\nA hat",
        "120007J1.SB": b"hi",
        "120009P1.SB": b"oh",
        "120009P2.SB": b"you",
        "12XXXXP1.SB": b"again",
        "C9D__021.SB": b"run",
        "JOE00421.SB": b"hat",
        "29SSSSSS.SB": b"a noise",
    }
    folder = tmp_path / "usr/share/scummvm/flight-of-the-amazon-queen"
    folder.mkdir(parents=True)
    (folder / "queen.1c").write_bytes(_archive(files))
    assert [(one.speaker, one.text, one.sound) for one in games.amazon_queen(tmp_path)] == [
        ("joe", "Hi Bob", b"hi"),
        ("bob", "Oh", b"oh"),
        ("bob", "it's you", b"you"),
        ("bob", "You again", b"again"),
        ("scene c9d", "Run!", b"run"),
        ("joe", "A hat", b"hat"),
    ]


@pytest.mark.parametrize("broken", [b"QTBX" + bytes(20), _archive({}, compression=2)])
def test_another_archive_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"queen\.1c"):
        games.archived(broken)


def _texts(languages: list[list[str]]) -> bytes:
    made = struct.pack(">H", len(languages[0]))
    for texts in languages:
        sized = [text.encode() + b"\0" for text in texts]
        sizes = [len(text) + 2 for text in sized]  # each with the size of the next
        block = b"\0\0" + b"".join(struct.pack(">H", size) + text for size, text in zip(sizes, sized, strict=True))
        made += struct.pack(">H", len(block)) + block
    return made


def test_texts_of_the_second_game_are_found_behind_its_tables() -> None:
    english, spanish = ["", "NOT REALLY"], ["", "NO MUCHO"]
    data = b"DRASCULA\6\0 some tables" + _texts([english, *[spanish] * 5]) * 15
    assert games.told_texts(data) == [english] * 15
    with pytest.raises(ValueError, match="no texts"):
        games.told_texts(data[:-1])


def _bits(*numbers: tuple[int, int]) -> list[int]:
    """Numbers with their lengths, lowest bit first."""
    return [value >> place & 1 for value, length in numbers for place in range(length)]


def _words(bits: list[int]) -> bytes:
    padded = bits + [0] * (-len(bits) % 16)
    return b"".join(
        sum(bit << place for place, bit in enumerate(padded[at : at + 16])).to_bytes(2, "little")
        for at in range(0, len(padded), 16)
    )


def _packed(body: bytes, size: int, chunks: int) -> bytes:
    return struct.pack(">4sIIHHBB", b"RNC\1", size, len(body), 0, 0, 0, chunks) + body


def test_literals_and_a_match_are_unpacked() -> None:
    """Three literals, then four bytes of three back: abcabca. Code of literals: classes 0 and 2, one bit each."""
    literal = _bits((3, 5), (1, 4), (0, 4), (1, 4))
    distance = _bits((3, 5), (0, 4), (0, 4), (1, 4))  # class 2 only
    length = _bits((3, 5), (0, 4), (0, 4), (1, 4))
    count = _bits((2, 16))
    three, none, back, copied = _bits((1, 1), (1, 1)), _bits((0, 1)), _bits((0, 1), (0, 1)), _bits((0, 1), (0, 1))
    before = _bits((0, 2)) + literal + distance + length + count + three
    after = back + copied + none
    ahead = len(before) // 16 + 1  # words that have been looked at when the literals come
    bits = before + after
    stream = _words(bits[: 16 * ahead]) + b"abc" + _words(bits[16 * ahead :])
    assert rnc.unpacked(_packed(stream, 7, 1)) == b"abcabca"
    with pytest.raises(ValueError, match="7 bytes instead of 8"):
        rnc.unpacked(_packed(stream, 8, 1))


def test_what_is_packed_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="method 1"):
        rnc.unpacked(b"RNC\2" + bytes(16))
