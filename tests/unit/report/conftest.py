"""A made-up report with the shapes of a small real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from crosstalk.artefacts import CURVE, GAMMA, HYPOTHESES, PARTITION, PROFILE, SCORES, SETS, STABILITY, TRUTH
from crosstalk.report.data import COSTS, Benchmark, ReportData

PIVOT = "eng_Latn"
METHODS = {"xlmt": "XLM-T", "nrd": "NRD", "nrd_ft": "NRD-FT"}
VARIED = {"nrd": {"alpha": 0.5, "k": 5}, "nrd-alpha-0": {"alpha": 0.0}, "nrd-k-2": {"k": 2}}
TIERS = ("high", "medium", "low")


def languages(number: int) -> list[str]:
    scripts = ("Latn", "Deva", "Cyrl")
    return [f"q{chr(97 + place // 26)}{chr(97 + place % 26)}_{scripts[place % 3]}" for place in range(number)]


def score_rows(
    methods: dict[str, str], codes: list[str], rng: np.random.Generator, *, name: str = "world", seed: int = 1
) -> list[dict[str, object]]:
    """Every direction and the averages over them, as the scoring writes them."""
    tiers = {code: TIERS[place % 3] for place, code in enumerate(codes)}
    cells = [(PIVOT, code, tiers[code]) for code in codes] + [(code, PIVOT, tiers[code]) for code in codes]
    cells += [(a, b, "zero_shot") for a in codes for b in codes if a != b]
    cells += [(src, tgt, tier) for src, tgt in ((PIVOT, "X"), ("X", PIVOT)) for tier in (*TIERS, "all")]
    cells += [("X", "X", "zero_shot")]
    rows = []
    for place, method in enumerate(methods):
        for src, tgt, tier in cells:
            level = 12.0 if tier == "zero_shot" else 30.0
            spread = 0.5 if "X" in (src, tgt) else 3.0
            bleu = level + 1.2 * place + rng.normal(0, spread)
            delta = 1.2 * place + rng.normal(0, spread) - 0.6
            values: dict[str, tuple[float, float | None, bool | None]] = {
                "BLEU": (bleu, 0.9, True),
                "chrF++": (bleu + 20, 0.8, True),
                "off_target": (0.12 / (place + 1) * (tier == "zero_shot"), 0.0, False),
                "empty_rate": (0.0, 0.0, False),
                "copy_rate": (0.013, 0.004, False),
                "loop_rate": (0.021, 0.006, False),
                "own_reference": (0.87, 0.03, True),
                "length_ratio": (1.02, 0.01, None),
            }
            if place:
                values["BLEU_delta"] = (delta, 0.8, True)
                values["BLEU_p"] = (0.042, None, None)
            for metric, (value, half, higher) in values.items():
                rows.append(
                    {
                        "benchmark": name,
                        "method": method,
                        "seed": seed,
                        "split": "test",
                        "src": src,
                        "tgt": tgt,
                        "tier": tier,
                        "metric": metric,
                        "value": value,
                        "higher_is_better": higher,
                        "n": 200,
                        "signature": "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
                        if metric.startswith("BLEU")
                        else "",
                        "ci_low": None if half is None else value - half,
                        "ci_high": None if half is None else value + half,
                        "config_hash": "0f3c5a7e91d2",
                        "data_hash": "a1b2c3d4e5f6",
                        "commit": "4d5e6f708192",
                    }
                )
    return rows


def make_benchmark(methods: dict[str, str], codes: list[str], layers: int = 2, units: int = 40) -> Benchmark:
    rng = np.random.default_rng(7)
    everyone = [PIVOT, *codes]
    profile, partition = [], []
    for layer in range(layers):
        base = np.exp(rng.normal(-6 + layer, 1.2, units))
        semantic = set(np.argsort(base)[: units // 5].tolist())
        for language in everyone:
            within = base * np.exp(rng.normal(0, 0.7, units))
            within[units // 2] = 0.0
            syntactic = set(np.argsort(within)[-units // 5 :].tolist())
            for unit in range(units):
                role = "semantic" if unit in semantic else "syntactic" if unit in syntactic else "other"
                shared = {"site": "ffn", "layer": layer, "unit": unit, "language": language}
                profile.append(
                    {**shared, "within": within[unit], "total": 2 * within[unit], "mean": 0.1, "active": 0.3}
                )
                partition.append({**shared, "statistic": within[unit], "role": role})
    gamma = {}
    for place, model in enumerate(("foundation", "sparse.paraphrase.variance")):
        null = 1 / np.sqrt(len(everyone))
        gamma[model] = pa.Table.from_pylist(
            [
                {
                    "language": code,
                    "gamma": null + 0.1 * place + rng.normal(0.1, 0.08),
                    "directions": 1,
                    "batches": 16,
                    "null": null,
                    "null_low": null - 0.05,
                    "null_high": null + 0.05,
                }
                for code in everyone
            ],
            schema=GAMMA,
        )
    curves = {}
    for model, start in {"encoder": 7.0, "foundation": 6.0, "sparse.paraphrase.variance": 2.4}.items():
        curves[model] = pa.Table.from_pylist(
            [
                {
                    "step": step,
                    "loss": start * np.exp(-step / 400) + 1.5 + rng.normal(0, 0.05),
                    "dev_loss": start * np.exp(-step / 400) + 1.7 if step % 200 == 0 else None,
                    "learning_rate": 5e-4,
                    "tokens": 2000 * step,
                    "seconds": 0.2 * step,
                }
                for step in range(10, 1501, 10)
            ],
            schema=CURVE,
        )
    truth = []
    for label, gains in {
        "voice": (0.12, 0.0),
        "order": (0.1, 0.01),
        "action": (0.0, 0.05),
        "agent": (-0.02, 0.06),
    }.items():
        for units_read, gain in zip(("syntactic", "random", "semantic"), (gains[0], None, gains[1]), strict=True):
            accuracy = 0.7 + (gain or 0.0)
            truth.append(
                {
                    "label": label,
                    "units": units_read,
                    "accuracy": accuracy,
                    "ci_low": accuracy - 0.02,
                    "ci_high": accuracy + 0.02,
                    "difference": gain,
                    "difference_low": None if gain is None else gain - 0.03,
                    "difference_high": None if gain is None else gain + 0.03,
                }
            )
    sets = [
        {
            "set_id": f"{code}-{number}",
            "language": code,
            "member": member,
            "text": f"{code} sentence {number} told the {member}. way",
            "overlap": 1.0 if member == 0 else 0.6,
        }
        for code in everyone
        for number in range(2)
        for member in range(5)
    ]
    hypotheses = {
        method: pa.Table.from_pylist(
            [
                {
                    "split": "test",
                    "src": src,
                    "tgt": tgt,
                    "sentence_id": f"s{number}",
                    "source": f"the fisher mends a net {number}",
                    "reference": f"a net {number} is mended by the fisher",
                    "hypothesis": f"{label} says: the fisher mends net {number}",
                }
                for src in everyone
                for tgt in everyone
                if src != tgt
                for number in range(2)
            ],
            schema=HYPOTHESES,
        )
        for method, label in methods.items()
    }
    return Benchmark(
        scores=pa.Table.from_pylist(score_rows(methods | dict.fromkeys(VARIED, ""), codes, rng), schema=SCORES),
        corpus=pa.table(
            {
                "language": everyone,
                "tier": ["", *(TIERS[place % 3] for place in range(len(codes)))],
                "pairs": [None, *(6000 // (place % 3 + 1) for place in range(len(codes)))],
                "train": [6000] * len(everyone),
                "test": [200] * len(everyone),
            }
        ),
        gamma=gamma,
        profiles={"paraphrase": pa.Table.from_pylist(profile, schema=PROFILE)},
        partitions={"paraphrase.variance": pa.Table.from_pylist(partition, schema=PARTITION)},
        stability={
            "paraphrase.variance": pa.Table.from_pylist(
                [
                    {"differs": how, "language": code, "role": role, "jaccard": 0.5, "expected": 0.1}
                    for how in ("sentences", "draws")
                    for code in everyone
                    for role in ("semantic", "syntactic")
                ],
                schema=STABILITY,
            )
        },
        curves=curves,
        sets=pa.Table.from_pylist(sets, schema=SETS),
        hypotheses=hypotheses,
        truth=pa.Table.from_pylist(truth, schema=TRUTH),
    )


def make_report(benchmark: Benchmark, **changes: Any) -> ReportData:
    costs = [
        {"stage": stage, "job": f"{stage} {job}", "seconds": seconds, "max_rss": memory, "cpu_seconds": 1.8 * seconds}
        for stage, jobs, seconds, memory in (
            ("world", 1, 2.4, 210.0),
            ("pretrain", 1, 95.0, 900.0),
            ("foundation", 1, 412.0, 1300.0),
            ("specialise", 2, 130.0, 1250.0),
            ("decode", 5, 61.0, 700.0),
        )
        for job in range(jobs)
    ]
    settings: dict[str, Any] = {
        "benchmarks": {"world": benchmark},
        "title": "crosstalk: the embedded world",
        "baseline": "xlmt",
        "methods": METHODS,
        "variations": VARIED,
        "languages": {PIVOT: "English"},
        "confidence": 0.95,
        "costs": pa.Table.from_pylist(costs, schema=COSTS),
        "provenance": {"configuration": "0f3c5a7e91d2", "torch": "2.13.0", "sacrebleu": "2.6.0"},
        "remake": ("make run",),
    }
    return ReportData(**{**settings, **changes})


@pytest.fixture(scope="session")
def benchmark_tables() -> Benchmark:
    return make_benchmark(METHODS, languages(3))


@pytest.fixture(scope="session")
def report(benchmark_tables: Benchmark) -> Callable[..., ReportData]:
    """Builds the report of the made-up benchmark with some fields changed."""

    def build(**changes: Any) -> ReportData:
        return make_report(benchmark_tables, **changes)

    return build
