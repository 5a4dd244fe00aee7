from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from crosstalk.training import cross_entropy
from crosstalk.training.cross_entropy import Place, linear_cross_entropy, mean_cross_entropy, token_losses


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


@pytest.mark.parametrize("held", [2**20, 5 * 40, 0])
@pytest.mark.parametrize(("fitting", "block"), [(2**20, 2**20), (0, 7 * 23), (0, 1)])
def test_mean_gradients_equal_torch_whatever_is_held_at_once(monkeypatch, fitting, block, held):
    monkeypatch.setattr(cross_entropy, "_CHUNK_LOGITS", fitting)
    monkeypatch.setattr(cross_entropy, "_BLOCK_LOGITS", block)
    monkeypatch.setattr(cross_entropy, "_HELD_LOGITS", held)
    hidden, weight, bias, labels = numbers()
    expected = functional.cross_entropy(hidden @ weight.T + bias, labels, reduction="none")
    wanted = torch.autograd.grad(expected.mean(), (hidden, weight, bias))
    before = [value.detach().clone() for value in (hidden, weight, bias)]
    weight_gradient, bias_gradient = torch.full_like(weight, 9), torch.full_like(bias, 9)
    with torch.no_grad():
        nats, change = mean_cross_entropy(hidden, weight, bias, labels, weight_gradient, bias_gradient, Place())
    torch.testing.assert_close(nats, expected)
    for ours, theirs in zip((change, weight_gradient, bias_gradient), wanted, strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(token_losses(hidden, weight, bias, labels), expected.detach())
    assert all(torch.equal(*pair) for pair in zip((hidden, weight, bias), before, strict=True))


def test_a_huge_vocabulary_costs_what_torch_says():
    """250,000 ids, whose logits are not held at once, in single precision."""
    torch.manual_seed(2)
    hidden, weight, bias = torch.randn(20, 8), torch.randn(250_000, 8), torch.randn(250_000)
    labels = torch.randint(250_000, (20,))
    leaves = [value.clone().requires_grad_() for value in (hidden, weight, bias)]
    expected = functional.cross_entropy(leaves[0] @ leaves[1].T + leaves[2], labels, reduction="none")
    expected.mean().backward()
    weight_gradient, bias_gradient = torch.empty_like(weight), torch.empty_like(bias)
    nats, change = mean_cross_entropy(hidden, weight, bias, labels, weight_gradient, bias_gradient, Place())
    torch.testing.assert_close(nats, expected, rtol=1e-5, atol=1e-5)
    # A sum over all ids, in another order; the other gradients are sums over tokens.
    torch.testing.assert_close(change, leaves[0].grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(weight_gradient, leaves[1].grad, rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(bias_gradient, leaves[2].grad, rtol=1e-4, atol=1e-7)


def test_a_token_without_hope_costs_a_finite_loss():
    """Its probability underflows: 200 nats are told as at least 87, and the gradient is still p - [label]."""
    weight_gradient, bias_gradient = torch.empty(2, 1), torch.empty(2)
    weight = torch.tensor([[0.0], [200.0]])
    nats, change = mean_cross_entropy(
        torch.ones(1, 1), weight, torch.zeros(2), torch.tensor([0]), weight_gradient, bias_gradient, Place()
    )
    assert 87 <= nats.item() <= 200
    assert bias_gradient.tolist() == [-1, 1]
    assert change.item() == pytest.approx(200)


def test_a_token_without_hope_costs_a_finite_loss_in_blocks_too(monkeypatch):
    """As above, but what is less likely than exp(-60) counts as that likely."""
    monkeypatch.setattr(cross_entropy, "_CHUNK_LOGITS", 0)
    monkeypatch.setattr(cross_entropy, "_BLOCK_LOGITS", 1)
    weight_gradient, bias_gradient = torch.empty(2, 1), torch.empty(2)
    weight = torch.tensor([[0.0], [200.0]])
    nats, change = mean_cross_entropy(
        torch.ones(1, 1), weight, torch.zeros(2), torch.tensor([0]), weight_gradient, bias_gradient, Place()
    )
    assert nats.item() == pytest.approx(60)
    assert bias_gradient.tolist() == [-1, 1]
    assert change.item() == pytest.approx(200)
