"""The whole workflow on the smoke preset: what lies under results/ afterwards."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import permutations
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from crosstalk import artefacts
from crosstalk.corpora.build import PAIRS
from crosstalk.corpora.clean import COUNTS
from crosstalk.decode.testsets import TESTS
from crosstalk.matrix import schemas
from crosstalk.world.tables import LABELS, MEANINGS, PARAPHRASES
from tests.workflow.copies import Copy

TIERS = {"eng_Latn": "", "qaa_Latn": "high", "qab_Cyrl": "medium", "qac_Latn": "low"}
METHODS = {
    "xlmt", "mnmt", "bilingual", "adapters", "neuron_specialization", "capa", "nrd_ft", "nrd_static", "nrd_drf", "nrd",
    "nrd_unrelated", "nrd-alpha-1", "nrd-k-2",
}  # fmt: skip
MODELS = {
    "encoder", "foundation", "dense.random", "bilingual.encoder", "capa", "neuron_specialization",
    "sparse.paraphrase.variance", "sparse.paraphrase-k-2.variance", "sparse.random.variance",
}  # fmt: skip
"""Without the adapters, whose name has a hash of their options."""
SCHEMAS = {
    "world/sentences": (artefacts.SENTENCES, 1),
    "world/labels": (LABELS, 1),
    "world/paraphrases": (PARAPHRASES, 1),
    "world/meanings": (MEANINGS, 1),
    "corpora/world/languages/*": (artefacts.SENTENCES, 4),
    "corpora/world/counts": (COUNTS, 1),
    "corpora/world/pairs": (PAIRS, 1),
    "corpora/world/tests": (TESTS, 1),
    "models/world/1/*.curve": (artefacts.CURVE, 10),
    "sets/world/1/*/*": (artefacts.SETS, 2 * 4),
    "neurons/world/1/*/profile": (artefacts.PROFILE, 3),
    "neurons/world/1/*/variance/partition": (artefacts.PARTITION, 3),
    "neurons/world/1/paraphrase/variance/stability": (artefacts.STABILITY, 1),
    "neurons/world/1/paraphrase/variance/truth": (artefacts.TRUTH, 1),
    "gamma/world/1/*": (artefacts.GAMMA, 4),
    "nmt/world/1/*/hypotheses": (artefacts.HYPOTHESES, 13),
    "nmt/world/1/*/scores": (artefacts.SCORES, 13),
    "nmt/scores": (artefacts.SCORES, 1),
    "matrix/blocks/*": (schemas.RUNS, 4),
    "matrix/interference": (schemas.INTERFERENCE, 1),
    "matrix/validation": (schemas.VALIDATION, 1),
    "matrix/held_out": (schemas.HELD_OUT, 1),
    "matrix/next": (schemas.NEXT, 1),
    "matrix/similarity": (schemas.SIMILARITY, 1),
    "matrix/convergence": (schemas.CONVERGENCE, 1),
    "matrix/robustness": (schemas.ROBUSTNESS, 1),
    "matrix/groups": (schemas.GROUPS, 1),
    "matrix/sharing": (schemas.SHARING, 1),
    "matrix/asymmetry": (schemas.ASYMMETRY, 1),
    "matrix/exposure": (schemas.EXPOSURE, 1),
    "matrix/correlation": (schemas.CORRELATION, 1),
    "matrix/advice": (schemas.ADVICE, 1),
}
"""Tables under results/: their schema and how many there are."""
MAY_BE_EMPTY = (artefacts.TRUTH, schemas.VALIDATION, schemas.HELD_OUT, schemas.NEXT)
"""Too few sentences to probe; too few pairs to predict; all of them trained."""


@pytest.fixture
def results(finished: Copy) -> Path:
    return finished.folder / "results"


@pytest.mark.parametrize("name", SCHEMAS)
def test_tables_obey_their_schemas(results: Path, name: str) -> None:
    schema, count = SCHEMAS[name]
    files = list(results.glob(f"{name}.parquet"))
    assert len(files) == count
    for file in files:
        assert pq.read_schema(file).remove_metadata().equals(schema), file
        assert pq.read_metadata(file).num_rows or schema in MAY_BE_EMPTY, file


def test_there_are_no_other_tables(results: Path) -> None:
    expected = {file for name in SCHEMAS for file in results.glob(f"{name}.parquet")}
    assert set(results.rglob("*.parquet")) == expected


def test_models_are_safetensors_and_nothing_is_pickled(results: Path) -> None:
    models = {file.parent.name for file in results.glob("models/world/1/*/model.safetensors")}
    assert {name for name in models if not name.startswith("adapters.")} == MODELS
    assert len(models) == len(MODELS) + 1
    assert {file.suffix for file in results.rglob("*") if file.is_file()} <= {
        *(
            ".parquet",
            ".safetensors",
            ".json",
            ".npy",
            ".txt",
            ".model",
            ".log",
            ".tsv",
            ".csv",
            ".svg",
            ".pdf",
            ".tex",
            ".html",
            ".md",
        ),
        "",
    }


def test_nothing_unfinished_is_left(results: Path) -> None:
    hidden = {file.name for file in results.rglob(".*")}
    assert hidden <= {".snakemake_timestamp"}
    assert not list(results.rglob("*.checkpoints"))


def test_scores_are_of_every_method_and_direction(results: Path) -> None:
    scores = artefacts.read_table(results / "nmt" / "scores.parquet").to_pandas()
    assert set(scores["method"]) == METHODS
    bleu = scores[scores["metric"] == "BLEU"]
    directions = {method: set(zip(rows["src"], rows["tgt"], strict=True)) for method, rows in bleu.groupby("method")}
    everything = set(permutations(TIERS, 2))
    zero_shot = {pair for pair in everything if "eng_Latn" not in pair}
    bilingual = directions.pop("bilingual")
    assert (everything - zero_shot) <= bilingual
    assert not zero_shot & bilingual
    assert all(everything <= found for found in directions.values())
    supervised = bleu[bleu["src"].eq("eng_Latn") & bleu["tgt"].isin(TIERS)]
    assert dict(zip(supervised["tgt"], supervised["tier"], strict=False)) == {
        code: tier for code, tier in TIERS.items() if tier
    }
    assert set(supervised["n"]) == {4}


def test_scores_say_where_they_come_from(results: Path) -> None:
    scores = artefacts.read_table(results / "nmt" / "scores.parquet").to_pandas()
    assert set(scores["commit"]) == {"unknown"}
    assert scores["data_hash"].nunique() == 1
    assert scores.groupby("method")["config_hash"].nunique().eq(1).all()
    assert scores["config_hash"].nunique() == len(METHODS)


def test_something_is_translated(results: Path) -> None:
    for method in METHODS:
        table = artefacts.read_table(results / "nmt/world/1" / method / "hypotheses.parquet")
        assert len(table) == 6 * 4 + (0 if method == "bilingual" else 6 * 2)
        assert any(table["hypothesis"].to_pylist())


def test_only_allowed_units_were_trained(results: Path) -> None:
    partition = artefacts.read_table(results / "neurons/world/1/paraphrase/variance/partition.parquet").to_pandas()
    trained = partition[partition["role"] != "other"].groupby("layer")["unit"].agg(lambda units: sorted(set(units)))
    folder = results / "models" / "world" / "1"
    before, after = (
        load_file(folder / model / "model.safetensors") for model in ("foundation", "sparse.paraphrase.variance")
    )
    assert before.keys() == after.keys()
    changed = 0
    for name, was in before.items():
        found = re.fullmatch(r"model\.encoder\.layers\.(\d+)\.(fc1\.weight|fc1\.bias|fc2\.weight)", name)
        is_now, frozen = after[name], np.ones(was.shape, bool)
        if found:
            index = trained[int(found[1])]
            frozen[(slice(None), index) if found[2] == "fc2.weight" else index] = False
        assert was[frozen].tobytes() == is_now[frozen].tobytes(), name
        changed += int((was != is_now).sum())
    assert 0 < len(trained[0]) < 32
    assert changed > 0


class Resources(HTMLParser):
    """Addresses that a page would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.found += re.findall(r"url\(\s*['\"]?(?!#)([^'\")]+)", html) + re.findall(r"@import\s+(\S+)", html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {"src", "srcset", "data", "poster"} | ({"href"} if tag in ("link", "image", "use") else set())
        self.found += [value or "" for name, value in attrs if name in names or name == "xlink:href"]


def test_the_page_is_one_file_that_loads_nothing(results: Path) -> None:
    assert {file.name for file in (results / "report").iterdir()} == {"index.html", "figures", "tables"}
    html = (results / "report" / "index.html").read_text(encoding="utf-8")
    assert {address for address in Resources(html).found if not address.startswith(("#", "data:"))} == set()
    assert all(label in html for label in ("XLM-T", "NRD-FT", "NRD-FT + static", "NRD-DRF"))


def test_a_second_run_has_nothing_to_do(finished: Copy) -> None:
    run = finished.run()
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout


@pytest.mark.parametrize("name", ["report.html", "report.zip"])
def test_snakemakes_report_needs_no_network_and_has_the_captions(again: Copy, name: str) -> None:
    run = again.run(options=("--report", name))
    assert run.returncode == 0, run.stdout
    file = again.folder / name
    html = file.read_text(encoding="utf-8") if file.suffix == ".html" else _page(file)
    for caption in ("workflow", "gamma", "variance", "roles", "curves", "cost", "truth", "tables"):
        words = (again.folder / "report" / f"{caption}.rst").read_text(encoding="utf-8").split()[:4]
        assert " ".join(words) in html, caption


def _page(file: Path) -> str:
    with ZipFile(file) as archive:
        return archive.read("report/report.html").decode()
