from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.errors import CrosstalkError
from crosstalk.fairseq.dictionary import FIRST, read_dictionary, write_dictionary

PIECES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters=" "), min_size=1, max_size=5),
    unique=True,
).filter(lambda pieces: not set(pieces) & set(FIRST))


@given(PIECES)
def test_a_dictionary_is_read_as_it_was_written(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("dictionary") / "dict.txt"
    write_dictionary([*FIRST, *pieces], path)
    assert read_dictionary(path) == [*FIRST, *pieces]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a 1\nb\n", "dict.txt:2: expected a piece, a space and a count"),
        ("a x\n", "dict.txt:1: expected a piece"),
        ("a 1\na 2\n", "'a' is there twice"),
        ("<s> 1\n", "'<s>' is there twice"),
    ],
)
def test_a_damaged_dictionary_is_refused(tmp_path, text, problem):
    (tmp_path / "dict.txt").write_text(text, encoding="utf-8")
    with pytest.raises(CrosstalkError, match=problem):
        read_dictionary(tmp_path / "dict.txt")


def test_a_dictionary_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(CrosstalkError, match="not a readable dictionary"):
        read_dictionary(tmp_path / "none.txt")
