"""Predictions tried on what was measured: they rank held-out cells and cover as they claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.facts import MATRIX83, facts
from crosstalk.matrix.schemas import VALIDATION
from crosstalk.matrix.validation import held_out, validation

LANGUAGES = MATRIX83[:60]
FACTS = facts(LANGUAGES)


@pytest.fixture(scope="module")
def synthetic() -> np.ndarray:
    """Rows, columns, shared scripts, two hidden factors and noise, in the proportions 1 : 0.7 : 0.7 : 0.5 : 0.3."""
    rng = np.random.default_rng(0)
    script = FACTS["script"].to_numpy()
    shared = (script[:, None] == script).astype(float)
    hidden = rng.normal(size=(60, 2)) @ rng.normal(size=(2, 60)) / np.sqrt(2)
    rows, columns, noise = rng.normal(size=(60, 1)), rng.normal(size=60), rng.normal(size=(60, 60))
    return -0.1 + 0.02 * (rows + 0.7 * columns + 0.7 * shared + 0.5 * hidden + 0.3 * noise)


def test_a_tenth_of_the_pairs_ranks_the_others_and_intervals_cover(square_of, synthetic) -> None:
    table = validation(square_of(LANGUAGES, synthetic), LANGUAGES, FACTS, None, 0.9, seed=0, share=0.1, draws=2)
    assert table.schema == VALIDATION
    rows = table.to_pandas()
    assert (rows["pairs"] == 177).all()
    assert (rows["held_out"] == 1770 - 177).all()
    assert len(rows) == 2 * 4
    chosen = rows[rows["chosen"]]
    assert len(chosen) == 2
    assert (chosen["model"].str.startswith("features")).all()
    # Without the hidden factors and the noise, known exactly, it would be about 0.91.
    assert (chosen["rank_correlation"] > 0.85).all()
    # The bound itself comes from 354 residuals, two to a pair: standard error sqrt(0.9 x 0.1 / 177) = 2.3 %.
    assert (rows["coverage"] - 0.9).abs().max() < 0.05
    # Narrower than what knows nothing but the spread of the cells.
    assert (chosen["width"] < 0.6 * 2 * 1.645 * synthetic.std()).all()


def test_rows_by_hand(square_of) -> None:
    languages = LANGUAGES[:10]
    rng = np.random.default_rng(1)
    values = rng.normal(size=(10, 1)) + rng.normal(size=10)
    cells = square_of(languages, values)
    rows = validation(cells, languages, FACTS, None, 0.8, share=0.8, draws=1).to_pandas()
    assert (rows["pairs"] == 36).all()
    assert (rows["held_out"] == 9).all()
    assert rows["chosen"].sum() == 1
    assert rows["confidence"].tolist() == [0.8] * 4
    assert rows.loc[0, "rank_correlation"] > 0.99
    assert rows.loc[0, "error"] < 0.05
    shuffled = validation(cells[::-1], languages[::-1], FACTS[::-1], None, 0.8, share=0.8, draws=1).to_pandas()
    pd.testing.assert_frame_equal(shuffled, rows)


def test_there_must_be_something_to_hold_out(square_of) -> None:
    cells = square_of(LANGUAGES[:4], np.zeros((4, 4)))
    with pytest.raises(CrosstalkError, match="6 of 6 measured pairs"):
        validation(cells, LANGUAGES[:4], FACTS, None, 0.9, share=0.99)
    with pytest.raises(CrosstalkError, match="1 of 6 measured pairs"):
        validation(cells, LANGUAGES[:4], FACTS, None, 0.9, share=0.1)


def test_held_out_cells_are_those_of_the_first_draw(square_of, synthetic) -> None:
    cells = square_of(LANGUAGES, synthetic)
    row = validation(cells, LANGUAGES, FACTS, None, 0.9, share=0.1, draws=1).to_pandas().query("chosen").iloc[0]
    found = held_out(cells, LANGUAGES, FACTS, None, 0.9, share=0.1).to_pandas()
    assert len(found) == 2 * row["held_out"]
    assert found["interference"].between(found["low"], found["high"]).mean() == row["coverage"]
    assert (found["predicted"] - found["interference"]).pow(2).mean() ** 0.5 == pytest.approx(row["error"])
    measured = cells.set_index(["language", "added_language"])["interference"]
    keys = list(zip(found["language"], found["added_language"], strict=True))
    assert (measured.loc[keys].to_numpy() == found["interference"].to_numpy()).all()
