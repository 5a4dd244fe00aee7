"""The equations of LLaVA-NeuMT against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from crosstalk.multimodal import activations, selection, tuning


def test_eq_3_by_hand():
    before = torch.tensor([[[1.0, 0.0], [3.0, 4.0], [9.0, 9.0]]])
    after = torch.tensor([[[1.0, 1.0], [4.0, 3.0], [-9.0, 9.0]]])
    mask = torch.tensor([[1.0, 1.0, 0.0]])
    # 1 / sqrt 2 and 24 / 25; the third token is padding.
    assert activations.similarity(before, after, mask).tolist() == pytest.approx([(2**-0.5 + 24 / 25) / 2], abs=1e-6)


def test_eq_3_of_a_layer_that_did_not_change_is_one():
    same = torch.randn(2, 3, 4)
    assert activations.similarity(same, 2 * same, torch.ones(2, 3)).tolist() == pytest.approx([1.0, 1.0], abs=1e-6)


def test_eq_4_by_hand():
    outputs = torch.tensor([[[1.0, -2.0], [3.0, 0.5]]])
    gradients = torch.tensor([[[0.5, 1.0], [-1.0, 2.0]]])
    assert activations.importance(outputs, gradients).tolist() == [[0.5 + 3.0, 2.0 + 1.0]]


def test_eq_5_by_hand():
    # Means 2 and 4; squared deviations 1, 1, 0 and 9, 0, 9.
    scores = np.array([[1.0, 1.0], [3.0, 4.0], [2.0, 7.0]])
    assert selection.spread(scores).tolist() == pytest.approx([2 / 3, 6.0])


def test_eq_7_and_8_by_hand():
    scores = np.array([[1.0, 5.0, 2.0, 2.0, 0.0], [1.0, 1.0, 2.0, 8.0, 0.1]])
    # The two units that vary most are 3, highest in the second language, and 1, in the first.
    assert selection.roles(scores, 0.4).tolist() == [-1, 0, -1, 1, -1]
    assert selection.roles(scores, 0.0).tolist() == [-1] * 5
    assert -1 not in selection.roles(scores, 1.0)


@pytest.mark.parametrize(("share", "kept"), [(0.2, [4]), (0.4, [0, 4]), (0.41, [0, 2, 4]), (1.0, [0, 1, 2, 3, 4])])
def test_the_top_layers_by_hand(share, kept):
    assert selection.top_layers([0.5, 0.1, 0.3, 0.2, 0.9], share) == kept


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three layers of ten neurons, two languages."""
    layers = pd.DataFrame(
        [
            {"layer": layer, "module": f"m{layer}", "units": 10, "language": code, "similarity": value}
            for layer, pair in enumerate([(0.9, 0.7), (0.2, 0.4), (0.5, 0.5)])
            for code, value in zip(("a", "b"), pair, strict=True)
        ]
    )
    rng = np.random.default_rng(1)
    neurons = pd.DataFrame(
        [
            {
                "site": "linear",
                "layer": layer,
                "unit": unit,
                "language": code,
                "statistic": rng.random(),
                "role": "other",
            }
            for code in ("a", "b")
            for layer in range(3)
            for unit in range(10)
        ]
    )
    return layers, neurons


def test_a_partition_has_the_neurons_of_the_layers_that_changed_most():
    found = selection.partition(*tables(), 0.4, 0.2).to_pandas()
    assert sorted(found["layer"].unique()) == [1, 2]
    for _, mine in found.groupby("layer"):
        assert len(mine) == 20
        roles = mine.pivot(index="unit", columns="language", values="role")
        specific = roles[(roles == "specific").any(axis=1)]
        assert len(specific) == 2
        assert (specific == "other").any(axis=1).all()
        assert (roles.drop(specific.index) == "agnostic").all(axis=None)


def test_a_language_may_change_its_own_and_the_agnostic_neurons():
    layers, neurons = tables()
    found = selection.partition(layers, neurons, 1.0, 0.2).to_pandas()
    names = ["m0", "m1", "m2"]
    both = tuning.allowed(found, names, ["agnostic", "specific"])
    agnostic, specific = (tuning.allowed(found, names, [role]) for role in ("agnostic", "specific"))
    for language in ("a", "b"):
        for name in names:
            parts = torch.cat([agnostic[language][name], specific[language][name]])
            assert torch.equal(both[language][name], parts.sort().values)
            assert len(agnostic[language][name]) == 8
    assert sum(len(specific[code]["m0"]) for code in ("a", "b")) == 2


def test_a_ratio_of_zero_to_ten_makes_all_neurons_agnostic():
    found = selection.partition(*tables(), 1.0, 0.0).to_pandas()
    assert set(found["role"]) == {"agnostic"}
