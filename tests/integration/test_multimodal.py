"""Part 3 on a few scenes, with models that learn nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosstalk.artefacts import HYPOTHESES, LAYERS, PARTITION, SCORES, read_table
from tests.chat_server import Server, serving
from tests.workflow.copies import Copy

PRESET = "config/presets/scenes.yaml"
_FEW = {"updates": 4, "warmup": 1, "evaluate_every": 4, "checkpoint_every": 2, "sampling": {"batch_tokens": 128}}
SMALL = {
    "world": {"train": 60, "dev": 8, "test": 12, "ambiguous": 0.5},
    "score": {"bootstrap": 100, "identifier_sentences": 40},
    "multimodal": {
        "benchmarks": {"world": {"targets": ["qaa_Latn", "qab_Cyrl"]}},
        "base": {"shape": {"d_model": 16, "ffn": 24, "heads": 2, "layers": 2, "vision_width": 16, "vocabulary": 300}},
        "fusion": {"d_model": 16, "ffn": 24, "layers": 1},
        **dict.fromkeys(("vision", "pretraining", "tuning", "scratch"), _FEW),
        "statistics": {"sentences": 6},
        "max_new": 6,
        "systems": dict.fromkeys(
            ("text", "concatenation", "lvp", "neumt_80", "standard", "agnostic", "specific"), None
        ),
        "sweep": {"layers": [], "specific": []},
    },
}  # fmt: skip
SYSTEMS = {"gated", "base", "sft", "neumt_40", "folder", "endpoint"}


def test_part_3_from_scenes_to_the_report(fresh: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")  # what a copy runs reaches nothing else
    with serving() as server:
        _check_run(fresh, server)


def _check_run(fresh: Copy, server: Server) -> None:
    asked = {
        "folder": {"kind": "folder", "folder": "results/models/world/1/llava"},
        "endpoint": {"kind": "endpoint", "endpoint": server.endpoint().model_dump(mode="json")},
    }
    settings = SMALL | {"multimodal": SMALL["multimodal"] | {"systems": SMALL["multimodal"]["systems"] | asked}}
    run = fresh.run(preset=PRESET, **settings)
    assert run.returncode == 0, run.stdout
    assert len(server.asked) == 3 * 2 * 12  # kinds of images, languages, sentences
    results = fresh.folder / "results"
    scores = read_table(results / "multimodal/scores.parquet", SCORES).to_pandas()
    assert set(scores["method"]) == SYSTEMS
    assert set(scores["split"]) == {"test", "test.shuffled", "test.blank"}
    assert {"BLEU", "chrF++", "BLEU_delta", "sense_accuracy", "sense_decided"} <= set(scores["metric"])
    assert scores[["config_hash", "data_hash", "commit"]].notna().all(axis=None)
    for system in SYSTEMS:
        rows = read_table(results / f"multimodal/world/1/{system}/hypotheses.parquet", HYPOTHESES).to_pandas()
        assert (rows.groupby(["split", "tgt"]).size() == 12).all()
    _check_partition(results / "neurons/world/1/multimodal")
    page = (results / "report/index.html").read_text(encoding="utf-8")
    assert "Do images matter?" in page
    assert "NeuMT (40 %)" in page
    assert "Nothing to be done" in fresh.run(preset=PRESET, **settings).stdout
    (results / "multimodal/world/1/endpoint/hypotheses.parquet").unlink()
    assert (
        fresh.run("results/multimodal/world/1/endpoint/hypotheses.parquet", preset=PRESET, **settings).returncode == 0
    )
    assert len(server.asked) == 3 * 2 * 12, "answers on disk are not asked for again"


def _check_partition(folder: Path) -> None:
    layers = read_table(folder / "layers.parquet", LAYERS).to_pandas()
    assert layers["layer"].nunique() == 16  # the projector's two, and seven of each of two layers
    assert layers["similarity"].between(-1, 1).all()
    chosen = read_table(folder / "neumt_40/partition.parquet", PARTITION).to_pandas()
    assert chosen["layer"].nunique() == 7  # ceil(0.4 * 16)
    assert set(chosen["role"]) == {"agnostic", "specific", "other"}
