"""Which files a method's export is made of."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from crosstalk.artefacts import SCORES, write_table
from crosstalk.config import Config, load
from crosstalk.config.files import merged
from crosstalk.errors import CrosstalkError
from crosstalk.finished import finished, named


@pytest.fixture
def config(checkout) -> Config:
    return load(merged([checkout / "config.yaml"]))


@pytest.fixture
def results(tmp_path, monkeypatch) -> Path:
    """The files of NRD and its foundation, empty."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "models/world/1/foundation/model.safetensors",
        "models/world/1/sparse.paraphrase.variance/model.safetensors",
        "tokens/world/vocabulary/sentencepiece.model",
        "neurons/world/1/paraphrase/variance/partition.parquet",
        "gamma/world/1/sparse.paraphrase.variance.parquet",
    ):
        file = Path("results") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "results"


def test_a_method_with_a_filter(config, results):
    parts = finished(config, "world", "nrd", 1)
    assert parts.model == Path("results/models/world/1/sparse.paraphrase.variance")
    assert parts.vocabulary == Path("results/tokens/world/vocabulary")
    assert parts.partition == Path("results/neurons/world/1/paraphrase/variance/partition.parquet")
    assert parts.gamma == Path("results/gamma/world/1/sparse.paraphrase.variance.parquet")
    assert parts.filter == {"name": "adaptive", "alpha": 0.5, "layers": "all", "static": "zero"}
    assert (parts.tag, parts.max_length, parts.decode) == ("source", 48, config.decode)
    assert (parts.provenance["method"], parts.provenance["seed"], len(parts.provenance["sha256"])) == ("nrd", 1, 4)


def test_a_method_without_a_filter_needs_no_partition(config, results):
    parts = finished(config, "world", "xlmt", 1)
    assert (parts.partition, parts.gamma, parts.filter) == (None, None, {"name": "none"})
    assert finished(config, "world", "nrd_ft", 1).partition is None
    assert finished(config, "world", "nrd_static", 1).gamma is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("worlds", "nrd", 1), "unknown benchmark 'worlds'; did you mean 'world'?"),
        (("world", "nrd_tf", 1), "unknown method 'nrd_tf'; did you mean 'nrd_ft'?"),
        (("world", "nrd", 2), "unknown seed '2'; known: 1"),
        (
            ("world", "nrd_random", 1),
            "results/models/world/1/sparse.paraphrase.random/model.safetensors: no such file; make it first: snakemake "
            "results/nmt/world/1/nrd_random/hypotheses.parquet",
        ),
    ],
)
def test_what_is_not_there_is_told_in_one_line(config, results, asked, told):
    with pytest.raises(CrosstalkError) as raised:
        finished(config, *asked)
    assert str(raised.value) == told


def test_results_of_other_settings_are_refused(config, results):
    def scored(config_hash: str) -> None:
        row = dict.fromkeys(SCORES.names) | {"config_hash": config_hash}
        write_table(pa.Table.from_pylist([row], SCORES), "results/nmt/world/1/nrd/scores.parquet")

    scored(finished(config, "world", "nrd", 1).provenance["config_hash"])
    assert finished(config, "world", "nrd", 1).model
    scored("another")
    with pytest.raises(CrosstalkError, match="was made with other settings; name the same --configfile and --config"):
        finished(config, "world", "nrd", 1)


def test_the_filter_of_named_files_follows_from_what_is_named(config, results):
    model, vocabulary = results / "models/world/1/foundation", results / "tokens/world/vocabulary"
    partition = results / "neurons/world/1/paraphrase/variance/partition.parquet"
    gamma = results / "gamma/world/1/sparse.paraphrase.variance.parquet"
    assert named(config, model, vocabulary, None, None).filter == {"name": "none"}
    assert named(config, model, vocabulary, partition, None).filter["name"] == "static"
    assert named(config, model, vocabulary, partition, gamma).filter["name"] == "adaptive"
    with pytest.raises(CrosstalkError, match=r"^--gamma needs --partition"):
        named(config, model, vocabulary, None, gamma)
