from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
import torch

from crosstalk.config.nrd import Decode
from crosstalk.decode.filtered import Mask, factors, folded, masks, per_sentence
from crosstalk.decode.search import beam_search
from crosstalk.models.units import encoder_of
from crosstalk.tokens.batches import pad
from crosstalk.tokens.vocabulary import EOS, PAD

LANGUAGES = ["eng_Latn", "qaa_Latn", "qab_Cyrl", "qaa_Latn", "eng_Latn", "none"]
SITES = {"ffn": [(0, 24), (1, 24)], "output": [(2, 16)]}


def partition(site: str) -> pd.DataFrame:
    """Every third unit of a language is syntax-sensitive, every language other ones; rows in any order."""
    rows = [
        (site, layer, unit, language, ["syntactic", "semantic", "other"][(unit + shift) % 3])
        for shift, language in enumerate(["eng_Latn", "qaa_Latn", "qab_Cyrl"])
        for layer, units in SITES[site]
        for unit in range(units)
    ]
    frame = pd.DataFrame(rows, columns=["site", "layer", "unit", "language", "role"])
    return frame.sample(frac=1, random_state=1)


def masks_of(site: str) -> dict[str, Mask]:
    """Factors far from 1, so that hypotheses change."""
    return masks(partition(site), {"eng_Latn": 0.0, "qaa_Latn": 4.0, "qab_Cyrl": -2.0})


@pytest.fixture
def sources(small) -> list[np.ndarray]:
    """A sentence for each of LANGUAGES, longest first."""
    tag = small.vocabulary.tags["eng_Latn"]
    stores = [small.stores.get(language, small.stores["qaa_Latn"]) for language in LANGUAGES]
    rows = [np.array([tag, *store[row], EOS], np.int32) for row, store in zip((5, 0, 4, 8, 2, 1), stores, strict=True)]
    return sorted(rows, key=len, reverse=True)


@torch.no_grad()
def encode(model, sources: list[np.ndarray]) -> torch.Tensor:
    ids = torch.from_numpy(pad(sources, PAD))
    return encoder_of(model)(input_ids=ids, attention_mask=(ids != PAD).long()).last_hidden_state


def hypotheses(model, sources: list[np.ndarray], beam: int) -> list[list[int]]:
    return beam_search(model, sources, [EOS] * len(sources), Decode(beam=beam), 16, "test")


def test_eq_3_by_hand():
    roles = np.array(["semantic", "syntactic", "other", "syntactic"], dtype=object)
    assert factors(roles, 0.25).tolist() == [1.0, 0.25, 1.0, 0.25]


def test_masks_follow_the_order_of_the_units():
    found = masks_of("ffn")
    assert list(found["eng_Latn"]) == [0, 1]
    assert found["eng_Latn"][0][:6].tolist() == [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert found["qaa_Latn"][1][:4].tolist() == [1.0, 1.0, 4.0, 1.0]
    assert found["qab_Cyrl"][1][:4].tolist() == [1.0, -2.0, 1.0, 1.0]


def test_the_last_layer_alone_can_be_filtered():
    last = masks(partition("ffn"), {"eng_Latn": 0.0, "qab_Cyrl": 0.5}, "last")
    assert {language: list(mask) for language, mask in last.items()} == {"eng_Latn": [1], "qab_Cyrl": [1]}
    assert torch.equal(last["eng_Latn"][1], masks_of("ffn")["eng_Latn"][1])


@pytest.mark.parametrize("site", SITES)
def test_folded_and_per_sentence_agree_on_the_encoders_output(model, sources, site):
    chosen = masks_of(site)
    with per_sentence(model, chosen, LANGUAGES):
        mixed = encode(model, sources)
    for i, language in enumerate(LANGUAGES):
        with folded(model, chosen.get(language, {})):
            alone = encode(model, sources[i : i + 1])[0]
        assert (mixed[i, : len(sources[i])] - alone).abs().max() < 1e-5


@pytest.mark.parametrize("beam", [1, 3], ids=["greedy", "beam"])
@pytest.mark.parametrize("site", SITES)
def test_folded_and_per_sentence_agree_on_hypotheses(model, sources, site, beam):
    chosen = masks_of(site)
    plain = hypotheses(model, sources, beam)
    with per_sentence(model, chosen, LANGUAGES):
        mixed = hypotheses(model, sources, beam)
    alone = []
    for language, source in zip(LANGUAGES, sources, strict=True):
        with folded(model, chosen.get(language, {})):
            alone += hypotheses(model, [source], beam)
    assert mixed == alone
    assert mixed[-1] == plain[-1]
    assert sum(ours != theirs for ours, theirs in zip(mixed, plain, strict=True)) >= 2


def test_a_sentence_is_filtered_by_its_own_language_alone(model, sources):
    chosen = masks_of("ffn")
    plain = encode(model, sources)
    with per_sentence(model, {"qaa_Latn": chosen["qaa_Latn"]}, LANGUAGES):
        some = encode(model, sources)
    for i, language in enumerate(LANGUAGES):
        assert torch.equal(some[i], plain[i]) == (language != "qaa_Latn")
    with per_sentence(model, chosen, [*LANGUAGES[:4], "qab_Cyrl", "none"]):
        other = encode(model, sources)
    with per_sentence(model, chosen, LANGUAGES):
        mixed = encode(model, sources)
    assert [torch.equal(other[i], mixed[i]) for i in range(6)] == [True, True, True, True, False, True]


@pytest.mark.parametrize("site", SITES)
def test_the_filter_is_a_product_with_the_units(model, sources, site):
    """Silencing all units of a layer equals zero columns; of the output, zeros."""
    if site == "output":
        with folded(model, {2: torch.zeros(16)}):
            assert encode(model, sources).abs().max() == 0
        return
    with folded(model, {1: torch.zeros(24)}):
        assert model.model.encoder.layers[1].fc2.weight.abs().max() == 0
        found = encode(model, sources)
    silent = copy.deepcopy(model)
    silent.model.encoder.layers[1].fc1.weight.data.zero_()
    silent.model.encoder.layers[1].fc1.bias.data.zero_()
    torch.testing.assert_close(found, encode(silent, sources))


@pytest.mark.parametrize("site", SITES)
def test_ones_are_the_unmodified_model_bit_for_bit(model, sources, site):
    ones: Mask = {layer: torch.ones(units) for layer, units in SITES[site]}
    plain = encode(model, sources)
    with folded(model, ones):
        assert torch.equal(encode(model, sources), plain)
    with per_sentence(model, {"eng_Latn": ones}, LANGUAGES):
        assert torch.equal(encode(model, sources), plain)


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("kind", ["folded", "per sentence"])
def test_the_model_is_as_before_afterwards(model, sources, kind, site, fails):
    before, plain = copy.deepcopy(model.state_dict()), encode(model, sources)
    chosen = masks_of(site)
    filtered = folded(model, chosen["eng_Latn"]) if kind == "folded" else per_sentence(model, chosen, LANGUAGES)
    try:
        with filtered:
            assert not torch.equal(encode(model, sources), plain)
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert fails
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(encode(model, sources), plain)
