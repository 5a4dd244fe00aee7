"""Mixed-effects regression against its dual form, a Gaussian process."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from crosstalk.matrix.design import Design, effects, features
from crosstalk.matrix.mixed import FIXED, Variances, posterior, quadratic, variances

LANGUAGES = [f"l{at:02d}" for at in range(12)]
FACTS = pd.DataFrame(
    {
        "language": LANGUAGES,
        "script": ["x", "x", "x", "y", "y", "y", "z", *["x"] * 5],
        "family": ["f", "g", *["f"] * 5, *["h"] * 5],
        "resource_level": ["high", "low", ""] * 4,
    }
)


def made_up(design: Design, truth: Variances, seed: int, share: float) -> np.ndarray:
    """Values of a random share of the cells."""
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=len(design.groups)) * np.sqrt(truth.groups[design.groups]) * (design.groups > 0)
    values = design.matrix @ drawn + rng.normal(size=design.matrix.shape[0]) * np.sqrt(truth.residual)
    n = len(design.languages)
    unknown = np.eye(n, dtype=bool) | (rng.random((n, n)) > share)
    return np.where(unknown.ravel(), np.nan, values)


def kernel(design: Design, components: Variances) -> np.ndarray:
    x = design.matrix.toarray()
    return x @ np.diag(components.groups[design.groups]) @ x.T


def test_predictors_by_hand() -> None:
    design = effects(["a", "b"])
    # Mean, rows a and b, columns a and b; cells aa, ab, ba, bb.
    expected = [[1, 1, 0, 1, 0], [1, 1, 0, 0, 1], [1, 0, 1, 1, 0], [1, 0, 1, 0, 1]]
    np.testing.assert_array_equal(design.matrix.toarray(), expected)
    np.testing.assert_array_equal(design.groups, [0, 1, 1, 2, 2])


def test_features_by_hand() -> None:
    alone = pd.DataFrame({"loss_alone": [1.0, 3.0]}, index=LANGUAGES[:2])
    closeness = pd.DataFrame({"language": ["l00"], "added_language": ["l06"], "similarity": [0.7]})
    design = features(LANGUAGES, FACTS, alone, closeness)
    x = design.matrix.toarray()
    fixed = x[:, design.groups == 0]
    # Mean, three kinds of sharing, and the losses of row and column; one similarity does not vary.
    assert fixed.shape == (144, 6)
    assert fixed[0 * 12 + 2].tolist()[:4] == [1, 1, 1, 0]
    np.testing.assert_allclose(fixed[:, 4:].mean(axis=0), 0, atol=1e-12)
    assert fixed[0 * 12 + 1, 4:].tolist() == [-1, 1]
    assert fixed[5 * 12 + 1, 4:].tolist() == [0, 1]
    sizes = np.bincount(design.groups).tolist()
    # Languages, scripts, pairs of scripts (z with z is one cell only), families, levels but the unknown.
    assert sizes == [6, 12, 12, 3, 3, 8, 3, 3, 2, 2]
    shared = x[:, design.groups == 5]
    assert shared[0 * 12 + 3].argmax() == shared[7 * 12 + 4].argmax() != shared[3 * 12 + 0].argmax()
    assert not shared[6 * 12 + 6].any()


def test_predictions_are_those_of_a_gaussian_process() -> None:
    design = features(LANGUAGES, FACTS, pd.DataFrame(index=LANGUAGES), None)
    components = Variances(np.r_[FIXED, np.linspace(0.2, 1, design.groups.max())], 0.3)
    values = made_up(design, components, seed=0, share=0.4)
    known = np.isfinite(values)
    centre, scale = values[known].mean(), values[known].std()
    whole = kernel(design, components)
    gain = whole[:, known] @ np.linalg.inv(whole[np.ix_(known, known)] + 0.3 * np.eye(known.sum()))
    spread = np.diag(whole) - np.einsum("ij,ij->i", gain, whole[:, known]) + 0.3
    found = posterior(design, values, components)
    np.testing.assert_allclose(found.mean, centre + gain @ (values[known] - centre), atol=1e-6)
    np.testing.assert_allclose(found.deviation, scale * np.sqrt(spread), rtol=1e-5)


def test_variances_are_likelier_than_their_neighbours() -> None:
    design = effects(LANGUAGES)
    values = made_up(design, Variances(np.array([FIXED, 1.0, 0.2]), 0.1), seed=1, share=0.8)
    known = np.isfinite(values)
    outcome = (values[known] - values[known].mean()) / values[known].std()

    def likelihood(components: Variances) -> float:
        covariance = kernel(design, components)[np.ix_(known, known)] + components.residual * np.eye(known.sum())
        return stats.multivariate_normal(cov=covariance).logpdf(outcome)

    found = variances(design, values)
    best = likelihood(found)
    for group in (1, 2):
        for factor in (0.6, 1.6):
            groups = np.where(np.arange(3) == group, factor, 1) * found.groups
            assert likelihood(Variances(groups, found.residual)) < best
    for factor in (0.8, 1.25):
        assert likelihood(Variances(found.groups, factor * found.residual)) < best


def test_variances_are_found_again() -> None:
    languages = [f"l{at:02d}" for at in range(60)]
    design = effects(languages)
    values = made_up(design, Variances(np.array([FIXED, 1.0, 0.25]), 0.1), seed=2, share=0.3)
    found = variances(design, values)
    scale = np.nanvar(values)
    # Standard error of a variance from 60 effects: sqrt(2 / 60) = 18 %; from about 1,000 residuals 4.5 %.
    assert found.groups[1] * scale == pytest.approx(1.0, rel=0.5)
    assert found.groups[2] * scale == pytest.approx(0.25, rel=0.5)
    assert found.residual * scale == pytest.approx(0.1, rel=0.15)


def test_a_quadratic_form_by_hand() -> None:
    found = quadratic(sparse.csr_array(np.array([[1.0, 2.0], [0.0, 3.0]])), np.array([[1.0, 2], [2, 5]]))
    np.testing.assert_allclose(found, [1 + 8 + 20, 45])
