"""Tables of the downstream evaluation."""

from __future__ import annotations

import pyarrow as pa

GROUP, TARGET = "group", "target"
"""Tiers of scores: a whole group is classified, for which GROUP stands where a target would, or a target language."""
AVERAGE = "X"
"""Stands for all targets, or all members of the group, together."""

PARTNERS = pa.schema(
    [
        ("mixture", pa.string()),
        ("target", pa.string()),
        ("condition", pa.string()),
        ("language", pa.string()),
        ("role", pa.string()),
        ("interference", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("measured", pa.bool_()),
        ("chosen", pa.string()),
    ]
)
"""A row for each language of a training. ``role``: ``target`` (classified) or ``partner``. A partner's ``interference``
is what it does to the target, or on average to the members of the group; that of a group's member is what the others do
to it on average. ``measured``: all cells behind it are. ``chosen``: by the ``matrix``, or ``named`` in the
configuration."""

LABELLED = pa.schema(
    [
        ("sentence_id", pa.string()),
        ("language", pa.string()),
        ("split", pa.string()),
        ("label", pa.string()),
        ("text", pa.string()),
    ]
)
"""Labelled sentences in the order of their file."""

PREDICTIONS = pa.schema(
    [
        ("mixture", pa.string()),
        ("task", pa.string()),
        ("language", pa.string()),
        ("sentence_id", pa.string()),
        ("experiment", pa.int32()),
        ("label", pa.string()),
        ("predicted", pa.string()),
    ]
)
"""What each classifier says of each test sentence."""
