"""Eq. (1), its parts and its intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.interference import interference, relative_change
from crosstalk.matrix.schemas import INTERFERENCE, RUNS

TOKENS = np.array([4, 6, 5, 5, 7, 3])
LOSSES = np.array([7.0, 15.0, 9.0, 12.0, 13.0, 8.0])
"""Nats of each sentence under the first language alone."""


def runs_of(factors: Mapping[tuple[str, str | None, bool, int], float]) -> pd.DataFrame:
    """RUNS whose sentence losses are multiples of LOSSES: {(language, added, half, seed): factor}."""
    rows = [
        {
            **{"language": language, "added_language": added, "half": half, "seed": seed},
            **{"loss": factor * LOSSES.sum() / TOKENS.sum(), "sentence_losses": factor * LOSSES},
            **{"sentence_tokens": TOKENS},
        }
        for (language, added, half, seed), factor in factors.items()
    ]
    return pd.DataFrame(rows).reindex(columns=RUNS.names)


ONE_SEED = {
    ("a", None, False, 1): 4.0,
    ("b", None, False, 1): 2.0,
    ("a", None, True, 1): 4.4,
    ("b", None, True, 1): 2.2,
    ("a", "b", False, 1): 5.0,
    ("b", "a", False, 1): 1.8,
}


def test_eq_1_by_hand() -> None:
    alone, pair = np.array([4.0, 2.0]), np.array([5.0, 1.8])
    np.testing.assert_allclose(relative_change(alone, pair, alone), [-0.25, 0.1])


@settings(max_examples=20)
@given(st.tuples(*[st.floats(0.1, 20)] * 3))
def test_dilution_and_conflict_add_up_to_interference(losses: tuple[float, float, float]) -> None:
    alone, half, pair = (np.array([loss]) for loss in losses)
    parts = relative_change(alone, half, alone) + relative_change(half, pair, alone)
    np.testing.assert_allclose(parts, relative_change(alone, pair, alone), atol=1e-12)


def test_cells_by_hand() -> None:
    table = interference(runs_of(ONE_SEED), 0.9)
    assert table.schema == INTERFERENCE
    first, second = table.to_pylist()
    assert (first["language"], first["added_language"]) == ("a", "b")
    assert (second["language"], second["added_language"]) == ("b", "a")
    # (4 - 5) / 4, (4 - 4.4) / 4, (4.4 - 5) / 4; (2 - 1.8) / 2, (2 - 2.2) / 2, (2.2 - 1.8) / 2.
    assert [first[part] for part in ("interference", "dilution", "conflict")] == pytest.approx([-0.25, -0.1, -0.15])
    assert [second[part] for part in ("interference", "dilution", "conflict")] == pytest.approx([0.1, -0.1, 0.2])
    nats = LOSSES.sum() / TOKENS.sum()
    assert [first[name] / nats for name in ("loss_alone", "loss_half", "loss_pair")] == pytest.approx([4, 4.4, 5])
    assert all(row["measured"] and row["seeds"] == 1 and row["interval"] == "sentences" for row in (first, second))


def test_the_bootstrap_is_paired() -> None:
    # Every sentence loses a quarter, so whichever are drawn, the cell stays.
    first = interference(runs_of(ONE_SEED), 0.9).to_pylist()[0]
    assert (first["ci_low"], first["ci_high"]) == pytest.approx((-0.25, -0.25))
    assert (first["dilution_low"], first["conflict_high"]) == pytest.approx((-0.1, -0.15))


def test_the_interval_over_sentences_is_that_of_large_samples() -> None:
    rng = np.random.default_rng(0)
    runs = runs_of(ONE_SEED)
    alone = rng.uniform(5, 15, 2000)
    pair = alone * 1.2 + rng.normal(0, 2, 2000)
    runs["sentence_tokens"] = [np.full(2000, 5)] * len(runs)
    runs["sentence_losses"] = [pair if added == "b" else alone for added in runs["added_language"]]
    runs["loss"] = [losses.sum() / 10_000 for losses in runs["sentence_losses"]]
    row = interference(runs, 0.95).to_pylist()[0]
    # Ratio of means: variance of (d_i - I L_i) / (sqrt(n) mean L), d_i = L_i - P_i.
    value = 1 - pair.mean() / alone.mean()
    error = np.std(alone - pair - value * alone) / np.sqrt(2000) / alone.mean()
    assert row["interference"] == pytest.approx(value)
    # The bounds of 1,000 resamples are quantiles whose own error is about 6 % of the half width.
    assert (row["ci_high"] - row["ci_low"]) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert (row["ci_high"] + row["ci_low"]) / 2 == pytest.approx(value, abs=0.2 * error)


def test_several_seeds_by_hand() -> None:
    factors = {key: factor for key, factor in ONE_SEED.items() if not key[2]}
    second = {(*key[:3], 2): factor for key, factor in factors.items()} | {("a", "b", False, 2): 5.4}
    first = interference(runs_of(factors | second), 0.95).to_pylist()[0]
    # -0.25 and -0.35: mean -0.3, standard error 0.05, t(0.975, 1) = 12.7062.
    assert first["interference"] == pytest.approx(-0.3)
    assert (first["ci_low"], first["ci_high"]) == pytest.approx((-0.3 - 0.63531, -0.3 + 0.63531), abs=1e-5)
    assert (first["seeds"], first["interval"]) == (2, "seeds")
    assert first["dilution"] is first["conflict"] is first["loss_half"] is first["dilution_low"] is None


def test_the_order_of_runs_does_not_matter() -> None:
    runs = runs_of(ONE_SEED)
    assert interference(runs.iloc[::-1], 0.9, seed=3) == interference(runs, 0.9, seed=3)


def test_another_language_changes_no_cell() -> None:
    more = {("c", None, False, 1): 3.0, ("c", None, True, 1): 3.1, ("a", "c", False, 1): 4.1, ("c", "a", False, 1): 3.2}
    table = interference(runs_of(ONE_SEED | more), 0.9)
    assert table.num_rows == 4
    assert table.filter([row in ("ab", "ba") for row in ("ab", "ac", "ba", "ca")]) == interference(
        runs_of(ONE_SEED), 0.9
    )


@pytest.mark.parametrize(
    ("without", "named"),
    [
        (("a", None, False, 1), r"a alone \(seed 1\)"),
        (("b", None, True, 1), r"b alone with half of every batch \(seed 1\)"),
        (("b", "a", False, 1), r"b with a \(seed 1\)"),
    ],
)
def test_a_missing_run_is_named(without: tuple[str, str | None, bool, int], named: str) -> None:
    factors = {key: factor for key, factor in ONE_SEED.items() if key != without}
    with pytest.raises(CrosstalkError, match=f"runs: {named} is missing"):
        interference(runs_of(factors), 0.9)


def test_a_seed_missing_of_one_pair_is_named() -> None:
    second = {(*key[:3], 2): factor for key, factor in ONE_SEED.items() if key[1] is None}
    with pytest.raises(CrosstalkError, match=r"a with b \(seed 2\) is missing"):
        interference(runs_of(ONE_SEED | second), 0.9)


def test_bad_runs_are_refused() -> None:
    runs = runs_of(ONE_SEED)
    with pytest.raises(CrosstalkError, match=r"a alone \(seed 1\) occurs twice"):
        interference(pd.concat([runs, runs[:1]]), 0.9)
    with pytest.raises(CrosstalkError, match=r"a with b \(seed 1\) has loss nan"):
        interference(runs.assign(loss=[1, 1, 1, 1, np.nan, 1]), 0.9)
    with pytest.raises(CrosstalkError, match="no pair"):
        interference(runs[:4], 0.9)
    other = runs.assign(sentence_tokens=[*[TOKENS] * 4, TOKENS[::-1], TOKENS])
    with pytest.raises(CrosstalkError, match=r"a with b \(seed 1\) was evaluated on other sentences than a alone"):
        interference(other, 0.9)
