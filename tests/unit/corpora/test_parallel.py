from __future__ import annotations

import pyarrow as pa
import pytest

from crosstalk.corpora.parallel import parallel
from crosstalk.errors import CrosstalkError


def table(language: str, rows: dict[str, str], split: str = "test") -> pa.Table:
    return pa.Table.from_pylist(
        [{"sentence_id": key, "language": language, "split": split, "text": text} for key, text in rows.items()]
    )


def test_sentences_of_all_languages_in_one_order():
    tables = {
        "eng_Latn": table("eng_Latn", {"b": "two", "a": "one", "c": "three", "d": "four"}),
        "deu_Latn": table("deu_Latn", {"d": "vier", "a": "eins", "b": "zwei"}),
    }
    assert parallel(tables, "test", 2) == {"eng_Latn": ["one", "two"], "deu_Latn": ["eins", "zwei"]}


def test_no_common_sentence_is_told():
    tables = {"eng_Latn": table("eng_Latn", {"a": "one"}), "deu_Latn": table("deu_Latn", {"a": "eins"}, "dev")}
    with pytest.raises(CrosstalkError, match="split 'test': no sentence is in all languages"):
        parallel(tables, "test", 5)
