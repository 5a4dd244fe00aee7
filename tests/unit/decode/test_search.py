from __future__ import annotations

import numpy as np
import pytest
import torch

from crosstalk.config.nrd import Decode, Sets
from crosstalk.decode.search import beam_search, sample
from crosstalk.tokens.vocabulary import EOS, PAD

SHORT = {"max_ratio": 0.6, "max_extra": 2}
"""Some hypotheses end by themselves before this limit, others do not."""


def translate(model, sources: list[np.ndarray], batch: int, **settings) -> list[list[int]]:
    return beam_search(model, sources, [EOS] * len(sources), Decode(**({"beam": 3} | SHORT | settings)), batch, "test")


def room(source: np.ndarray) -> int:
    """Most tokens of a hypothesis."""
    return int(0.6 * len(source)) + 2 - 1


@pytest.mark.parametrize("beam", [1, 3])
def test_hypotheses_do_not_depend_on_the_batch(model, sources, beam):
    alone = translate(model, sources, 1, beam=beam)
    ended = [len(row) < room(source) for row, source in zip(alone, sources, strict=True)]
    assert any(ended)
    assert not all(ended)
    assert translate(model, sources, 3, beam=beam) == alone
    assert translate(model, sources, 100, beam=beam) == alone


def test_hypotheses_come_in_the_order_of_the_sources(model, sources):
    forward = translate(model, sources, 4)
    assert translate(model, sources[::-1], 4) == forward[::-1]
    assert len({tuple(row) for row in forward}) > 3


@pytest.mark.parametrize(("stop", "early"), [("count", True), ("score", False)])
def test_hypotheses_are_what_generate_gives(model, sources, stop, early):
    for source, found in zip(sources, translate(model, sources, 4, stop=stop), strict=True):
        ids = torch.from_numpy(source[None].astype(np.int64))
        (output,) = model.generate(input_ids=ids, num_beams=3, max_length=room(source) + 1, early_stopping=early)
        row = output[1:].tolist()
        assert found == (row[: row.index(EOS)] if EOS in row else row)


def test_hypotheses_are_no_longer_than_asked_for_or_than_the_model(model, sources):
    model.final_logits_bias[0, EOS] = -1e4
    assert [len(row) for row in translate(model, sources, 3)] == [room(source) for source in sources]
    assert {len(row) for row in translate(model, sources, 3, max_extra=500)} == {39}


def test_a_hypothesis_has_neither_end_nor_padding(model, sources):
    assert not {EOS, PAD} & {token for row in translate(model, sources, 12) for token in row}


@torch.no_grad()
def greedy(model, source: np.ndarray, start: int) -> list[int]:
    """The likeliest next token again and again."""
    row = [start]
    while len(row) < room(source) + 1 and (len(row) == 1 or row[-1] != EOS):
        ids = torch.from_numpy(source[None].astype(np.int64))
        row.append(model(input_ids=ids, decoder_input_ids=torch.tensor([row])).logits[0, -1].argmax().item())
    return [token for token in row[1:] if token != EOS]


@pytest.mark.parametrize("batch", [1, 12])
def test_the_decoder_starts_from_the_ids_given_as_in_training(model, sources, batch):
    starts = [EOS, 72, 73] * 4
    found = beam_search(model, sources, starts, Decode(beam=1, **SHORT), batch, "test")
    assert found == [greedy(model, source, start) for source, start in zip(sources, starts, strict=True)]
    assert any(ours != greedy(model, source, EOS) for ours, source in zip(found, sources, strict=True))


def test_starts_of_others_do_not_matter(model, sources):
    limits = Decode(beam=2, max_extra=3)
    starts = [EOS, 72] * 6
    found = beam_search(model, sources, starts, limits, 12, "test")
    for start in (EOS, 72):
        same = beam_search(model, sources, [start] * 12, limits, 12, "test")
        assert [row for row, mine in zip(found, starts, strict=True) if mine == start] == [
            row for row, mine in zip(same, starts, strict=True) if mine == start
        ]
    assert found != beam_search(model, sources, [72] * 12, limits, 12, "test")


def test_samples_are_fixed_by_their_seed(model, sources):
    def draw(*seed: object, **settings) -> list[list[int]]:
        return sample(model, sources, [EOS] * 12, Sets(**settings), Decode(max_extra=3), 3, seed)

    first = draw("eng_Latn", 1)
    torch.manual_seed(99)
    assert draw("eng_Latn", 1) == first
    assert draw("eng_Latn", 2) != first
    assert draw("eng_Latn", 1, temperature=5.0) != first
    # A nucleus of the likeliest token alone is greedy decoding.
    greedy = beam_search(model, sources, [EOS] * 12, Decode(beam=1, max_extra=3), 3, "test")
    assert draw("eng_Latn", 1, top_p=1e-9) == greedy
