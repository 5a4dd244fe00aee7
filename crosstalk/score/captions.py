"""Score rows of the systems of part 3."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from crosstalk.artefacts import SENTENCES, read_table
from crosstalk.config.nrd import Score
from crosstalk.score.directions import same_directions
from crosstalk.score.identifier import Identifier, identifier
from crosstalk.score.rows import Run, score
from crosstalk.score.senses import read_senses

TIER = "captions"
"""Of every direction: captions have no tiers."""


@dataclass(frozen=True)
class System:
    """What is scored: HYPOTHESES of a system."""

    benchmark: str
    seed: int
    system: str
    config_hash: str
    hypotheses: pa.Table


def score_systems(
    systems: Sequence[System], baseline: str, settings: Score, senses: Mapping[str, pa.Table],
    folders: Mapping[str, Path], provenance: Callable[[list[Path]], tuple[str, str]],
) -> pa.Table:  # fmt: skip
    """SCORES of every system, compared with ``baseline``, with accuracy on words that only the image resolves.

    ``senses`` (SENSES) and ``folders`` of the corpus's languages are by benchmark; ``provenance`` gives the hash of its
    files and the commit. Splits are ``test``, and ``test.shuffled`` and ``test.blank`` with other images, each compared
    with what the baseline makes of the same images.
    """
    tables = []
    for benchmark, folder in folders.items():
        mine = [one for one in systems if one.benchmark == benchmark]
        languages = sorted({code for one in mine for code in one.hypotheses["tgt"].unique().to_pylist()})
        pivot = mine[0].hypotheses["src"][0].as_py()
        files = [folder / f"{code}.parquet" for code in (pivot, *languages)]
        judge: Identifier = identifier((read_table(file, SENTENCES) for file in files), settings)
        origin, known = provenance(files), read_senses(senses[benchmark])
        compared = {one.seed: one.hypotheses for one in mine if one.system == baseline}
        for one in mine:
            other = None if one.system == baseline else compared.get(one.seed)
            tables.append(
                score(
                    one.hypotheses,
                    None if other is None else same_directions(other, one.hypotheses),
                    run=Run(benchmark, one.system, one.seed, one.config_hash, *origin),
                    pivot=pivot,
                    tiers=dict.fromkeys(languages, TIER),
                    settings=settings,
                    identifier=judge,
                    baseline_name=baseline,
                    senses=known,
                )
            )
    return pa.concat_tables(tables)
