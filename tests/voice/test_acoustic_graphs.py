"""Which phones may have been said in training, and which examples are trained together (needs PyTorch)."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tools.acoustic_model import corpus, objective, phone_graph  # noqa: E402

A, B, C = 5, 6, 7


def strings(graph: phone_graph.PhoneGraph) -> dict[tuple[int, ...], float]:
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
    pause = phone_graph.SILENCE
    apart = strings(phone_graph.phone_graph([((A,),), ((B,),)], 0.25))
    joined = strings(phone_graph.phone_graph([((A,),), phone_graph.JOINED, ((B,),)], 0.25))
    assert (A, pause, B) in apart
    assert set(joined) == {(A, B), (pause, A, B), (A, B, pause), (pause, A, B, pause)}
    assert sum(apart.values()) == pytest.approx(1)
    assert joined[A, B] == pytest.approx(0.75**2)


def test_a_sound_that_need_not_be_said() -> None:
    said = strings(phone_graph.phone_graph([((A,),), phone_graph.JOINED, ((B,), ()), phone_graph.JOINED, ((C,),)], 0.0))
    assert said == {(A, B, C): pytest.approx(0.5), (A, C): pytest.approx(0.5)}


def test_readings_of_a_file_become_joined_sounds() -> None:
    assert corpus._known(["T", "R"]) == [(tuple(corpus._NUMBER[p] for p in "TR"),)]
    t, r, d, aa, n = (corpus._NUMBER[p] for p in "T R D AA N".split())
    assert corpus._known(["T", "R|D|", "AA+N"]) == [
        ((t,),),
        phone_graph.JOINED,
        ((r,), (d,), ()),
        phone_graph.JOINED,
        ((aa, n),),
    ]


def test_each_utterance_of_a_batch_has_the_phone_strings_of_its_kind_to_beat() -> None:
    rng, phones = np.random.default_rng(1), 8
    graphs = [phone_graph.phone_graph([((A, B),)]), phone_graph.phone_graph([((C,),)])]
    kinds = [objective.PhoneBigram.count([graph], phones) for graph in graphs]
    output, lengths = torch.from_numpy(rng.normal(0, 2, (4, 9, 2 * phones))).float(), torch.tensor([9, 7, 8, 9])
    kind = torch.tensor([False, True, True, False])
    said = phone_graph.batch_graphs([graphs[int(k)] for k in kind])
    together = objective.lf_mmi(output, lengths, said, objective.PhoneBigram.of_each(kinds, kind))
    alone = 0.0
    for index, own in enumerate(kind):
        one = slice(index, index + 1)
        graph = phone_graph.batch_graphs([graphs[int(own)]])
        result = objective.lf_mmi(output[one], lengths[one], graph, kinds[int(own)])
        alone += float(result.loss)
        assert torch.allclose(together.competitor[index], result.competitor[0], atol=1e-5)
    assert float(together.loss) == pytest.approx(alone, rel=1e-4)


def test_a_batch_tells_which_of_its_utterances_are_talk() -> None:
    def example(frames: int, *, talk: bool) -> Any:
        return corpus.Piece(corpus.silence(frames), 60.0, phone_graph.phone_graph([((A,),)]), talk)

    pieces = [example(60 if n % 3 else 30, talk=n % 3 == 0) for n in range(60)]
    made = corpus.batches(pieces, 300, np.random.default_rng(1))
    assert sum(int(batch.talk.sum()) for batch in made) == 20
    for batch in made:
        assert batch.talk.tolist() == [int(length) == 10 for length in batch.lengths]
