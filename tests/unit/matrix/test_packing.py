"""Sentences without padding: every token and every scored token has one place, next to those of its own sentence."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.matrix.packing import Sentences, pack
from crosstalk.tokens.vocabulary import PAD

lengths = st.lists(st.integers(1, 7), min_size=1, max_size=6)


@st.composite
def parts(draw) -> Sentences:
    each = np.array(draw(lengths))
    total = int(each.sum())
    chosen = draw(st.sets(st.integers(0, total - 1), min_size=1))
    positions = np.array(sorted(chosen))
    ids = draw(st.integers(0, 100)) + np.arange(total)
    return Sentences(ids, each, positions, 1000 + ids[positions])


@settings(max_examples=40)
@given(st.lists(st.lists(parts(), min_size=1, max_size=2), min_size=1, max_size=3), st.integers(1, 3))
def test_every_token_stands_once_among_those_of_its_sentence(runs: list[list[Sentences]], groups: int) -> None:
    sentences = sum(len(part.lengths) for run in runs for part in run)
    packed = pack(runs, "cpu", min(groups, sentences))
    flat, found, asked = packed.ids.flatten(), [], []
    for table, queries, absent in zip(
        packed.tokens.split(packed.tokens.slots[:, None]), packed.queries.split(packed.queries.slots[:, None]),
        packed.absent, strict=True,
    ):  # fmt: skip
        for row, mask in zip(table[..., 0], absent[:, 0, 0] == 0, strict=True):
            found.append(flat[row[mask]].tolist())
        asked.append(queries)
    cut = [
        sentence.tolist()
        for run in runs
        for part in run
        for sentence in np.split(part.ids, np.cumsum(part.lengths)[:-1])
    ]
    assert sorted(found) == sorted(cut)
    assert len({len(asked), len(packed.absent), min(groups, sentences)}) == 1
    for run, each in enumerate(runs):
        count = packed.counts[run]
        ids = np.concatenate([part.ids for part in each])
        labels = np.concatenate([part.labels for part in each])
        assert packed.labels[run, :count].tolist() == labels.tolist()
        assert flat[packed.scored[run, :count]].tolist() == (labels - 1000).tolist()
        assert packed.ids[run, : len(ids)].tolist() == ids.tolist()
        own = np.concatenate([np.arange(length) for part in each for length in part.lengths])
        assert packed.positions[run, : len(ids)].tolist() == (own + PAD + 1).tolist()


@settings(max_examples=40)
@given(st.lists(st.lists(parts(), min_size=1, max_size=2), min_size=1, max_size=3))
def test_places_lead_back_to_their_rows_and_to_the_right_sentence(runs: list[list[Sentences]]) -> None:
    packed = pack(runs, "cpu", 1)
    total, most = packed.ids.shape[1], packed.labels.shape[1]
    filled = [sum(len(part.ids) for part in run) for run in runs]
    rows = torch.cat([torch.arange(count) + run * total for run, count in enumerate(filled)])
    assert torch.equal(packed.tokens.slots[packed.tokens.back[rows]], rows)
    scored = torch.cat([torch.arange(count) + run * most for run, count in enumerate(packed.counts)])
    assert torch.equal(packed.queries.slots[packed.queries.back[scored]], scored)
    # A scored token asks from the row of places where its sentence stands.
    sentence_of = packed.tokens.back[packed.scored.flatten()[scored]] // packed.tokens.shapes[0][1]
    assert torch.equal(packed.queries.back[scored] // packed.queries.shapes[0][1], sentence_of)
    # What no sentence holds stands where nobody reads.
    spare = torch.ones(packed.ids.numel(), dtype=torch.bool)
    spare[rows] = False
    mask = packed.absent[0][:, 0, 0].flatten() == 0
    assert not mask[packed.tokens.back[spare]].any()
