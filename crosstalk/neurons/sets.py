"""Equivalence sets that need no translation: a user's own, and controls whose members do not paraphrase each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.artefacts import SETS
from crosstalk.config.nrd import Sets
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.batches import generator


def sources(sentences: pa.Table, settings: Sets, seed: int) -> tuple[list[str], list[str]]:
    """Ids and texts of at most ``settings.sentences`` training sentences, drawn by ``seed``."""
    train = sentences.filter(pc.equal(sentences["split"], "train"))
    chosen = generator(seed, "sets").permutation(len(train))[: settings.sentences]
    table = train.take(sorted(chosen.tolist()))
    return table["sentence_id"].to_pylist(), table["text"].to_pylist()


def control_sets(
    kind: str, language: str, sentence_ids: Sequence[str], texts: Sequence[str], settings: Sets, seed: int
) -> pa.Table:
    """SETS rows: each sentence with k - 1 others of its language (``random``), or k times itself (``identical``).

    What is left of a method when the members of a set do not mean the same, or do not differ (NRD §5.3).
    Raises CrosstalkError when there are fewer than k sentences to draw from.
    """
    count, k = len(texts), settings.k
    if kind == "random" and count < k:
        raise CrosstalkError(f"{language}: {count} sentences for random sets of {k}; expected at least {k}")
    draw = generator(seed, "random-sets", language)
    rows = []
    for source in range(count):
        others = draw.choice(count - 1, k - 1, replace=False) if kind == "random" else [source] * (k - 1)
        for member, other in enumerate([source, *others]):
            # Drawn among all but the source.
            text = texts[other + (kind == "random" and member > 0 and other >= source)]
            rows.append((sentence_ids[source], language, member, text, overlap(texts[source], text)))
    columns = zip(*rows, strict=True) if rows else [[] for _ in SETS.names]
    return pa.table({name: list(column) for name, column in zip(SETS.names, columns, strict=True)}).cast(SETS)


def own_sets(table: pa.Table, language: str) -> pa.Table:
    """SETS rows of one language from a user's table (set_id, language, member, text)."""
    wanted = ["set_id", "language", "member", "text"]
    if missing := [name for name in wanted if name not in table.column_names]:
        raise CrosstalkError(f"sets.file: column {missing[0]!r} is missing; expected {', '.join(wanted)}")
    try:
        typed = table.select(wanted).cast(pa.schema([SETS.field(name) for name in wanted]))
    except pa.ArrowException as error:
        raise CrosstalkError(f"sets.file: {str(error).splitlines()[0]}") from error
    frame = typed.to_pandas().query("language == @language").sort_values(["set_id", "member"])
    if frame.empty:
        raise CrosstalkError(f"sets.file: no sets of {language}; expected some for every language")
    first = frame.groupby("set_id")["text"].transform("first")
    frame["overlap"] = [overlap(source, text) for source, text in zip(first, frame["text"], strict=True)]
    return pa.Table.from_pandas(frame[SETS.names], schema=SETS, preserve_index=False)


def overlap(source: str, text: str) -> float:
    """Share of the words of ``text`` that ``source`` has too (with multiplicity); 1 for a reordering."""
    theirs, ours = Counter(text.split()), Counter(source.split())
    return sum((theirs & ours).values()) / max(sum(theirs.values()), 1)
