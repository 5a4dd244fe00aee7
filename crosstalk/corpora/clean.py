"""Normalise text and drop what a training or a test must not see; every dropped row is counted with its reason."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crosstalk.config.data import Benchmark
from crosstalk.corpora.sentences import category, hashes

COUNTS = pa.schema(
    [
        ("source", pa.string()),
        ("language", pa.string()),
        ("split", pa.string()),
        ("reason", pa.string()),
        ("count", pa.int64()),
    ]
)
"""Rows by what became of them: ``kept`` or the reason they were dropped; the counts of a source add up to its rows."""

REASONS = ("kept", "empty", "too long", "repeated id", "in dev or test", "duplicate", "partner dropped")
KEPT, EMPTY, TOO_LONG, REPEATED_ID, HELD_OUT, DUPLICATE, PARTNER = range(len(REASONS))

INVISIBLE = r"[\x{AD}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF}]+"
"""Soft hyphens, zero-width spaces, marks of direction and byte order; not the joiners, which spell words."""
SPACE = r"[\p{Z}\p{Cc}]+"
BEYOND_LATIN = r"[^\x{0}-\x{2FF}]"
"""Text without characters from U+0300 on is NFC as it is."""
UNTIDY = r"^ | $|  |[^\PZ ]|\p{Cc}|" + INVISIBLE


def normalise(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Unicode NFC; runs of white space and control characters become one space; none at the ends."""
    return pa.chunked_array([_normalised(chunk) for chunk in text.chunks], pa.string())


def _normalised(text: pa.Array) -> pa.Array:
    untidy = pc.match_substring_regex(text, UNTIDY)
    tidy = pc.replace_substring_regex(text.filter(untidy), INVISIBLE, "")
    tidy = pc.utf8_trim(pc.replace_substring_regex(tidy, SPACE, " "), " ")
    text = pc.replace_with_mask(text, untidy, tidy)
    open_to_change = pc.match_substring_regex(text, BEYOND_LATIN)
    return pc.replace_with_mask(text, open_to_change, pc.utf8_normalize(text.filter(open_to_change), form="NFC"))


def comparable(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """What is compared between train and held-out text: letters, marks and digits in lower case, if there are any."""
    letters = pc.replace_substring_regex(pc.utf8_lower(text), r"[^\p{L}\p{M}\p{N}]+", "")
    return pc.if_else(pc.equal(letters, ""), text, letters)


def clean(table: pa.Table, benchmark: Benchmark) -> tuple[pa.Table, pa.Table]:
    """The rows to work with, in their order, and how many were dropped why (schema COUNTS).

    Dropped are empty and overlong sentences; a language that an id has twice; training sentences that a held-out
    split of the same language has too; training sets of translations (pairs, say) that occur a second time; and what
    is left of a set of translations of which only one remains. Held-out splits keep their duplicates, so that scores
    compare with published ones.
    """
    table = table.set_column(3, "text", normalise(table["text"].fill_null("")))
    languages, language_names = category(table["language"])
    splits, split_names = category(table["split"])
    train = splits == (split_names.index("train") if "train" in split_names else -1)
    ids = np.unique(hashes(table["sentence_id"]), return_inverse=True)[1]
    salts = hashes(pa.array(language_names, pa.string()), "language")[languages]

    reason = np.full(len(table), KEPT, dtype=np.int8)
    reason[_seen_before(ids * len(language_names) + languages)] = REPEATED_ID
    members = _members(ids, reason != REPEATED_ID)
    length = pc.utf8_length(table["text"]).to_numpy()
    reason[(reason == KEPT) & (length == 0)] = EMPTY
    reason[(reason == KEPT) & (length > benchmark.max_characters)] = TOO_LONG

    compared = _mixed(hashes(comparable(table["text"])), salts)
    held_out = compared[~train & (reason == KEPT)]
    reason[(reason == KEPT) & train & np.isin(compared, held_out)] = HELD_OUT
    reason[(reason == KEPT) & (members > 1) & (_members(ids, reason == KEPT) == 1)] = PARTNER

    rows = np.flatnonzero((reason == KEPT) & train)
    reason[rows[_repeats(ids[rows], _mixed(hashes(table["text"]), salts)[rows])]] = DUPLICATE
    return table.filter(pa.array(reason == KEPT)), _counts(
        table, languages, language_names, splits, split_names, reason
    )


def _seen_before(values: np.ndarray) -> np.ndarray:
    """Mask of the elements that repeat an earlier one."""
    mask = np.ones(len(values), dtype=bool)
    mask[np.unique(values, return_index=True)[1]] = False
    return mask


def _members(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """For each row, how many rows of its id are in the mask."""
    return np.bincount(ids[mask], minlength=int(ids.max(initial=0)) + 1)[ids]


def _mixed(values: np.ndarray, salts: np.ndarray) -> np.ndarray:
    """Hash of a hash and a salt (the finaliser of splitmix64), so that sums of them tell sets apart."""
    mixed = values + salts * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _repeats(ids: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mask of the rows whose id has the same set of rows (hashes of language and text) as an earlier id."""
    sets = np.zeros(int(ids.max(initial=0)) + 1, dtype=np.uint64)
    np.add.at(sets, ids, rows)
    _, first, same = np.unique(sets[ids], return_index=True, return_inverse=True)
    return ids != ids[first][same]


def _counts(
    table: pa.Table,
    languages: np.ndarray,
    language_names: list[str],
    splits: np.ndarray,
    split_names: list[str],
    reason: np.ndarray,
) -> pa.Table:
    sources, source_names = category(pc.list_element(pc.split_pattern(table["sentence_id"], ":", max_splits=1), 0))
    shape = (len(source_names), len(language_names), len(split_names), len(REASONS))
    cells, count = np.unique(np.ravel_multi_index((sources, languages, splits, reason), shape), return_counts=True)
    names = (source_names, language_names, split_names, REASONS)
    keys = [[known[i] for i in index] for known, index in zip(names, np.unravel_index(cells, shape), strict=True)]
    return pa.table(dict(zip(COUNTS.names, [*keys, count], strict=True)), schema=COUNTS)
