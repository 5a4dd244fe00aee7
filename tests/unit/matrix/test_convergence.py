"""Mean losses and outliers (Matrix §3.2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.convergence import convergence, fences, outliers
from crosstalk.matrix.schemas import CONVERGENCE


def runs_of(losses: dict[tuple[str, str | None, bool, int], float]) -> pd.DataFrame:
    rows = [(*key, loss) for key, loss in losses.items()]
    table = pd.DataFrame(rows, columns=["language", "added_language", "half", "seed", "loss"])
    return table.assign(frequency_loss=table["language"].map({"a": 5.5}))


def test_fences_by_hand() -> None:
    # Quartiles 2 and 4, 1.5 x 2 beyond.
    assert fences(np.array([5.0, 1, 2, 3, 4])) == (-1, 7)


def test_means_by_hand() -> None:
    runs = runs_of(
        {
            ("a", None, False, 1): 4.0,
            ("a", None, False, 2): 6.0,
            ("a", None, True, 1): 99.0,
            ("a", "b", False, 1): 7.0,
            ("b", None, False, 1): 3.0,
            ("b", "a", False, 1): 4.0,
        }
    )
    table = convergence(runs)
    assert table.schema == CONVERGENCE
    # Seeds first: (5 + 7) / 2; the control does not count.
    assert table["mean_loss"].to_pylist() == pytest.approx([6, 3.5])
    assert table["loss_alone"].to_pylist() == pytest.approx([5, 3])
    assert table["frequency_loss"].to_pylist() == [5.5, None]
    assert table["models"].to_pylist() == [2, 2]


def test_outliers_by_hand() -> None:
    losses = {"e": 5.0, "a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "f": 40.0}
    table = convergence(runs_of({(language, None, False, 1): loss for language, loss in losses.items()}))
    # Quartiles 2.25 and 4.75: only 40 lies outside [-1.5, 8.5].
    assert (table["lower"][0].as_py(), table["upper"][0].as_py()) == (-1.5, 8.5)
    assert outliers(table) == ["f"]


def test_a_language_never_trained_alone_is_named() -> None:
    with pytest.raises(CrosstalkError, match="b alone is missing"):
        convergence(runs_of({("a", None, False, 1): 4.0, ("b", "a", False, 1): 4.0}))
