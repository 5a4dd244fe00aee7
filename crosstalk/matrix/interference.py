"""How much each language costs every other one, from the losses of the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float
from scipy import stats

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.bootstrap import RESAMPLES, bounds
from crosstalk.matrix.schemas import INTERFERENCE
from crosstalk.score.bootstrap import draw_counts

Key = tuple[str, str | None, bool, int]


def relative_change(
    before: Float[np.ndarray, "*#shape"], after: Float[np.ndarray, "*#shape"], alone: Float[np.ndarray, "*#shape"]
) -> Float[np.ndarray, "*#shape"]:
    """Eq. (1), Matrix §3.3: (before - after) / alone, all in the same unit; negative when the loss has grown.

    I[A, B] = (L_A - L_AB) / L_A with before = alone = L_A and after = L_AB. With L_half in the middle, dilution
    = (L_A - L_half) / L_A and conflict = (L_half - L_AB) / L_A add up to it.
    """
    return (before - after) / alone


def interference(runs: pd.DataFrame, confidence: float, seed: int = 0) -> pa.Table:
    """INTERFERENCE rows, in alphabetical order, of every ordered pair that was trained (rows ``runs``: RUNS).

    With several seeds a cell is the mean over seeds of Eq. (1), and its interval Student's t over them. With one, the
    interval is a paired bootstrap over the language's evaluation sentences: every model of the language, and with
    sentences of the same number every language, is resampled together. It knows nothing of what another random start
    would give.

    Raises CrosstalkError when a run is missing (each language alone, with exposure runs also at half a batch, and both
    languages of every pair, each with every seed), occurs twice, or has no loss or other sentences than its language
    alone.
    """
    at = _index(runs)
    seeds = sorted({key[3] for key in at})
    exposure = bool(runs["half"].any())
    found = {(language, added) for language, added, _, _ in at if added is not None}
    trained = sorted(found | {(added, language) for language, added in found})
    halves = (False, True) if exposure else (False,)
    expected: list[tuple[str, str | None, bool]] = [
        (language, None, half) for language in sorted({key[0] for key in at}) for half in halves
    ]
    for language, added, half in [*expected, *((*pair, False) for pair in trained)]:
        for each in seeds:
            if (key := (language, added, half, each)) not in at:
                raise CrosstalkError(f"runs: {_name(key)} is missing; expected it for every seed of {seeds}")

    loss = runs["loss"].to_numpy(float)
    draws = cache(lambda sentences: draw_counts(map(str, range(sentences)), RESAMPLES, seed))
    rows = []
    for language in sorted({pair[0] for pair in trained}):
        partners = [pair[1] for pair in trained if pair[0] == language]
        columns = [*((None, half) for half in halves), *((partner, False) for partner in partners)]
        keys = [[(language, added, half, each) for added, half in columns] for each in seeds]
        places = np.array([[at[key] for key in row] for row in keys])
        parts = _parts(loss[places], exposure)
        if len(seeds) > 1:
            reach = stats.t.ppf((1 + confidence) / 2, len(seeds) - 1) * stats.sem(parts, axis=1)
            intervals = np.stack([parts.mean(axis=1) - reach, parts.mean(axis=1) + reach])
        else:
            sums = _resampled(runs, places[0], keys[0], draws)
            intervals = bounds(_parts(sums, exposure).swapaxes(0, 1), confidence)
        rows.append(_rows(language, partners, loss[places].mean(axis=0), parts.mean(axis=1), intervals, exposure))
    if not rows:
        raise CrosstalkError("runs: no pair of languages; expected at least one")
    table = pd.concat(rows, ignore_index=True)
    table["interval"] = "seeds" if len(seeds) > 1 else "sentences"
    table["seeds"], table["measured"] = len(seeds), True
    return pa.Table.from_pandas(table[INTERFERENCE.names], schema=INTERFERENCE, preserve_index=False)


def _index(runs: pd.DataFrame) -> dict[Key, int]:
    """Row of each run and language."""
    at: dict[Key, int] = {}
    added = runs["added_language"].astype(object).where(runs["added_language"].notna(), None)
    keys = zip(runs["language"], added, runs["half"].map(bool), runs["seed"].map(int), strict=True)
    for row, (key, loss) in enumerate(zip(keys, runs["loss"], strict=True)):
        if key in at:
            raise CrosstalkError(f"runs: {_name(key)} occurs twice; expected one row for each run and language")
        if not (np.isfinite(loss) and loss > 0):
            raise CrosstalkError(f"runs: {_name(key)} has loss {loss}; expected a number above 0")
        at[key] = row
    return at


def _name(key: Key) -> str:
    language, added, half, seed = key
    how = f"with {added}" if added else "alone with half of every batch" if half else "alone"
    return f"{language} {how} (seed {seed})"


def _parts(losses: Float[np.ndarray, "draws runs"], exposure: bool) -> Float[np.ndarray, "parts draws partners"]:
    """Interference, and with exposure runs dilution and conflict; runs are alone, at half a batch, and the pairs."""
    alone, pair = losses[:, :1], losses[:, 1 + exposure :]
    whole = relative_change(alone, pair, alone)
    if not exposure:
        return whole[None]
    half = losses[:, 1:2]
    dilution = np.broadcast_to(relative_change(alone, half, alone), whole.shape)
    return np.stack([whole, dilution, relative_change(half, pair, alone)])


def _resampled(
    runs: pd.DataFrame, rows: np.ndarray, keys: Sequence[Key], draws: Callable[[int], np.ndarray]
) -> Float[np.ndarray, "resamples runs"]:
    """Nats of the language's resampled sentences under each of its models; its tokens are the same for all of them."""
    tokens = [np.asarray(runs["sentence_tokens"].iloc[row]) for row in rows]
    losses = [np.asarray(runs["sentence_losses"].iloc[row], np.float64) for row in rows]
    for key, its_tokens, its_losses in zip(keys, tokens, losses, strict=True):
        if not np.array_equal(its_tokens, tokens[0]) or len(its_losses) != len(tokens[0]):
            raise CrosstalkError(f"runs: {_name(key)} was evaluated on other sentences than {_name(keys[0])}")
    return draws(len(tokens[0])) @ np.stack(losses, axis=1)


def _rows(
    language: str,
    partners: list[str],
    losses: Float[np.ndarray, " runs"],
    values: Float[np.ndarray, "parts partners"],
    intervals: Float[np.ndarray, "2 parts partners"],
    exposure: bool,
) -> pd.DataFrame:
    table = pd.DataFrame({"language": language, "added_language": partners}).reindex(columns=INTERFERENCE.names)
    table["loss_alone"], table["loss_pair"] = losses[0], losses[1 + exposure :]
    names = [("interference", "ci"), ("dilution", "dilution"), ("conflict", "conflict")]
    for (name, prefix), value, low, high in zip(names, values, *intervals, strict=False):
        table[name], table[f"{prefix}_low"], table[f"{prefix}_high"] = value, low, high
    if exposure:
        table["loss_half"] = losses[1]
    return table
