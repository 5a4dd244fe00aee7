"""The matrix as a matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.cells import parts, square


def test_rows_suffer_and_columns_are_added(cells_of) -> None:
    cells = cells_of({("c", "a"): -0.3, ("a", "c"): -0.1, ("a", "b"): -0.2})
    found = square(cells)
    assert found.languages == ["a", "b", "c"]
    np.testing.assert_array_equal(
        found.values, [[np.nan, -0.2, -0.1], [np.nan, np.nan, np.nan], [-0.3, np.nan, np.nan]]
    )
    np.testing.assert_array_equal(found.known, found.measured)
    assert square(cells, without=["b"]).languages == ["a", "c"]


def test_parts_are_those_with_values(cells_of) -> None:
    assert parts(cells_of({("a", "b"): -0.2})) == ["interference"]
    assert parts(cells_of({("a", "b"): -0.2}, {"a": -0.1})) == ["interference", "dilution", "conflict"]


def test_bad_cells_are_refused(cells_of) -> None:
    cells = cells_of({("a", "b"): -0.2, ("b", "a"): -0.2})
    with pytest.raises(CrosstalkError, match="a with b occurs twice"):
        square(pd.concat([cells, cells[:1]]))
    with pytest.raises(CrosstalkError, match="1 languages to compare"):
        square(cells, without=["b"])
