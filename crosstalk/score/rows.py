"""Score rows: every direction, macro averages over directions, and differences from a baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
from jaxtyping import Float

from crosstalk.artefacts import SCORES
from crosstalk.config.nrd import Score
from crosstalk.score import diagnosis
from crosstalk.score.bootstrap import draw_counts, interval, p_value
from crosstalk.score.directions import Direction, Group, check_comparable, directions, groups, ordered, same_directions
from crosstalk.score.identifier import Identifier, off_target
from crosstalk.score.metrics import Metric, bleu, chrf
from crosstalk.score.senses import Senses, sense_metrics

COMPARED = ("BLEU", "chrF++", "off_target")
"""Metrics that get the rows ``…_delta`` and ``…_p`` beside a baseline."""


@dataclass(frozen=True)
class Run:
    """What was scored: the columns that all rows of a table share."""

    benchmark: str
    method: str
    seed: int
    config_hash: str
    data_hash: str
    commit: str


@dataclass(frozen=True)
class Values:
    """A metric of each system (this one, then the baseline where it is compared) and direction, and of each resample
    of it."""

    point: Float[np.ndarray, "systems directions"]
    resampled: Float[np.ndarray, "systems directions resamples"]


def score(
    hypotheses: pa.Table,
    baseline: pa.Table | None,
    *,
    run: Run,
    pivot: str,
    tiers: Mapping[str, str],
    settings: Score,
    identifier: Identifier,
    baseline_name: str = "",
    senses: Senses | None = None,
) -> pa.Table:
    """Score the hypotheses of one run; rows in the schema ``SCORES``.

    Each split and direction, and macro averages over directions (``X`` to the pivot and the pivot to ``X`` for each
    tier and for ``all``, ``X`` to ``X`` for ``zero_shot``) get BLEU and chrF++ (per cent); off_target, empty_rate,
    copy_rate, loop_rate and own_reference (shares); length_ratio. Intervals are from a bootstrap over the sentences of
    each direction; ``n`` counts sentences; ``tiers`` gives the tier of each language but the pivot.

    With a ``baseline`` (the same sentences, translated by ``baseline_name``) the metrics in ``COMPARED`` also get
    ``…_delta``, this minus the baseline with the paired bootstrap's interval, and ``…_p``, its two-sided p-value.
    Directions that only the baseline has are left out, and with them the averages they belong to.
    With ``senses``, words that only an image resolves, there are also sense_accuracy and sense_decided.
    The order of rows in the tables does not matter.

    Raises CrosstalkError when there is nothing to score, a value is missing, a sentence occurs twice, a language has
    no tier, the tokenizer cannot be loaded, or the baseline has other sentences.
    """
    table = ordered(hypotheses, run.method)
    systems = [table["hypothesis"].to_pylist()]
    found = expected = directions(table, pivot, tiers)
    if baseline is not None:
        expected = directions(ordered(baseline, baseline_name), pivot, tiers)
        other = ordered(same_directions(baseline, table), baseline_name)
        check_comparable(table, other, run.method, baseline_name)
        systems.append(other["hypothesis"].to_pylist())
    keys = list(zip(table["sentence_id"].to_pylist(), table["tgt"].to_pylist(), strict=True))
    metrics = [*_metrics(table, settings, identifier), *sense_metrics(senses or {}, keys)]
    values = _evaluate(metrics, systems, found, table["sentence_id"].to_pylist(), settings)

    rows: list[dict[str, object]] = []
    for group in groups(found, pivot, expected):
        n = sum(found[member].sentences for member in group.members)
        shared = {**asdict(run), "split": group.split, "src": group.src, "tgt": group.tgt, "tier": group.tier, "n": n}
        rows += [shared | row for row in _group_rows(group, n, metrics, values, settings, baseline_name)]
    return pa.Table.from_pylist(rows, schema=SCORES)


def _metrics(table: pa.Table, settings: Score, identifier: Identifier) -> list[Metric]:
    sources, references, targets = (table[column].to_pylist() for column in ("source", "reference", "tgt"))
    group = list(zip(*(table[column].to_pylist() for column in ("split", "src", "tgt")), strict=True))
    return [
        bleu(references, settings.tokenizer),
        chrf(references),
        off_target(identifier, targets),
        diagnosis.empty_rate(),
        diagnosis.copy_rate(sources),
        diagnosis.loop_rate(),
        diagnosis.own_reference(references, group),
        diagnosis.length_ratio(references),
    ]


def _evaluate(
    metrics: list[Metric], systems: list[list[str]], found: list[Direction], sentence_ids: list[str], settings: Score
) -> list[Values]:
    """Every metric of every system and direction; all systems share the draws of a direction."""
    scored = [systems if metric.name in COMPARED else systems[:1] for metric in metrics]
    shapes = [(len(some), len(found)) for some in scored]
    values = [Values(np.empty(shape), np.empty((*shape, settings.bootstrap))) for shape in shapes]
    statistics = [
        np.stack([metric.segments(system) for system in some]) for metric, some in zip(metrics, scored, strict=True)
    ]
    for index, direction in enumerate(found):
        counts = draw_counts(sentence_ids[direction.rows], settings.bootstrap, settings.seed)
        for metric, value, statistic in zip(metrics, values, statistics, strict=True):
            segments = statistic[:, direction.rows]
            value.point[:, index] = [metric.point(sums) for sums in segments.sum(axis=1)]
            value.resampled[:, index] = metric.corpus(counts @ segments)
    return values


def _group_rows(
    group: Group, n: int, metrics: list[Metric], values: list[Values], settings: Score, baseline_name: str
) -> Iterator[dict[str, object]]:
    for metric, value in zip(metrics, values, strict=True):
        point = value.point[:, group.members].mean(axis=1)
        resampled = value.resampled[:, group.members].mean(axis=1)
        yield _row(metric.name, point[0], metric.higher_is_better, metric.signature, resampled[0], settings)
        if len(point) == 2:
            signature = f"{metric.signature}|bs:{settings.bootstrap}|seed:{settings.seed}|baseline:{baseline_name}"
            delta, deltas = point[0] - point[1], resampled[0] - resampled[1]
            yield _row(f"{metric.name}_delta", delta, metric.higher_is_better, signature, deltas, settings)
            p = p_value(delta, deltas) if n > len(group.members) else 1.0
            yield _row(f"{metric.name}_p", p, None, signature, None, settings)


def _row(
    metric: str,
    value: float,
    higher_is_better: bool | None,
    signature: str,
    resampled: Float[np.ndarray, " resamples"] | None,
    settings: Score,
) -> dict[str, object]:
    low, high = (None, None) if resampled is None else interval(resampled, settings.confidence)
    return {
        "metric": metric,
        "value": float(value),
        "higher_is_better": higher_is_better,
        "signature": signature,
        "ci_low": low,
        "ci_high": high,
    }
