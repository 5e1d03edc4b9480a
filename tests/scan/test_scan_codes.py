"""Codes out of the bytes that scanners send."""

from __future__ import annotations

import pytest

from controller.scan import Codes
from controller.scan.codes import LONGEST


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        (b"A.01.01:2\r\n", ["A.01.01:2"]),
        (b"one\rtwo\nthree\tfour\x03", ["one", "two", "three", "four"]),
        (b"\x02SKU-1\x03\r\n\r\n", ["SKU-1"]),
        (b"]C10104012345678901\r", ["0104012345678901"]),
        (b"]d2" + b"0104\x1d10L7\r", ["010410L7"]),
        ("Größe 5\r".encode(), ["Größe 5"]),
        (b"  padded \r", ["padded"]),
        (b"]C1\r\r\n", []),
        (b"\r\n\r\n", []),
    ],
)
def test_is_what_stands_on_the_label(sent: bytes, codes: list[str]) -> None:
    assert Codes().feed(sent, 0.0) == codes


def test_comes_in_any_pieces() -> None:
    stream = Codes()
    assert [code for byte in b"SKU-1\r\nSKU-2\r\n" for code in stream.feed(bytes([byte]), 0.0)] == ["SKU-1", "SKU-2"]


def test_needs_no_line_end() -> None:
    stream = Codes()
    assert stream.feed(b"SKU-1", 0.0) == []
    assert stream.pending
    assert stream.flush(0.1) == ["SKU-1"]
    assert (stream.pending, stream.flush(0.2)) == (False, [])


def test_what_the_scanner_adds_is_left_out() -> None:
    assert Codes(prefix="S1:", suffix="#").feed(b"S1:]Q3SKU-1#\rSKU-2\r", 0.0) == ["SKU-1", "SKU-2"]


def test_one_pull_of_the_trigger_is_one_code() -> None:
    stream = Codes(repeat_s=0.5)
    assert [stream.feed(b"SKU-1\r", at) for at in (0.0, 0.3, 0.7, 1.3)] == [["SKU-1"], [], [], ["SKU-1"]]
    assert [stream.feed(b"SKU-%d\r" % n, 1.4) for n in (2, 1)] == [["SKU-2"], ["SKU-1"]]


def test_noise_is_counted_until_a_code_comes() -> None:
    stream = Codes()
    assert stream.feed(b"\xff\xfe\xfd\r", 0.0) == []
    assert stream.feed(b"x" * (LONGEST + 1), 0.0) == []
    assert stream.unreadable == 2
    assert stream.feed(b"SKU-1\r", 0.0) == ["SKU-1"]
    assert stream.unreadable == 0
