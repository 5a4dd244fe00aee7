"""Score rows of the downstream evaluation: accuracies, their means over seeds and partners, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float

from crosstalk.artefacts import SCORES
from crosstalk.config.downstream import Protocol
from crosstalk.downstream.intervals import estimate
from crosstalk.downstream.mixtures import ALONE, HALF, UNTRAINED
from crosstalk.downstream.schemas import AVERAGE, GROUP, TARGET

_KINDS = ("low", "high", "friendly", "unfriendly")
"""Conditions of which there are several, numbered: a row of this name is their mean."""
_COMPARED = {
    ALONE: [UNTRAINED],
    HALF: [ALONE],
    **{kind: [ALONE, HALF] for kind in ("low", "high", "low_group", "high_group")},
    **{kind: [ALONE] for kind in ("friendly", "unfriendly")},
}
"""What each condition is compared with, besides its opposite."""
_OPPOSITE = {"low": "high", "low_group": "high_group", "friendly": "unfriendly"}

Correct = Mapping[str, Float[np.ndarray, "seeds sentences"]]
"""Condition -> share of experiments in which a sentence is classified right."""


def score(
    predictions: Mapping[int, pd.DataFrame], partners: pd.DataFrame, protocols: Mapping[str, Protocol],
    confidence: float, origin: Mapping[str, Mapping[str, str]],
) -> pa.Table:  # fmt: skip
    """SCORES of every task from PREDICTIONS of each seed and PARTNERS of all trainings.

    ``method`` is the condition, ``tgt`` the language that is classified, ``src`` the others that the encoder has seen.

    Accuracy in per cent, for each seed, and with null ``seed`` over all of them; ``low`` is the mean of low1, low2,
    ..., and so on. ``accuracy_to_{other}`` is the difference from another condition, in points, paired by seed and
    sentence. Rows with ``tgt`` X are means over targets, where these have the same sentences. ``origin``: task -> the
    columns that say where its rows come from.
    """
    every = pd.concat(rows.assign(seed=seed) for seed, rows in predictions.items())
    every[["target", "method"]] = every["mixture"].str.split(".", n=1, expand=True)
    every["tier"] = np.where(every["target"] == GROUP, GROUP, TARGET)
    every["right"] = every["label"] == every["predicted"]
    rows = []
    for task, mine in every.groupby("task", sort=False):
        settings = protocols[str(task)]
        shared = {"benchmark": task, "split": settings.split, "signature": signature(settings), **origin[str(task)]}
        rows += [shared | row for row in _task_rows(mine, partners, confidence)]
    return pa.Table.from_pylist(rows, schema=SCORES)


def signature(settings: Protocol) -> str:
    """What is needed to classify the same way again."""
    draws = f"experiments:{settings.experiments}|samples:{settings.samples_per_label}"
    return f"mteb:2.26.24|logistic:{settings.max_iterations}|{draws}|seed:{settings.seed}|interval:seeds+sentences"


def _task_rows(rows: pd.DataFrame, partners: pd.DataFrame, confidence: float) -> Iterator[dict[str, object]]:
    for tier, of_tier in rows.groupby("tier", sort=False):
        known = {str(language): _correct(mine) for language, mine in of_tier.groupby("language", sort=False)}
        numbered = {language: ids for language, (_, ids) in known.items()}
        correct = {language: with_means(each) for language, (each, _) in known.items()}
        seeds = sorted(map(int, of_tier["seed"].unique()))
        others = _others(partners, str(tier))
        for language, conditions in correct.items():
            for row in _rows(conditions, seeds, confidence):
                yield {"tier": tier, "tgt": language, "src": others.get((language, str(row["method"])), ""), **row}
        first, *rest = numbered.values()
        if rest and all(ids == first for ids in rest):
            both = {name for name in next(iter(correct.values())) if all(name in each for each in correct.values())}
            mean = {
                name: np.mean([each[name] for each in correct.values()], axis=0)
                for name in next(iter(correct.values()))
                if name in both
            }
            for row in _rows(mean, seeds, confidence):
                yield {"tier": tier, "tgt": AVERAGE, "src": "", **row}


def _correct(rows: pd.DataFrame) -> tuple[dict[str, np.ndarray], list[str]]:
    """Condition -> [seeds, sentences], and the sentences' ids."""
    wide = rows.pivot_table(index=["method", "seed"], columns="sentence_id", values="right", aggfunc="mean", sort=True)
    conditions = list(dict.fromkeys(rows["method"]))
    return {name: wide.loc[name].to_numpy(float) for name in conditions}, [str(each) for each in wide.columns]


def with_means(correct: Correct) -> dict[str, np.ndarray]:
    """Numbered conditions, each kind followed by its mean."""
    found: dict[str, np.ndarray] = {}
    for kind, names in groupby(correct, key=lambda name: name.rstrip("0123456789")):
        members = list(names)
        found |= {name: correct[name] for name in members}
        if kind in _KINDS:
            found[kind] = np.mean([correct[name] for name in members], axis=0)
    return found


def _others(partners: pd.DataFrame, tier: str) -> dict[tuple[str, str], str]:
    """(classified language, condition) -> the other languages of its training."""
    found = {}
    for (target, condition), rows in partners.groupby(["target", "condition"], sort=False):
        if (target == GROUP) == (tier == GROUP):
            for language in rows.loc[rows["role"] == "target", "language"]:
                others = rows.loc[rows["language"] != language, "language"]
                found[str(language), str(condition)] = "+".join(others)
    return found


def _rows(correct: Correct, seeds: Sequence[int], confidence: float) -> Iterator[dict[str, object]]:
    for name, values in correct.items():
        for at, seed in enumerate(seeds):
            yield _row(name, "accuracy", int(seed), values[at : at + 1], confidence)
        yield _row(name, "accuracy", None, values, confidence)
        for other in [*([_OPPOSITE[name]] if name in _OPPOSITE else []), *_COMPARED.get(name, [])]:
            if other in correct:
                yield _row(name, f"accuracy_to_{other}", None, values - correct[other], confidence)


def _row(method: str, metric: str, seed: int | None, values: np.ndarray, confidence: float) -> dict[str, object]:
    found = estimate(100 * values, confidence)
    known = not np.isnan(found.low)
    return {
        "method": method,
        "metric": metric,
        "seed": seed,
        "value": found.value,
        "higher_is_better": True,
        "n": values.shape[1],
        "ci_low": found.low if known else None,
        "ci_high": found.high if known else None,
    }
