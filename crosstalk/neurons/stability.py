"""How far the same sets of units are found on other sentences, and on other draws of their paraphrases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.artefacts import SETS, STABILITY
from crosstalk.neurons.profile import Encoding, profile, token_sets
from crosstalk.tokens.vocabulary import Vocabulary

HALVES = ("first", "second")


def halves(sets: pa.Table) -> dict[str, tuple[pa.Table, pa.Table]]:
    """The equivalence sets of a language in two parts, in two ways.

    ``sentences``: every other set, so other sentences; ``draws``: all sets, each with its source and every other of
    its paraphrases, so other draws of them, which takes sets of three.
    """
    frame = sets.to_pandas()
    even = pd.factorize(frame["set_id"], sort=True)[0] % 2 == 0
    found = {"sentences": (even, ~even)}
    if frame["member"].max() >= 2:
        source, odd = frame["member"] == 0, frame["member"] % 2 == 1
        found["draws"] = (source | odd, source | ~odd)
    return {
        how: (_rows(frame, np.asarray(first)), _rows(frame, np.asarray(second)))
        for how, (first, second) in found.items()
    }


def _rows(frame: pd.DataFrame, chosen: np.ndarray) -> pa.Table:
    return pa.Table.from_pandas(frame[chosen], schema=SETS, preserve_index=False)


def profiles(
    encoding: Encoding, sets: Iterable[tuple[str, pa.Table]], vocabulary: Vocabulary, tags: Mapping[str, int],
    max_length: int, k: int | None,
) -> dict[tuple[str, str], pd.DataFrame]:  # fmt: skip
    """PROFILE rows by (way, half) of all languages, from each language's SETS rows; see ``profile.token_sets``."""
    found: dict[tuple[str, str], list[pa.Table]] = {}
    for language, table in sets:
        for how, parts in halves(table).items():
            for half, part in zip(HALVES, parts, strict=True):
                ids = token_sets(part, vocabulary, tags.get(language), max_length, k)
                found.setdefault((how, half), []).append(profile(encoding, language, ids))
    return {key: pa.concat_tables(tables).to_pandas() for key, tables in found.items()}


def stability(partitions: Mapping[tuple[str, str], pd.DataFrame]) -> pa.Table:
    """STABILITY rows from PARTITION rows by (way, half): for each language and role the overlap of its units.

    ``expected`` is that of random sets of the same sizes in each layer (the ratio of expected sizes); syntax-sensitive
    units are then drawn among those that are semantic in neither.
    """
    rows = []
    for how in dict.fromkeys(way for way, _ in partitions):
        first, second = (
            partitions[how, half].set_index(["layer", "unit", "language"])["role"].unstack("language")
            for half in HALVES
        )
        layers = pd.factorize(first.index.get_level_values("layer"))[0]
        for language in first.columns:
            one, other = first[language].to_numpy(), second[language].to_numpy()
            core = (one == "semantic") | (other == "semantic")
            for role, free in (("semantic", np.ones_like(core)), ("syntactic", ~core)):
                a, b = one == role, other == role
                sizes = [np.bincount(layers, weights=units & free) for units in (a, b, free)]
                chance = float((sizes[0] * sizes[1] / np.maximum(sizes[2], 1)).sum())
                total, either = int(a.sum() + b.sum()), int((a | b).sum())
                rows.append(
                    {
                        "differs": how,
                        "language": language,
                        "role": role,
                        "jaccard": (a & b).sum() / either if either else None,
                        "expected": chance / (total - chance) if either else None,
                    }
                )
    return pa.Table.from_pylist(rows, schema=STABILITY)
