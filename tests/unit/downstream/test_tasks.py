"""Labelled sentences in the forms in which they are published."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from crosstalk.artefacts import SENTENCES, write_table
from crosstalk.config.downstream import Labelled
from crosstalk.downstream.schemas import LABELLED
from crosstalk.downstream.tasks import check_unseen, read_task
from crosstalk.errors import CrosstalkError


def rows(table: pa.Table) -> list[tuple[str, ...]]:
    assert table.schema.equals(LABELLED)
    return [tuple(row.values()) for row in table.to_pylist()]


def test_a_table_and_the_texts_that_it_only_names(tmp_path: Path):
    table = pd.DataFrame(
        {"index_id": [7, 8, 9], "language": ["ell_Grek", "ell_Grek", "nld_Latn"], "split": ["train", "test", "test"],
         "category": ["travel", "sports", "health"], "flores": [None, 4, 4], "text": ["a  b", None, None]}
    )  # fmt: skip
    other = pd.DataFrame({"segment_id": [4, 4], "language": ["nld_Latn", "ell_Grek"], "text": ["twee", "δύο"]})
    write_table(pa.Table.from_pandas(table), tmp_path / "sib.parquet")
    write_table(pa.Table.from_pandas(other), tmp_path / "flores.parquet")
    texts = {"path": "flores.parquet", "key": "flores", "sentence_id": "segment_id"}
    columns = {"sentence_id": "index_id", "label": "category"}
    settings = Labelled.model_validate({"reader": "parquet", "path": "sib.parquet", "columns": columns, "texts": texts})
    files = [tmp_path / "sib.parquet", tmp_path / "flores.parquet"]
    assert rows(read_task(settings, ["ell_Grek", "nld_Latn"], files)) == [
        ("7", "ell_Grek", "train", "travel", "a b"),
        ("8", "ell_Grek", "test", "sports", "δύο"),
        ("9", "nld_Latn", "test", "health", "twee"),
    ]
    assert len(read_task(settings, ["nld_Latn"], files)) == 1
    alone = settings.model_copy(update={"texts": None})
    with pytest.raises(
        CrosstalkError, match="2 sentences lack a label or text, first 8 of ell_Grek, which has no text"
    ):
        read_task(alone, ["ell_Grek", "nld_Latn"], files)
    with pytest.raises(CrosstalkError, match="no labelled sentence of fra_Latn"):
        read_task(settings, ["ell_Grek", "fra_Latn"], files, ["ell_Grek", "fra_Latn"])
    with pytest.raises(CrosstalkError, match="column 'sentence_id' is missing"):
        read_task(Labelled(reader="parquet", path="sib.parquet"), ["ell_Grek"], files)


def test_sib200_as_published(tmp_path: Path):
    (tmp_path / "ell_Grek").mkdir()
    for split, text in (("train", 'είπε "ναι'), ("test", "τρία")):
        lines = f"index_id\tcategory\ttext\n5\ttravel\t{text}\n"
        (tmp_path / "ell_Grek" / f"{split}.tsv").write_text(lines, encoding="utf-8")
    found = read_task(Labelled(reader="sib200", path="sib"), ["ell_Grek", "nld_Latn"], [tmp_path])
    assert rows(found) == [
        ("5", "ell_Grek", "train", "travel", 'είπε "ναι'),
        ("5", "ell_Grek", "test", "travel", "τρία"),
    ]
    (tmp_path / "ell_Grek" / "test.tsv").write_text("index_id\ttext\n5\tx\n", encoding="utf-8")
    with pytest.raises(CrosstalkError, match=r"not readable as sib200.*no field 'category'"):
        read_task(Labelled(reader="sib200", path="sib"), ["ell_Grek"], [tmp_path])


def massive(folder: Path, locale: str, utterance: str) -> None:
    row = {
        "id": "1",
        "locale": locale,
        "partition": "dev",
        "scenario": "alarm",
        "intent": "alarm_set",
        "utt": utterance,
    }
    (folder / f"{locale}.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")


def test_massive_as_published(tmp_path: Path):
    for locale, utterance in (("el-GR", "ξύπνα με"), ("zh-CN", "叫醒我"), ("zh-TW", "叫我起床"), ("sq-AL", "më zgjo")):
        massive(tmp_path, locale, utterance)
    languages = ["ell_Grek", "zho_Hans", "zho_Hant", "als_Latn", "lao_Laoo"]
    found = read_task(Labelled(reader="massive", path="m"), languages, [tmp_path])
    assert rows(found) == [
        ("1", "ell_Grek", "dev", "alarm_set", "ξύπνα με"),
        ("1", "zho_Hans", "dev", "alarm_set", "叫醒我"),
        ("1", "zho_Hant", "dev", "alarm_set", "叫我起床"),
        ("1", "als_Latn", "dev", "alarm_set", "më zgjo"),
    ]
    other = Labelled(reader="massive", path="m", label="scenario", codes={"lao_Laoo": "el-GR"})
    assert rows(read_task(other, ["lao_Laoo"], [tmp_path])) == [("1", "lao_Laoo", "dev", "alarm", "ξύπνα με")]
    (tmp_path / "el-GR.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(CrosstalkError, match="not readable as massive"):
        read_task(other, ["ell_Grek"], [tmp_path])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reader": "massive"}, "reader 'massive' needs path"),
        ({"reader": "mteb", "path": "x"}, "reader 'mteb' needs task"),
        ({"reader": "massive", "path": "x", "label": "topic"}, "has no label 'topic'"),
        (
            {"reader": "sib200", "path": "x", "texts": {"path": "a", "key": "b", "sentence_id": "c"}},
            "takes no texts",
        ),
    ],
)
def test_a_task_that_cannot_be_read_is_refused(settings: dict, message: str):
    with pytest.raises(ValidationError, match=message):
        Labelled.model_validate(settings)


def test_tested_sentences_must_not_have_been_trained_on(tmp_path: Path):
    labelled = [
        {"sentence_id": str(n), "language": "ell_Grek", "split": "test", "label": "x", "text": f"Sentence {n}."}
        for n in range(200)
    ]
    tasks = pa.Table.from_pylist(labelled, schema=LABELLED)

    def corpus(seen: int, split: str) -> dict[str, Path]:
        texts = [f"sentence {n}" for n in range(seen)] + ["another one"]
        table = [{"sentence_id": t, "language": "ell_Grek", "split": split, "text": t} for t in texts]
        write_table(pa.Table.from_pylist(table, schema=SENTENCES), tmp_path / "ell_Grek.parquet", SENTENCES)
        return {"ell_Grek": tmp_path / "ell_Grek.parquet"}

    check_unseen(tasks, "test", corpus(2, "train"))  # 1 %, which chance may do
    check_unseen(tasks, "test", corpus(200, "test"))
    check_unseen(tasks, "dev", corpus(200, "train"))
    with pytest.raises(CrosstalkError, match="3 of 200 test sentences of the task are among the training"):
        check_unseen(tasks, "test", corpus(3, "train"))
