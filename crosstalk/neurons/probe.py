"""Truth check: what a linear probe can read from units, where the truth about every sentence is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from crosstalk.artefacts import TRUTH

LABELS = ("voice", "order", "fronted", "action", "agent")
"""Voice, order of constituents and what is fronted are syntax; action and agent are meaning."""
PROBED = 8
"""Units that a probe reads: few, because all units of a role together answer nearly everything."""
DRAWS = 20
_RESAMPLES = 2000
_RARE = 20

Roles = Mapping[str, NDArray[np.int64]]
"""Role -> column numbers of its units among the pooled activations."""


def accuracies(
    features: NDArray[np.float32], labels: NDArray[np.object_], train: NDArray[np.bool_], draws: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Balanced accuracy, on the rows not in ``train``, of ridge classifiers on standardised ``features`` [rows, units];
    each row of ``draws`` [probes, chosen] names the units that one of them reads.

    All are solved from one matrix of products of units (ridge regression on -1 and 1, penalty 1, as RidgeClassifier).
    """
    scaled = StandardScaler().fit(features[train]).transform(features).astype(np.float64)
    classes, answers = np.unique(labels, return_inverse=True)
    wanted = np.where(answers[train, None] == np.arange(len(classes)), 1.0, -1.0)
    level = wanted.mean(0)
    products, projected = scaled[train].T @ scaled[train], scaled[train].T @ (wanted - level)
    penalised = products[draws[:, :, None], draws[:, None, :]] + np.eye(draws.shape[1])
    weights = np.linalg.solve(penalised, projected[draws])
    read = scaled[~train][:, draws].transpose(1, 0, 2)
    right = (read @ weights + level).argmax(-1) == answers[~train]
    recalls = [right[:, answers[~train] == one].mean(1) for one in np.unique(answers[~train])]
    return np.mean(recalls, axis=0)


def probe_language(
    activations: NDArray[np.float32], labels: pd.DataFrame, roles: Roles, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Mean accuracy of probes on ``PROBED`` units drawn from each role and from all units, by label.

    ``activations`` [sentences, units], rows as in ``labels``. Half of the sentences train the probe. Values of a label
    that fewer than twenty sentences have are left out, and so is a label with one value.
    """
    rng = np.random.default_rng(seed)
    everything = np.arange(activations.shape[1])
    pools = {**roles, "random": everything}
    picks = {
        role: np.stack([rng.choice(pool, size=min(PROBED, len(pool)), replace=False) for _ in range(draws)])
        for role, pool in pools.items()
        if len(pool)
    }
    half = rng.permutation(len(labels)) < len(labels) // 2
    rows = []
    for label in LABELS:
        values = labels[label].to_numpy(dtype=object)
        common = (labels[label].map(labels[label].value_counts()) >= _RARE).to_numpy(bool)
        if len(set(values[common])) < 2:
            continue
        for role, chosen in picks.items():
            scores = accuracies(activations[common], values[common], half[common], chosen)
            rows.append({"label": label, "units": role, "accuracy": float(np.mean(scores))})
    return pd.DataFrame(rows, columns=["label", "units", "accuracy"])


def truth(per_language: Mapping[str, pd.DataFrame], seed: int) -> pa.Table:
    """TRUTH rows: mean over languages and difference to random units, 95 % intervals from resampling languages."""
    table = pd.concat(
        {code: rows.set_index(["label", "units"])["accuracy"] for code, rows in per_language.items()}, axis=1
    )
    rng = np.random.default_rng(seed)
    rows = []
    for label, units in table.index:
        mine = table.loc[(label, units)].dropna()
        difference = (mine - table.loc[(label, "random")]).dropna()
        picks = rng.integers(len(mine), size=(_RESAMPLES, len(mine)))
        low, high = np.quantile(mine.to_numpy()[picks].mean(1), [0.025, 0.975])
        apart = np.quantile(difference.to_numpy()[picks].mean(1), [0.025, 0.975])
        row = {"label": label, "units": units, "accuracy": mine.mean(), "ci_low": low, "ci_high": high}
        if units != "random":
            row |= {"difference": difference.mean(), "difference_low": apart[0], "difference_high": apart[1]}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=TRUTH)
