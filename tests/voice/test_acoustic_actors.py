"""What the actors' texts sound like: words to phones, all the ways a dictionary knows."""

import pytest

pytest.importorskip("numpy")

from tools.acoustic_model.actors import label

KNOWN = {
    "i'm": (("AY", "M"), ("AH", "M")),
    "going": (("G", "OW", "IH", "NG"),),
    "home": (("HH", "OW", "M"),),
    "a": (("AH",), ("EY",)),
}


def test_a_word_has_its_sounds_or_one_that_stands_for_all_ways_to_say_it() -> None:
    assert label("I'm goin' 'home' - a", KNOWN) == [
        ("AY+M|AH+M",),
        ("G", "OW", "IH", "N"),
        ("HH", "OW", "M"),
        ("AH|EY",),
    ]


@pytest.mark.parametrize("text", ["Almaxaquottl!", "home at 7"])
def test_words_that_nobody_knows_how_to_say_are_refused(text: str) -> None:
    with pytest.raises(KeyError):
        label(text, KNOWN)
