from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from crosstalk.config.data import Sampling
from crosstalk.config.training import Foundation, Model, Specialisation
from crosstalk.tokens.bitexts import Bitexts, Direction, Micro, supervised
from crosstalk.tokens.vocabulary import EOS, PAD
from crosstalk.training import recipes
from crosstalk.training.translation import Translation, translation_loss

LANGUAGES = ["eng_Latn", "qaa_Latn", "qab_Cyrl"]
DIRECTION = Direction("qaa_Latn", "eng_Latn")


def bitexts(small, split: str, tagged: bool = True) -> Bitexts:
    return Bitexts.open(small.stores, supervised(LANGUAGES, "eng_Latn"), split, small.vocabulary, 40, tagged)


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@torch.no_grad()
def test_the_loss_by_hand(small, xlmt, tagged, smoothing):
    """Sum over the labels of -(1 - e) log p(label) - e mean log p, sentence by sentence without padding."""
    dev = bitexts(small, "dev", tagged)
    expected = 0.0
    for row in range(6):
        micro = dev.micro(DIRECTION, np.array([row]))
        labels = torch.from_numpy(micro.target)[0]
        start = EOS if tagged else dev.tags["eng_Latn"]
        inputs = torch.cat([torch.tensor([start]), labels[:-1]])[None]
        logits = xlmt(input_ids=torch.from_numpy(micro.source), decoder_input_ids=inputs).logits[0]
        chances = torch.log_softmax(logits, -1)
        picked = chances[torch.arange(len(labels)), labels]
        expected += -(1 - smoothing) * picked.sum() - smoothing * chances.mean(-1).sum()
    found = translation_loss(xlmt, dev.micro(DIRECTION, np.arange(6)), dev.tags, smoothing)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


@torch.no_grad()
def test_padding_does_not_change_the_loss(small, xlmt):
    dev = bitexts(small, "dev")
    micro = dev.micro(DIRECTION, np.arange(5))
    wider = Micro(
        DIRECTION,
        np.pad(micro.source, ((0, 0), (0, 7)), constant_values=PAD),
        np.pad(micro.target, ((0, 0), (0, 4)), constant_values=PAD),
    )
    found = translation_loss(xlmt, wider, dev.tags, 0.1).item()
    assert found == pytest.approx(translation_loss(xlmt, micro, dev.tags, 0.1).item(), abs=1e-4)
    assert wider.tokens == micro.tokens


def task(small, settings: Foundation) -> Translation:
    return recipes.translation(small.stores, small.vocabulary, Model(), settings, 40, "eng_Latn", 1)


@pytest.mark.parametrize(
    ("counts_as", "expected"),
    [
        ("source", {"eng_Latn", "qaa_Latn", "qab_Cyrl"}),
        ("target", {"eng_Latn", "qaa_Latn", "qab_Cyrl"}),
        ("direction", {str(direction) for direction in supervised(LANGUAGES, "eng_Latn")}),
    ],
)
def test_the_language_of_a_batch(small, counts_as, expected):
    settings = Specialisation(updates=60, batches_language=counts_as, sampling=Sampling(batch_tokens=64))
    chosen = task(small, settings)
    micros = [chosen.micro(update, 0) for update in range(60)]
    assert {chosen.language(micro) for micro in micros} == expected
    for micro in micros:
        named = {"source": micro.direction.src, "target": micro.direction.tgt, "direction": str(micro.direction)}
        assert chosen.language(micro) == named[counts_as]
    plain = task(small, Foundation(updates=4, sampling=Sampling(batch_tokens=64)))
    assert all(plain.language(plain.micro(u, 0)) == plain.micro(u, 0).direction.src for u in range(4))


def test_one_language_an_update_when_asked(small):
    settings = Specialisation(updates=40, sampling=Sampling(batch_tokens=64, accumulate=4))
    mixed, alone = task(small, settings), task(small, settings.model_copy(update={"mixing": "one_language"}))
    for chosen, most in ((mixed, 3), (alone, 1)):
        counts = [len({chosen.language(chosen.micro(update, i)) for i in range(4)}) for update in range(40)]
        assert max(counts) == most
    assert {str(alone.micro(update, i).direction) for update in range(40) for i in range(4)} == {
        str(direction) for direction in supervised(LANGUAGES, "eng_Latn")
    }


def test_the_dev_loss_is_plain_cross_entropy_in_nats_a_token(small, xlmt):
    settings = Foundation(updates=4, label_smoothing=0.1, sampling=Sampling(batch_tokens=16))
    dev = bitexts(small, "dev")
    total, count = 0.0, 0
    with torch.no_grad():
        for direction, pair in dev.pairs.items():
            micro = dev.micro(direction, np.arange(len(pair)))
            total += translation_loss(xlmt, micro, dev.tags, 0.0).item()
            count += micro.tokens
    assert task(small, settings).dev_loss(xlmt) == pytest.approx(total / count, rel=1e-5)


def test_the_dev_loss_of_nothing_is_no_number(small, xlmt):
    train, settings = bitexts(small, "train"), Foundation(updates=4)
    assert np.isnan(Translation(train, bitexts(small, "none"), settings, 1).dev_loss(xlmt))


def test_the_loss_and_its_gradient_ignore_the_order_of_sentences(small, xlmt):
    dev = bitexts(small, "dev")
    other = copy.deepcopy(xlmt)
    translation_loss(xlmt, dev.micro(DIRECTION, np.arange(8)), dev.tags, 0.1).backward()
    translation_loss(other, dev.micro(DIRECTION, np.arange(8)[::-1].copy()), dev.tags, 0.1).backward()
    for ours, theirs in zip(xlmt.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)
