"""A made-up report of any size, with the tables that a run writes: for timing the page and opening it in a browser."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.artefacts import CURVE, GAMMA, HYPOTHESES, LAYERS, PARTITION, PROFILE, SCORES, SETS
from crosstalk.matrix import schemas
from crosstalk.matrix.advice import Request, advise
from crosstalk.report.data import COSTS, Benchmark, ReportData
from crosstalk.report.matrix_data import RUN_COLUMNS, MatrixTables
from crosstalk.report.multimodal_data import Multimodal, variances

PIVOT = "eng_Latn"
TIERS = ("high", "medium", "low")
SCRIPTS = ("Latin", "Cyrillic", "Arabic", "Devanagari", "Greek")
METHODS = ("xlmt", "xlmt_longer", "mnmt", "bilingual", "adapters", "neuron_specialization", "capa", "nrd_ft",
           "nrd_static", "nrd_drf", "nrd", "nrd_frequency", "nrd_unrelated", "nrd_identical", "nrd_random")  # fmt: skip
_RATES = ("off_target", "empty_rate", "copy_rate", "loop_rate", "own_reference")
_ORIGIN = {"config_hash": "0f3c5a7e91d2", "data_hash": "a1b2c3d4e5f6", "commit": "4d5e6f708192"}
_JOBS = (("world", 1), ("vocabulary", 1), ("foundation", 10), ("specialise", 90), ("decode", 150), ("block", 400))


def codes(languages: int) -> list[str]:
    """The pivot and made-up languages."""
    made = [f"q{chr(97 + place // 26)}{chr(97 + place % 26)}_Latn" for place in range(languages - 1)]
    return [PIVOT, *made]


def report(languages: int, seeds: int, **changes: Any) -> ReportData:
    """All three parts over ``languages`` languages, means over ``seeds`` seeds."""
    rng = np.random.default_rng(1)
    names = codes(languages)
    jobs = [(stage, f"{stage} {job}") for stage, count in _JOBS for job in range(count)]
    seconds = rng.lognormal(3, 1, len(jobs))
    costs = {"seconds": seconds, "max_rss": rng.uniform(200, 2000, len(jobs)), "cpu_seconds": 1.8 * seconds}
    told: dict[str, Any] = {
        "benchmarks": {"large": benchmark(names, seeds, rng)},
        "matrix": matrix(names, seeds, rng),
        "multimodal": multimodal(names[: min(len(names), 12)], seeds, rng),
        "baseline": METHODS[0],
        "methods": {name: name.replace("_", " ").upper() for name in METHODS},
        "languages": {name: f"Language {name[:3]} ({name})" for name in names},
        "confidence": 0.95,
        "costs": _table(pd.DataFrame(jobs, columns=["stage", "job"]).assign(**costs), COSTS),
        "provenance": {"configuration": _ORIGIN["config_hash"], "commit": _ORIGIN["commit"]},
    }
    return ReportData(**{**told, **changes})


def benchmark(names: list[str], seeds: int, rng: np.random.Generator) -> Benchmark:
    """Part 1: scores of all directions with the pivot and as many without; neurons, gradients and texts of one seed."""
    units = _units(names, layers=6, units=128, rng=rng)
    null = len(names) ** -0.5
    rows = pd.DataFrame({"language": names, "directions": 1, "batches": 16, "null": null})
    rows = rows.assign(null_low=null - 0.04, null_high=null + 0.04)
    steps = np.arange(10, 1501, 10)
    curve = pd.DataFrame({"step": steps, "loss": 1.5 + 6 * np.exp(-steps / 400), "learning_rate": 5e-4})
    curve = curve.assign(dev_loss=curve["loss"].where(steps % 300 == 0), tokens=2000 * steps, seconds=0.2 * steps)
    sets = pd.DataFrame(product(names, range(5)), columns=["language", "member"])
    sets = sets.assign(set_id=sets["language"], text="the fisher mends a net", overlap=0.6)
    texts = {"sentence_id": "s1", "source": "the fisher mends a net", "reference": "a net is mended", "split": "test"}
    hypotheses = pd.DataFrame([(PIVOT, name) for name in names[1:]], columns=["src", "tgt"]).assign(**texts)
    corpus = pd.DataFrame({"language": names, "train": 6000, "dev": 200, "test": 200})
    return Benchmark(
        scores=scores(names, METHODS, seeds, rng),
        corpus=pa.Table.from_pandas(corpus, preserve_index=False),
        gamma={
            model: _table(rows.assign(gamma=null + rng.normal(0.1, 0.08, len(names))), GAMMA)
            for model in ("foundation", "sparse.paraphrase.variance")
        },
        profiles={"paraphrase": _table(units, PROFILE)},
        partitions={"paraphrase.variance": _table(units, PARTITION)},
        curves={model: _table(curve, CURVE) for model in ("encoder", "foundation", "sparse.paraphrase.variance")},
        sets=_table(sets, SETS),
        hypotheses={name: _table(hypotheses.assign(hypothesis=f"a net, by {name}"), HYPOTHESES) for name in METHODS},
    )


def scores(
    names: list[str], methods: tuple[str, ...], seeds: int, rng: np.random.Generator, *, name: str = "large"
) -> pa.Table:
    """Rows of SCORES: directions with the pivot, as many without, and their averages."""
    others = names[1:]
    tiers = {code: TIERS[place % 3] for place, code in enumerate(others)}
    cells = [(PIVOT, code, tiers[code]) for code in others] + [(code, PIVOT, tiers[code]) for code in others]
    cells += [(code, others[place - 1], "zero_shot") for place, code in enumerate(others)]
    cells += [(src, tgt, tier) for src, tgt in ((PIVOT, "X"), ("X", PIVOT)) for tier in (*TIERS, "all")]
    cells += [("X", "X", "zero_shot")]
    metrics = ("BLEU", "chrF++", *_RATES, "length_ratio", "BLEU_delta", "BLEU_p")
    keys = product(methods, range(1, seeds + 1), cells, metrics)
    rows = pd.DataFrame(((m, s, *cell, metric) for m, s, cell, metric in keys),
                        columns=["method", "seed", "src", "tgt", "tier", "metric"])  # fmt: skip
    place = rows["method"].map({method: at for at, method in enumerate(methods)})
    means = {"BLEU": 30.0, "chrF++": 50.0, "length_ratio": 1.02, "BLEU_p": 0.04} | dict.fromkeys(_RATES, 0.03)
    value = rows["metric"].map(means).fillna(0.0) + rng.normal(0, 0.01, len(rows))
    bleu = rows["metric"].isin(["BLEU", "chrF++", "BLEU_delta"])
    value = value.where(~bleu, value + 0.3 * place + rng.normal(0, 2, len(rows)))
    half = pd.Series(np.where(bleu, 0.8, 0.005))
    rows = rows.assign(benchmark=name, split="test", n=200, signature="nrefs:1|case:mixed|eff:no|tok:13a", value=value,
                       ci_low=value - half, ci_high=value + half, higher_is_better=True, **_ORIGIN)  # fmt: skip
    return _table(rows[~((rows["method"] == methods[0]) & rows["metric"].isin(["BLEU_delta", "BLEU_p"]))], SCORES)


def matrix(names: list[str], seeds: int, rng: np.random.Generator) -> MatrixTables:
    """Part 2: every cell, three in ten of them predicted."""
    count = len(names)
    facts = pd.DataFrame({"language": names, "name": [f"Language {name[:3]}" for name in names]})
    facts = facts.assign(
        script=[SCRIPTS[at % len(SCRIPTS)] for at in range(count)],
        family=[f"Family {chr(65 + at // 7)}" for at in range(count)],
        resource_level=[TIERS[at % 3] for at in range(count)],
    )
    one, other = np.where(~np.eye(count, dtype=bool))
    suffers, harms = rng.normal(-0.05, 0.015, count), rng.normal(-0.03, 0.01, count)
    dilution, alone = rng.normal(-0.04, 0.01, count), rng.normal(6, 0.4, count)
    alike = facts["script"].to_numpy()[one] == facts["script"].to_numpy()[other]
    value = suffers[one] + harms[other] + 0.02 * alike + rng.normal(0, 0.006, len(one))
    pair = np.minimum(one, other) * count + np.maximum(one, other)
    measured = np.isin(pair, rng.permutation(np.unique(pair))[: -(-7 * len(one) // 20)])
    half = np.where(measured, 0.004, 0.02)
    cells = pd.DataFrame(
        {"language": np.array(names)[one], "added_language": np.array(names)[other], "interference": value,
         "dilution": dilution[one], "conflict": value - dilution[one], "loss_alone": alone[one],
         "loss_half": alone[one] * (1 - dilution[one]), "loss_pair": alone[one] * (1 - value),
         "ci_low": value - half, "ci_high": value + half, "seeds": np.where(measured, seeds, 0),
         "interval": np.where(measured, "seeds", "prediction"), "measured": measured,
         "dilution_low": dilution[one] - 0.003, "dilution_high": dilution[one] + 0.003,
         "conflict_low": value - dilution[one] - half, "conflict_high": value - dilution[one] + half}
    )  # fmt: skip
    cells.loc[~measured, ["loss_alone", "loss_half", "loss_pair"]] = np.nan
    rows = cells.groupby("language")["interference"].mean()
    columns = cells.groupby("added_language")["interference"].mean()
    means = [
        {"language": name, "part": "interference", "outliers": kept, "partners": count - 1, "measured": 0.7}
        | {"robustness": rows[name], "robustness_low": rows[name] - 0.005, "robustness_high": rows[name] + 0.005}
        | {"friendliness": columns[name], "friendliness_low": columns[name] - 0.004}
        | {"friendliness_high": columns[name] + 0.004}
        for name in names
        for kept in (True, False)
    ]
    runs = pd.DataFrame(product(names, (False, True), range(1, seeds + 1)), columns=["language", "half", "seed"])
    hash_of = {name: f"{at:012x}" for at, name in enumerate(names, 0xA1B2C3)}
    runs = runs.assign(added_language=None, first_loss=9.0, last_loss=6.0, **_ORIGIN)
    pairs = cells.loc[measured, ["language", "added_language"]].assign(half=False, seed=1, **_ORIGIN)
    runs = pd.concat([runs, pairs.assign(data_hash=pairs["language"].map(hash_of))], ignore_index=True)
    convergence = pd.DataFrame({"language": names, "mean_loss": alone + 0.3, "loss_alone": alone, "lower": 5.0})
    convergence = convergence.assign(frequency_loss=6.5, models=count, upper=7.4, outlier=False)
    return MatrixTables(
        interference=_table(cells, schemas.INTERFERENCE),
        advice=advise(cells, Request([], 3, top=10)).table,
        runs=_table(runs, pa.schema([schemas.RUNS.field(name) for name in RUN_COLUMNS])),
        convergence=_table(convergence, schemas.CONVERGENCE),
        robustness=_table(pd.DataFrame(means), schemas.ROBUSTNESS),
        facts=pa.Table.from_pandas(facts, preserve_index=False),
    )


def multimodal(names: list[str], seeds: int, rng: np.random.Generator) -> Multimodal:
    """Part 3: scores of three systems, importance of 60 layers."""
    systems = ("full", "neumt", "lora")
    rows = pd.DataFrame(product(range(60), names[1:]), columns=["layer", "language"])
    rows = rows.assign(module="model.layers." + rows["layer"].astype(str) + ".mlp.down_proj", units=256)
    rows = rows.assign(similarity=1 - rng.beta(1 + rows["layer"] / 20, 6))
    units = _units(names[1:], layers=8, units=64, rng=rng).assign(site="linear")
    units["role"] = units["role"].map({"syntactic": "specific", "semantic": "agnostic", "other": "other"})
    found = scores(names, systems, seeds, rng, name="scenes").to_pandas()
    found = found[(found["src"] == PIVOT)]
    return Multimodal(
        scores=found,
        layers={"scenes": _table(rows, LAYERS).to_pandas()},
        neurons={"scenes": variances(units)},
        labels={"full": "Full fine-tuning", "neumt": "NeuMT", "lora": "LoRA"},
        baseline="full",
    )


def _units(names: list[str], layers: int, units: int, rng: np.random.Generator) -> pd.DataFrame:
    """Columns of PROFILE and PARTITION of every unit and language; a fifth of each layer is of each role."""
    base = rng.lognormal(-6, 1.2, (layers, units, 1)) * np.exp(np.arange(layers))[:, None, None]
    within = base * rng.lognormal(0, 0.7, (layers, units, len(names)))
    within[:, 0] = 0
    rank = np.argsort(np.argsort(within, axis=1), axis=1)
    core = np.argsort(np.argsort(base, axis=1), axis=1) < units // 5
    role = np.where(core, "semantic", np.where(rank >= units - units // 5, "syntactic", "other"))
    rows = pd.DataFrame(product(range(layers), range(units), names), columns=["layer", "unit", "language"])
    return rows.assign(site="ffn", within=within.ravel(), total=2 * within.ravel(), mean=0.1, active=0.3,
                       statistic=within.ravel(), role=role.ravel())  # fmt: skip


def _table(rows: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    rows = rows.reset_index(drop=True).reindex(columns=schema.names)
    return pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
