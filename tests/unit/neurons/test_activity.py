from __future__ import annotations

import numpy as np
import pytest
import torch

from crosstalk.errors import CrosstalkError
from crosstalk.models.units import feed_forwards
from crosstalk.neurons.activity import activity, shortest_prefix, unit_masks
from crosstalk.tokens.bitexts import Bitexts, Direction, supervised
from crosstalk.tokens.vocabulary import EOS, PAD


@pytest.mark.parametrize(
    ("share", "kept"),
    [
        # Of 20, in order 9, 6, 4, 1: 9 are 45 %, 15 are 75 %, 19 are 95 %.
        (0.45, [False, True, False, False]),
        (0.46, [False, True, True, False]),
        (0.75, [False, True, True, False]),
        (0.95, [True, True, True, False]),
        (1.0, [True, True, True, True]),
    ],
)
def test_the_shortest_prefix_by_hand(share, kept):
    assert shortest_prefix(torch.tensor([4.0, 9.0, 6.0, 1.0]), share).tolist() == kept


def test_units_that_are_never_active_are_not_needed():
    assert shortest_prefix(torch.tensor([0.0, 2.0, 0.0]), 1.0).tolist() == [False, True, False]
    assert not shortest_prefix(torch.zeros(3), 0.95).any()


@pytest.fixture
def dev(small) -> Bitexts:
    directions = supervised(small.stores, "eng_Latn")
    return Bitexts.open(small.stores, directions, "dev", small.vocabulary, 40, True)


def test_activity_is_counted_on_every_token_but_padding(xlmt, dev):
    """As one sentence at a time, where nothing is padded."""
    direction = Direction("qaa_Latn", "eng_Latn")
    found = activity(xlmt, dev, direction)
    expected = {side: [torch.zeros(24) for _ in range(2)] for side in ("encoder", "decoder")}
    handles = []
    for side, counts in expected.items():
        for block, count in zip(feed_forwards(xlmt, side), counts, strict=True):

            def add(_module: object, args: tuple[torch.Tensor], count: torch.Tensor = count) -> None:
                count += (args[0] > 0).sum((0, 1))

            handles.append(block.second.register_forward_pre_hook(add))
    for row in range(len(dev.pairs[direction])):
        micro = dev.micro(direction, np.array([row]))
        target = torch.from_numpy(micro.target)
        assert not (micro.source == PAD).any()
        with torch.no_grad():
            before = torch.cat([torch.full((1, 1), EOS), target[:, :-1]], 1)
            xlmt(input_ids=torch.from_numpy(micro.source), decoder_input_ids=before)
    for handle in handles:
        handle.remove()
    for side, counts in expected.items():
        for count, layer in zip(counts, found[side], strict=True):
            # A unit may round to another side of 0 in another batch.
            assert (count - layer).abs().max() <= 1
            assert count.sum() > 0


def test_masks_of_all_units_change_nothing_and_those_of_none_silence_the_block(xlmt):
    everything = {side: [torch.ones(24, dtype=torch.bool)] * 2 for side in ("encoder", "decoder")}
    masks = unit_masks(xlmt, everything)
    assert set(masks) == {
        f"model.{side}.layers.{layer}.{part}"
        for side in everything
        for layer in (0, 1)
        for part in ("fc1.weight", "fc1.bias", "fc2.weight")
    }
    for name, mask in masks.items():
        value = xlmt.get_parameter(name)
        assert torch.equal(value * mask, value)


def test_a_direction_without_dev_sentences_is_refused(xlmt, dev):
    with pytest.raises(CrosstalkError, match="qaa_Latn-qab_Cyrl has no dev sentences"):
        activity(xlmt, dev, Direction("qaa_Latn", "qab_Cyrl"))
