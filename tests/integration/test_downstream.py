"""The downstream evaluation on the embedded world, with models that learn nothing."""

from __future__ import annotations

from pathlib import Path

from crosstalk.artefacts import CURVE, SCORES, read_table
from crosstalk.downstream.schemas import LABELLED, PARTNERS, PREDICTIONS
from tests.workflow.copies import Copy

CODES = ["eng_Latn", "qaa_Latn", "qab_Cyrl", "qac_Latn"]
SMALL = {
    "nmt": {"benchmarks": []},
    "matrix": {"languages": CODES, "block": 32},
    "downstream": {
        "targets": {"qab_Cyrl": {}, "eng_Latn": {"high": ["qaa_Latn", "kon_Latn"]}},
        "tasks": {
            "place": {"reader": "world", "label": "place", "protocol": {"experiments": 2, "samples_per_label": 2}}
        },
        "pairs": 1,
        "group": 0,
        "friends": {"size": 2, "added": 1},
        "model": {"d_model": 16, "ffn": 24, "heads": 2, "layers": 3},
        "training": {
            "updates": 4, "warmup": 1, "evaluate_every": 2, "checkpoint_every": 2, "average": 1,
            "sampling": {"batch_tokens": 96},
        },
    },
}  # fmt: skip
OWN = ["untrained", "alone", "half", "low1", "high1"]
MIXTURES = {f"{target}.{name}" for target in ("qab_Cyrl", "eng_Latn") for name in OWN}
MIXTURES |= {f"group.{name}" for name in ("untrained", "alone", "friendly1", "unfriendly1")}


def test_from_a_matrix_to_accuracies_and_the_report(fresh: Copy) -> None:
    run = fresh.run(**SMALL)
    assert run.returncode == 0, run.stdout
    results = fresh.folder / "results"
    _check_files(results / "downstream")
    _check_scores(results / "downstream")
    assert "kon_Latn is not among the benchmark's languages" in (results / "logs/partners.log").read_text("utf-8")
    page = (results / "report/index.html").read_text(encoding="utf-8")
    for text in ("Downstream evaluation", "Pairs, and Table 1 of the paper", "MassiveIntent", "before training"):
        assert text in page
    assert "Nothing to be done" in fresh.run(**SMALL).stdout
    _check_reruns(fresh)


def _check_files(place: Path) -> None:
    assert {folder.parent.name for folder in place.glob("1/*/model")} == MIXTURES
    for name in MIXTURES:
        assert (place / f"1/{name}/model/model.safetensors").is_file()
        curve = read_table(place / f"1/{name}/curve.parquet", CURVE)
        assert curve["step"].to_pylist() == ([] if name.endswith("untrained") else [2, 4])
    assert not list(place.rglob("*.checkpoints"))
    assert read_table(place / "tasks/place.parquet", LABELLED).num_rows
    partners = read_table(place / "partners.parquet", PARTNERS).to_pandas()
    assert set(partners["mixture"]) == MIXTURES
    named = partners[(partners["mixture"] == "eng_Latn.high1") & (partners["role"] == "partner")]
    assert named[["language", "chosen"]].to_numpy().tolist() == [["qaa_Latn", "named"]]
    predictions = read_table(place / "1/predictions.parquet", PREDICTIONS).to_pandas()
    assert set(predictions["mixture"]) == MIXTURES


def _check_scores(place: Path) -> None:
    scores = read_table(place / "scores.parquet", SCORES).to_pandas()
    assert set(scores["benchmark"]) == {"place"}
    assert {"accuracy", "accuracy_to_high", "accuracy_to_alone", "accuracy_to_unfriendly"} <= set(scores["metric"])
    accuracies = scores[scores["metric"] == "accuracy"]
    assert accuracies["value"].between(0, 100).all()
    assert (accuracies["seed"].isna().sum(), accuracies["seed"].eq(1).sum()) == (
        len(accuracies) / 2,
        len(accuracies) / 2,
    )
    assert scores[["config_hash", "data_hash", "commit"]].notna().all(axis=None)


def _check_reruns(fresh: Copy) -> None:
    def planned(**changes) -> dict[str, int]:
        return fresh.planned("downstream", **{**SMALL, "downstream": {**SMALL["downstream"], **changes}})

    protocol = {"experiments": 3, "samples_per_label": 2}
    tasks = {"place": {**SMALL["downstream"]["tasks"]["place"], "protocol": protocol}}
    judged = {"classify": 1, "downstream_scores": 1, "downstream": 1}
    assert planned(confidence=0.9) == {"downstream_scores": 1, "downstream": 1}
    assert planned(tasks=tasks).keys() >= judged.keys()
    assert "mixture" not in {name for name, count in planned(confidence=0.9).items() if count}
    assert planned(seeds=[1, 2]) == {"mixture": len(MIXTURES), **judged}
