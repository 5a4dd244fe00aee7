"""OPUS-100 v1.0 (Zhang et al. 2020) as its archive unpacks.

``opus-100-corpus/v1.0/supervised/{a}-{b}/opus.{a}-{b}-{split}.{a}`` with a, b two-letter codes in alphabetical order,
and test files under ``zero-shot`` for the 15 pairs of Arabic, Chinese, Dutch, French, German and Russian.
Five languages (an dz hy mn yo) have no dev and test.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pyarrow as pa

from crosstalk.config.data import Benchmark, Source
from crosstalk.corpora import alignment
from crosstalk.corpora.alignment import Group
from crosstalk.corpora.languages import alphabetical, codes, languages, opus100_table, pairs_with_pivot
from crosstalk.corpora.patterns import SPLITS

ZERO_SHOT = {"arb_Arab", "zho_Hans", "nld_Latn", "fra_Latn", "deu_Latn", "rus_Cyrl"}


def groups(source: Source, benchmark: Benchmark, root: Path) -> list[Group]:
    """Files by split and pair."""
    table = opus100_table()
    theirs = codes(source, benchmark, {language: code for language, (code, _) in table.items()})
    wanted = pairs_with_pivot(source, benchmark)
    if source.pairs is None:
        wanted += combinations([code for code in languages(source, benchmark) if code in ZERO_SHOT], 2)
    train_only = {language for language, (_, held_out) in table.items() if not held_out}
    folder = root / (source.path or "opus-100-corpus/v1.0")
    found = []
    for pair in dict.fromkeys(alphabetical(wanted, theirs)):
        zero_shot = set(pair) <= ZERO_SHOT
        name = "-".join(theirs[language] for language in pair)
        for split, its_split in (source.splits or SPLITS).items():
            if (its_split != "test" and zero_shot) or (its_split != "train" and train_only & set(pair)):
                continue
            stem = folder / ("zero-shot" if zero_shot else "supervised") / name / f"opus.{name}-{its_split}"
            found.append(Group(split, {code: stem.with_name(f"{stem.name}.{theirs[code]}") for code in pair}, pair))
    return found


def files(source: Source, benchmark: Benchmark, root: Path) -> list[Path]:
    """Files to read."""
    return alignment.files(groups(source, benchmark, root))


def read(source: Source, benchmark: Benchmark, root: Path) -> pa.Table:
    """Sentences of every pair with the pivot, and of the zero-shot tests between the benchmark's languages."""
    return alignment.read_groups(groups(source, benchmark, root), source, benchmark)
