"""Which phones may have been said in training, and which examples are trained together (needs PyTorch)."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from tools.acoustic_model import corpus, objective

A, B, C = 5, 6, 7


def strings(graph: objective.PhoneGraph) -> dict[tuple[int, ...], float]:
    """Every string of phones that the graph allows, with its probability; pauses as they are."""
    found: dict[tuple[int, ...], float] = {}

    def go(state: int, said: tuple[int, ...], weight: float) -> None:
        said = (*said, graph.phones[state])
        for end, leaving in graph.exits:
            if end == state:
                found[said] = found.get(said, 0) + weight * leaving
        for source, target, share in graph.arcs:
            if source == state:
                go(target, said, weight * share)

    for state, weight in graph.entries:
        go(state, (), weight)
    return {said: weight for said, weight in found.items() if weight}


def test_between_words_may_lie_a_pause_and_between_joined_ones_none() -> None:
    pause = objective.SILENCE
    apart = strings(objective.phone_graph([((A,),), ((B,),)], 0.25))
    joined = strings(objective.phone_graph([((A,),), objective.JOINED, ((B,),)], 0.25))
    assert (A, pause, B) in apart
    assert set(joined) == {(A, B), (pause, A, B), (A, B, pause), (pause, A, B, pause)}
    assert sum(apart.values()) == pytest.approx(1)
    assert joined[A, B] == pytest.approx(0.75**2)


def test_a_sound_that_need_not_be_said() -> None:
    said = strings(objective.phone_graph([((A,),), objective.JOINED, ((B,), ()), objective.JOINED, ((C,),)], 0.0))
    assert said == {(A, B, C): pytest.approx(0.5), (A, C): pytest.approx(0.5)}


def test_readings_of_a_file_become_joined_sounds() -> None:
    assert corpus._known(["T", "R"]) == [(tuple(corpus._NUMBER[p] for p in "TR"),)]
    t, r, d, aa, n = (corpus._NUMBER[p] for p in "T R D AA N".split())
    assert corpus._known(["T", "R|D|", "AA+N"]) == [
        ((t,),),
        objective.JOINED,
        ((r,), (d,), ()),
        objective.JOINED,
        ((aa, n),),
    ]


def test_no_batch_mixes_english_with_other_languages() -> None:
    def example(frames: int, *, talk: bool) -> Any:
        return corpus.Piece(corpus.silence(frames), 60.0, objective.phone_graph([((A,),)]), talk)

    pieces = [example(30 + n, talk=n % 3 == 0) for n in range(60)]
    made = corpus.batches(pieces, 300, np.random.default_rng(1))
    assert sum(len(batch.graphs) for batch in made if batch.talk) == 20
    assert sum(len(batch.graphs) for batch in made if not batch.talk) == 40
