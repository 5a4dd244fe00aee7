from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from crosstalk.training import cross_entropy
from crosstalk.training.cross_entropy import linear_cross_entropy


def numbers(tokens: int = 23) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    values = (torch.randn(tokens, 6), torch.randn(40, 6), torch.randn(40))
    return *(value.double().requires_grad_() for value in values), torch.randint(40, (tokens,))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("logits", [40, 7 * 40, 2**20])
def test_loss_and_gradients_equal_torch_whatever_the_chunks(monkeypatch, smoothing, logits):
    monkeypatch.setattr(cross_entropy, "_CHUNK_LOGITS", logits)
    hidden, weight, bias, labels = numbers()
    expected = functional.cross_entropy(hidden @ weight.T + bias, labels, reduction="sum", label_smoothing=smoothing)
    wanted = torch.autograd.grad(expected / 3, (hidden, weight, bias))
    loss = linear_cross_entropy(hidden, weight, bias, labels, smoothing)
    found = torch.autograd.grad(loss / 3, (hidden, weight, bias))
    torch.testing.assert_close(loss, expected.float())
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_frozen_output_layer_gets_no_gradient():
    hidden, weight, bias, labels = numbers()
    linear_cross_entropy(hidden, weight.detach(), bias.detach(), labels).backward()
    assert hidden.grad is not None
    assert weight.grad is None
    assert bias.grad is None


def test_two_tokens_by_hand():
    """One unit, two ids with logits 0 and ln 3: p = 1/4, 3/4; labels 0 and 1 cost ln 4 and ln 4/3."""
    hidden = torch.ones(2, 1, requires_grad=True)
    weight = torch.tensor([[0.0], [1.0986123]])
    loss = linear_cross_entropy(hidden, weight, torch.zeros(2), torch.tensor([0, 1]))
    assert loss.item() == pytest.approx(1.3862944 + 0.2876821)
    loss.backward()
    torch.testing.assert_close(hidden.grad, torch.tensor([[0.75 * 1.0986123], [-0.25 * 1.0986123]]))


def test_no_token_costs_nothing():
    hidden, weight, bias, labels = numbers(tokens=0)
    assert linear_cross_entropy(hidden, weight, bias, labels).item() == 0.0
