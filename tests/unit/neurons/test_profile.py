from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from crosstalk.artefacts import SETS
from crosstalk.models.units import encoder_of, watching
from crosstalk.neurons.profile import Encoding, pool, profile, role_columns, tagged, token_sets
from crosstalk.tokens.vocabulary import EOS

HIDDEN = torch.tensor([[[1.0, -2.0], [3.0, 4.0], [9.0, 9.0]], [[-1.0, 0.0], [50.0, -50.0], [50.0, 50.0]]])
MASK = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("mean", [[2.0, 1.0], [-1.0, 0.0]]),
        ("pre_activation", [[2.0, 1.0], [-1.0, 0.0]]),
        ("max", [[3.0, 4.0], [-1.0, 0.0]]),
        ("sum", [[4.0, 2.0], [-1.0, 0.0]]),
        ("active", [[1.0, 0.5], [0.0, 0.0]]),
    ],
)
def test_pooling_by_hand_leaves_out_padding(how, expected):
    assert pool(HIDDEN, MASK, how).tolist() == expected


@pytest.fixture
def sets() -> list[list[np.ndarray]]:
    """Thirty sets of two to four sentences of one to nine tokens."""
    rng = np.random.default_rng(8)
    return [
        [np.append(rng.integers(4, 70, rng.integers(1, 9)), EOS).astype(np.int32) for _ in range(rng.integers(2, 5))]
        for _ in range(30)
    ]


@torch.no_grad()
def hidden(model: torch.nn.Module, row: np.ndarray, before_activation: bool = False) -> np.ndarray:
    """Activations of one sentence alone, [tokens, units of all layers and the output's dimensions]."""
    found: list[torch.Tensor] = []
    with watching(model, lambda _layer, values: found.append(values[0]), before_activation):
        output = encoder_of(model)(input_ids=torch.from_numpy(row[None]).long()).last_hidden_state[0]
    return torch.cat([*found, output], 1).numpy()


def test_a_profile_equals_a_loop_over_sentences(xlmt, sets):
    model = xlmt.double()
    table = profile(Encoding(model, "mean", 7), "qaa_Latn", sets).to_pandas()
    tokens = [[hidden(model, row) for row in members] for members in sets]
    pooled = [np.stack([values.mean(0) for values in members]) for members in tokens]
    everything = np.concatenate(pooled)
    np.testing.assert_allclose(table["within"], np.mean([((p - p.mean(0)) ** 2).mean(0) for p in pooled], 0), atol=1e-6)
    np.testing.assert_allclose(table["total"], ((everything - everything.mean(0)) ** 2).mean(0), atol=1e-6)
    np.testing.assert_allclose(table["mean"], everything.mean(0), atol=1e-6)
    counted = np.concatenate([values for members in tokens for values in members][::16])
    np.testing.assert_allclose(table["active"], (counted > 0).mean(0), atol=1e-6)
    assert table["within"].min() > 0
    assert (table["within"] < table["total"] * 1.5).all()


@pytest.mark.parametrize("pooling", ["mean", "active"])
def test_a_profile_depends_neither_on_chunks_nor_on_batches(xlmt, sets, pooling):
    model = xlmt.double()
    whole = profile(Encoding(model, pooling, 500), "qaa_Latn", sets, chunk=30).to_pandas()
    for batch, chunk in ((7, 1), (3, 4)):
        cut = profile(Encoding(model, pooling, batch), "qaa_Latn", iter(sets), chunk).to_pandas()
        pd.testing.assert_frame_equal(cut, whole, rtol=1e-5, atol=1e-7)  # chunks are summed in float32


def test_a_profile_names_every_unit_and_dimension(xlmt, sets):
    encoding = Encoding(xlmt, "mean", 16)
    table = profile(encoding, "qaa_Latn", sets[:3]).to_pandas()
    assert encoding.sites == [("ffn", 0, 24), ("ffn", 1, 24), ("output", 2, 16)]
    assert [tuple(row) for row in table.groupby(["site", "layer"])["unit"].agg(["min", "max", "size"]).to_numpy()] == [
        (0, 23, 24),
        (0, 23, 24),
        (0, 15, 16),
    ]
    assert set(table["language"]) == {"qaa_Latn"}


def test_identical_sentences_have_no_variance(xlmt, sets):
    same = [[members[0]] * 3 for members in sets]
    table = profile(Encoding(xlmt.double(), "mean", 16), "qaa_Latn", same).to_pandas()
    assert table["within"].abs().max() < 1e-12
    assert (table["total"] > 1e-6).all()


def test_before_the_activation_other_values_are_pooled(xlmt, sets):
    rows = sets[0]
    expected = np.stack([hidden(xlmt, row, before_activation=True).mean(0) for row in rows])
    np.testing.assert_allclose(Encoding(xlmt, "pre_activation", 16)(rows).numpy(), expected, atol=1e-5)


def test_activity_is_counted_anew_for_each_language(xlmt, sets):
    encoding = Encoding(xlmt, "mean", 16)
    first = profile(encoding, "qaa_Latn", sets[:5]).to_pandas()["active"]
    profile(encoding, "qab_Cyrl", sets[5:])
    assert profile(encoding, "qaa_Latn", sets[:5]).to_pandas()["active"].tolist() == first.tolist()


def test_sentences_are_tagged_ended_and_cut(small):
    tag = small.vocabulary.tags["eng_Latn"]
    (dog, red) = tagged(small.vocabulary, ["dog", "red red red red"], tag, 5)
    assert (dog[0], dog[-1], len(red)) == (tag, EOS, 5)
    assert tagged(small.vocabulary, ["dog"], None, 5)[0].tolist() == dog[1:].tolist()


def test_members_of_a_set_come_in_their_order(small):
    rows = [("b", 1, "cat"), ("a", 0, "dog"), ("b", 0, "red"), ("a", 1, "old")]
    table = [{"set_id": s, "member": m, "text": t, "language": "eng_Latn", "overlap": 0.0} for s, m, t in rows]
    sets = token_sets(pa.Table.from_pylist(table, schema=SETS), small.vocabulary, None, 10)
    assert [small.vocabulary.decode([row.tolist() for row in members]) for members in sets] == [
        ["dog", "old"],
        ["red", "cat"],
    ]


def test_columns_of_a_role_are_those_of_its_units(xlmt):
    rows = [("ffn", 0, 3, "a", "semantic"), ("ffn", 1, 2, "a", "syntactic"), ("output", 2, 5, "a", "semantic")]
    rows += [("ffn", 0, 4, "a", "other"), ("ffn", 0, 7, "b", "semantic")]
    partition = pd.DataFrame(rows, columns=["site", "layer", "unit", "language", "role"])
    found = role_columns(Encoding(xlmt, "mean", 4), partition, "a")
    assert {role: sorted(columns.tolist()) for role, columns in found.items()} == {
        "semantic": [3, 24 + 24 + 5],
        "syntactic": [24 + 2],
    }
