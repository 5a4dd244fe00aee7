from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crosstalk.neurons.statistics import RunningMoments, set_variance


def test_eq_1_by_hand():
    """Unit 0 is 1, 3 and 5: mean 3, variance (4 + 0 + 4) / 3; unit 1 never moves; unit 2 is 0, 0, 6: mean 2, 24 / 3."""
    activations = torch.tensor([[1.0, 7.0, 0.0], [3.0, 7.0, 0.0], [5.0, 7.0, 6.0], *[[2.0, 1.0, 0.0]] * 2])
    expected = torch.tensor([[8 / 3, 0.0, 8.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(set_variance(activations, torch.tensor([3, 2])), expected)


def test_eq_1_ignores_a_shift_and_squares_a_scale():
    torch.manual_seed(1)
    activations, members = torch.randn(15, 4, dtype=torch.float64), torch.tensor([5, 6, 4])
    variance = set_variance(activations, members)
    torch.testing.assert_close(set_variance(activations + 100, members), variance)
    torch.testing.assert_close(set_variance(-3 * activations, members), 9 * variance)


@given(
    arrays(np.float64, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(-1e3, 1e3)),
    st.lists(st.integers(1, 29), max_size=6),
)
def test_running_moments_equal_numpy_whatever_the_chunks(rows, cuts):
    moments = RunningMoments(3)
    for chunk in np.split(rows, sorted({cut for cut in cuts if cut < len(rows)})):
        moments.add(torch.from_numpy(chunk))
    assert moments.count == len(rows)
    np.testing.assert_allclose(moments.mean.numpy(), rows.mean(0), rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(moments.variance.numpy(), rows.var(0), rtol=1e-9, atol=1e-9)


def test_running_moments_do_not_cancel():
    moments = RunningMoments(1)
    for value in (1e8, 1e8 + 1, 1e8 + 2):
        moments.add(torch.tensor([[value]], dtype=torch.float64))
    assert moments.variance.item() == np.float64(2 / 3)


def test_there_is_no_variance_before_the_first_row():
    assert RunningMoments(2).variance.tolist() == [0.0, 0.0]
