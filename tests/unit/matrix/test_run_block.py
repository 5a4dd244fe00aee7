"""A block: what it writes, and that being killed changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from accelerate import Accelerator

from crosstalk.artefacts import read_table, write_table
from crosstalk.config.matrix import Matrix, MatrixEvaluation, MatrixModel, MatrixTraining
from crosstalk.errors import CrosstalkError
from crosstalk.matrix import runner
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.runner import run_block
from crosstalk.matrix.schemas import RUNS

RUNS_OF_BLOCK = [
    Run("qaa_Latn", None, False, 1),
    Run("qaa_Latn", None, True, 1),
    Run("qaa_Latn", "eng_Latn", False, 1),
    Run("qaa_Latn", "qab_Cyrl", False, 1),
]
SETTINGS = Matrix(
    model=MatrixModel(d_model=16, ffn=24, heads=2),
    training=MatrixTraining(updates=8, sentences=8, warmup=2, learning_rate=2e-2, max_length=14),
    evaluation=MatrixEvaluation(sentences=5),
)
ORIGIN = {"config_hash": "c0ffee", "data_hash": "da7a", "commit": "abc"}


def block(
    small, folder: Path, settings: Matrix = SETTINGS, origin: dict[str, str] = ORIGIN, together: int = 1
) -> pa.Table:
    return run_block(
        RUNS_OF_BLOCK, small.stores, small.vocabulary, settings, Accelerator(cpu=True), folder, origin, together
    )


@pytest.fixture(scope="module")
def undisturbed(small, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    return block(small, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture
def trained(monkeypatch) -> list[str]:
    """Names of the runs trained since."""
    names: list[str] = []
    train = runner.train

    def counted(runs, *others):
        names.extend(run.name for run in runs)
        return train(runs, *others)

    monkeypatch.setattr(runner, "train", counted)
    return names


def same(first: pa.Table, second: pa.Table) -> bool:
    return first.drop_columns("seconds").equals(second.drop_columns("seconds"))


def test_a_row_for_each_run_and_language(undisturbed) -> None:
    assert undisturbed.schema == RUNS
    rows = undisturbed.to_pylist()
    assert [(row["language"], row["added_language"], row["half"]) for row in rows] == [
        ("qaa_Latn", None, False),
        ("qaa_Latn", None, True),
        ("qaa_Latn", "eng_Latn", False),
        ("eng_Latn", "qaa_Latn", False),
        ("qaa_Latn", "qab_Cyrl", False),
        ("qab_Cyrl", "qaa_Latn", False),
    ]
    alone, half, pair = rows[0], rows[1], rows[2]
    for row in rows:
        assert 0 < row["loss"] < 6
        assert row["loss"] == pytest.approx(sum(row["sentence_losses"]) / sum(row["sentence_tokens"]), rel=1e-6)
        assert len(row["sentence_losses"]) == len(row["sentence_tokens"]) == 5
        assert row["updates"] == 8
        assert row["seconds"] > 0
        assert {name: row[name] for name in ORIGIN} == ORIGIN
    assert np.mean([row["last_loss"] - row["first_loss"] for row in rows]) < -0.1
    assert half["train_tokens"] == pair["train_tokens"]
    assert alone["train_tokens"] == pytest.approx(2 * half["train_tokens"], rel=0.1)
    assert len({row["loss"] for row in rows}) == 6


def test_the_order_of_a_pair_does_not_matter(small, undisturbed, tmp_path) -> None:
    turned = [Run("eng_Latn", "qaa_Latn", False, 1)]
    rows = run_block(
        turned, small.stores, small.vocabulary, SETTINGS, Accelerator(cpu=True), tmp_path, ORIGIN
    ).to_pylist()
    expected = undisturbed.to_pylist()[2:4][::-1]
    for row in (*rows, *expected):
        del row["seconds"]
    assert rows == expected


@pytest.mark.parametrize("together", [1, 2])
def test_killed_and_resumed_is_undisturbed(small, tmp_path, monkeypatch, trained, together: int) -> None:
    whole = block(small, tmp_path / "whole", together=together)
    write = runner.write_table

    def killed(table: pa.Table, file: Path, schema: pa.Schema) -> None:
        if "eng_Latn" in table["added_language"].to_pylist():
            raise KeyboardInterrupt
        write(table, file, schema)

    monkeypatch.setattr(runner, "write_table", killed)
    with pytest.raises(KeyboardInterrupt):
        block(small, tmp_path / "killed", together=together)
    monkeypatch.setattr(runner, "write_table", write)
    trained.clear()
    resumed = block(small, tmp_path / "killed", together=together)
    assert trained == [run.name for run in RUNS_OF_BLOCK[2:]]
    assert same(resumed, whole)
    trained.clear()
    assert block(small, tmp_path / "killed", together=together).equals(resumed)
    assert trained == []


def test_what_is_not_this_block_is_trained_anew(small, undisturbed, tmp_path, trained) -> None:
    first = block(small, tmp_path)
    files = [tmp_path / f"{run.name}.parquet" for run in RUNS_OF_BLOCK]
    assert all(file.exists() for file in files)
    files[0].write_bytes(files[0].read_bytes()[:-40])
    write_table(read_table(files[1], RUNS).set_column(15, "data_hash", [["other"]]), files[1], RUNS)
    files[3].write_bytes(files[2].read_bytes())
    (tmp_path / ".x.parquet.abc.part").write_bytes(b"half")
    trained.clear()
    again = block(small, tmp_path)
    assert trained == [RUNS_OF_BLOCK[at].name for at in (0, 1, 3)]
    assert same(again, undisturbed)
    assert same(again, first)
    assert not list(tmp_path.glob(".*"))
    trained.clear()
    block(small, tmp_path, origin={**ORIGIN, "config_hash": "other"})
    assert len(trained) == 4


@pytest.mark.parametrize(("sentences", "max_length", "expected"), [(8, 64, 8), (32, 64, 2), (256, 256, 1)])
def test_small_runs_advance_together_on_a_processor(small, tmp_path, monkeypatch, sentences, max_length, expected):
    training = SETTINGS.training.model_copy(update={"sentences": sentences, "max_length": max_length})
    seen = []

    def stop(runs, *_):
        seen.append(len(runs))
        raise CrosstalkError("enough")

    monkeypatch.setattr(runner, "train", stop)
    with pytest.raises(CrosstalkError, match="enough"):
        run_block(
            RUNS_OF_BLOCK * 3, small.stores, small.vocabulary, SETTINGS.model_copy(update={"training": training}),
            Accelerator(cpu=True), tmp_path, ORIGIN,
        )  # fmt: skip
    assert seen == [expected]


def test_runs_that_advance_together_agree_with_single_ones(small, undisturbed, tmp_path) -> None:
    """To rounding, which eight updates of Adam enlarge."""
    together = block(small, tmp_path, together=4)
    for name in ("loss", "first_loss", "last_loss"):
        np.testing.assert_allclose(together[name].to_numpy(), undisturbed[name].to_numpy(), rtol=1e-4)
    assert together["train_tokens"].equals(undisturbed["train_tokens"])


def test_a_loss_that_is_no_number_names_run_and_update(small, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("crosstalk.matrix.engine.learning_rate", lambda update, _: 1e-3 if update < 4 else float("nan"))
    with pytest.raises(CrosstalkError, match=r"qaa_Latn.alone.1: the loss of update 6 is nan"):
        block(small, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_language_without_sentences_stops_the_block_before_it_trains(small, tmp_path, trained) -> None:
    settings = SETTINGS.model_copy(update={"evaluation": MatrixEvaluation(split="devtest")})
    with pytest.raises(CrosstalkError, match=r"^qaa_Latn: no sentence to evaluate on"):
        block(small, tmp_path, settings)
    assert trained == []
