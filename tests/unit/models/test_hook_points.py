from __future__ import annotations

import pytest
import torch

from crosstalk.errors import CrosstalkError
from crosstalk.models.encoder import new_encoder
from crosstalk.models.units import encoder_of, feed_forwards, watching

IDS = torch.tensor([[5, 9, 33, 12], [8, 60, 7, 2]])


def encode(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return encoder_of(model)(input_ids=IDS).last_hidden_state


def test_every_encoder_layer_has_its_feed_forward_block(xlmt):
    blocks = feed_forwards(xlmt)
    assert [(block.inner[0].out_features, block.second.in_features) for block in blocks] == [(24, 24), (24, 24)]
    assert blocks[1].second is xlmt.model.encoder.layers[1].fc2
    assert encoder_of(xlmt) is xlmt.model.encoder


@pytest.mark.parametrize("ask", [feed_forwards, encoder_of])
def test_an_architecture_without_hook_points_is_refused_in_one_line(shape, ask):
    with pytest.raises(CrosstalkError, match=r"^model_type 'xlm-roberta' has no hook points; known: bart, m2m_100, "):
        ask(new_encoder(shape, 74, 40, 0.0, 1))


def test_what_is_watched_is_the_input_of_the_second_map(xlmt):
    inputs: list[torch.Tensor] = []
    xlmt.model.encoder.layers[0].fc1.register_forward_pre_hook(lambda _m, args: inputs.append(args[0]))
    after, before = {}, {}
    with watching(xlmt, lambda layer, hidden: after.update({layer: hidden})):
        encode(xlmt)
    with watching(xlmt, lambda layer, hidden: before.update({layer: hidden}), before_activation=True):
        encode(xlmt)
    assert list(after) == list(before) == [0, 1]
    torch.testing.assert_close(torch.nn.functional.gelu(before[1]), after[1])
    torch.testing.assert_close(before[0], feed_forwards(xlmt)[0].inner[0](inputs[0]))


def test_what_is_returned_replaces_the_activations(xlmt):
    plain = encode(xlmt)
    with watching(xlmt, lambda layer, hidden: None):
        assert torch.equal(encode(xlmt), plain)
    with watching(xlmt, lambda layer, hidden: torch.zeros_like(hidden) if layer == 1 else None):
        silenced = encode(xlmt)
    with torch.no_grad():
        xlmt.model.encoder.layers[1].fc2.weight.zero_()
    torch.testing.assert_close(encode(xlmt), silenced)
    assert not torch.allclose(silenced, plain)


def test_nothing_is_watched_afterwards_even_after_an_exception(xlmt):
    seen: list[int] = []

    def see(layer: int, hidden: torch.Tensor) -> None:
        seen.append(layer)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watching(xlmt, see):
        encode(xlmt)
    encode(xlmt)
    assert seen == [0]
