from __future__ import annotations

import math

import pytest
import torch

from crosstalk.gamma.consistency import gradient_consistency, null_consistency


def test_eq_2_by_hand():
    """The mean of (3, 0) and (0, 4) is (1.5, 2) of length 2.5, so the cosines are 1.5 / 2.5 and 2 / 2.5."""
    assert gradient_consistency(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).tolist() == pytest.approx([0.6, 0.8])


def test_eq_2_of_gradients_that_oppose_each_other():
    assert gradient_consistency(torch.tensor([[3.0, 0.0], [-1.0, 0.0]])).tolist() == pytest.approx([1.0, -1.0])


def test_unit_length_lets_every_language_weigh_the_same():
    gradients = torch.tensor([[3.0, 0.0], [0.0, 4.0]])
    assert gradient_consistency(gradients, norm="unit").tolist() == pytest.approx([math.sqrt(0.5)] * 2)


def test_leaving_a_language_out_of_the_mean_by_hand():
    gradients = torch.tensor([[3.0, 0.0], [0.0, 4.0], [0.0, 5.0]])
    assert gradient_consistency(gradients, mean="leave_one_out").tolist() == pytest.approx(
        [0.0, 5 / math.sqrt(34), 4 / 5]
    )
    assert gradient_consistency(gradients, mean="leave_one_out", norm="unit").tolist() == pytest.approx(
        [0.0, math.sqrt(0.5), math.sqrt(0.5)]
    )


@pytest.mark.parametrize("mean", ["all", "leave_one_out"])
@pytest.mark.parametrize("norm", ["raw", "unit"])
def test_identical_gradients_agree_fully(mean, norm):
    gradients = torch.randn(1, 50).expand(7, 50)
    assert gradient_consistency(gradients, mean, norm).tolist() == pytest.approx([1.0] * 7)


@pytest.mark.parametrize("languages", [2, 8, 32])
def test_noise_gives_one_over_the_root_of_the_languages(languages):
    gradients = torch.nn.functional.normalize(
        torch.randn(languages, 20_000, generator=torch.Generator().manual_seed(1)), dim=1
    )
    assert gradient_consistency(gradients).tolist() == pytest.approx([1 / math.sqrt(languages)] * languages, abs=0.03)
    assert gradient_consistency(gradients, "leave_one_out").tolist() == pytest.approx([0.0] * languages, abs=0.05)


def test_the_null_of_unequal_lengths_follows_the_lengths():
    generator = torch.Generator().manual_seed(2)
    lengths = torch.tensor([1.0, 2.0, 4.0])
    gradients = torch.nn.functional.normalize(torch.randn(1, 20_000, generator=generator), dim=1) * lengths[:, None]
    assert gradient_consistency(gradients).tolist() == pytest.approx([1.0] * 3)
    null = null_consistency(gradients, 10, 1)
    assert null.shape == (10, 3)
    expected = (lengths / lengths.square().sum().sqrt()).tolist()
    assert null.mean(0).tolist() == pytest.approx(expected, abs=0.01)
    equal = null_consistency(gradients, 10, 1, norm="unit").mean(0)
    assert equal.tolist() == pytest.approx([1 / math.sqrt(3)] * 3, abs=0.01)
    assert null_consistency(gradients, 10, 1, mean="leave_one_out").mean(0).abs().max() < 0.01


def test_the_null_is_drawn_by_its_seed():
    gradients = torch.randn(3, 50)
    assert torch.equal(null_consistency(gradients, 2, 1), null_consistency(gradients, 2, 1))
    assert not torch.equal(null_consistency(gradients, 2, 1), null_consistency(gradients, 2, 2))
