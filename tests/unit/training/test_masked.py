from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.config.data import Sampling
from crosstalk.config.training import Pretraining
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.masking import mask
from crosstalk.tokens.vocabulary import BOS, EOS, PAD
from crosstalk.training.masked import Masked, MaskedLanguageModel, masked_loss


def ids(small, sentences: int, length: int = 50) -> np.ndarray:
    """Random pieces between start and end, the lower half of the rows half padding."""
    rng = np.random.default_rng(1)
    array = rng.integers(EOS + 1, small.vocabulary.mask, size=(sentences, length))
    array[:, 0], array[:, -1] = BOS, EOS
    array[sentences // 2 :, length // 2 :] = PAD
    array[sentences // 2 :, length // 2 - 1] = EOS
    return array


def test_a_share_of_the_tokens_is_masked_replaced_or_kept(small):
    before = ids(small, 1000)
    after, positions, labels = mask(before, 0.15, small.vocabulary, np.random.default_rng(2))
    flat, changed = before.reshape(-1), after.reshape(-1)
    assert len(positions) == round(0.15 * (flat > EOS).sum())
    assert len(set(positions.tolist())) == len(positions)
    np.testing.assert_array_equal(labels, flat[positions])
    assert not np.isin(labels, [BOS, PAD, EOS]).any()
    masked, kept = changed[positions] == small.vocabulary.mask, changed[positions] == labels
    replaced = ~masked & ~kept
    # A random piece is the old one now and then: 67 pieces.
    assert masked.mean() == pytest.approx(0.8, abs=0.02)
    assert kept.mean() == pytest.approx(0.1 + 0.1 / 67, abs=0.02)
    assert replaced.mean() == pytest.approx(0.1, abs=0.02)
    others = changed[positions][replaced]
    assert others.min() > EOS
    assert others.max() < small.vocabulary.mask
    assert len(set(others.tolist())) == small.vocabulary.mask - EOS - 1
    elsewhere = np.delete(np.arange(len(flat)), positions)
    np.testing.assert_array_equal(changed[elsewhere], flat[elsewhere])


@given(st.integers(1, 9), st.floats(0.01, 0.99), st.integers(0, 9))
def test_at_least_one_token_is_scored_and_never_a_special_one(small, length, share, seed):
    row = np.array([[BOS, *range(10, 10 + length), EOS, PAD]])
    after, positions, labels = mask(row, share, small.vocabulary, np.random.default_rng(seed))
    assert len(positions) == max(1, round(share * length))
    assert set(positions.tolist()) <= set(range(1, length + 1))
    assert labels.tolist() == [9 + position for position in positions]
    assert after.shape == row.shape


def test_the_loss_is_the_full_cross_entropy_at_masked_positions(small, shape):
    model = new_encoder(shape, small.vocabulary.size, 60, 0.0, 1).eval()
    micro = Masked("qaa_Latn", *mask(ids(small, 6), 0.2, small.vocabulary, np.random.default_rng(3)))
    inputs = torch.from_numpy(micro.ids)
    labels = torch.full(inputs.shape, -100).flatten()
    labels[torch.from_numpy(micro.positions)] = torch.from_numpy(micro.labels)
    with torch.no_grad():
        whole = model(
            input_ids=inputs, attention_mask=(inputs != PAD).long(), labels=labels.view(inputs.shape)
        ).loss.item()
        assert masked_loss(model, micro).item() / len(micro.labels) == pytest.approx(whole, abs=1e-5)


@pytest.fixture
def task(small):
    settings = Pretraining(updates=40, mask=0.2, sampling=Sampling(batch_tokens=48, accumulate=2))
    return MaskedLanguageModel(small.stores, small.vocabulary, settings, 12, 1)


def test_a_micro_batch_is_one_language_with_masks_of_its_own(small, task):
    languages = set()
    for update in range(40):
        micro = task.micro(update, 1)
        again = task.micro(update, 1)
        np.testing.assert_array_equal(micro.ids, again.ids)
        np.testing.assert_array_equal(micro.positions, again.positions)
        languages.add(task.language(micro))
        assert task.tokens(micro) == len(micro.labels) > 0
        assert len(micro.ids) == 1 or micro.ids.size <= 48
        assert micro.ids.shape[1] <= 12
        assert (micro.ids[:, 0] == BOS).all()
        restored = micro.ids.reshape(-1).copy()
        restored[micro.positions] = micro.labels
        texts = small.vocabulary.decode(restored.reshape(micro.ids.shape)[:, 1:].tolist())
        cyrillic = [not text.isascii() for text in texts]
        assert all(cyrillic) if micro.language == "qab_Cyrl" else not any(cyrillic)
    assert languages == set(small.stores)


def test_dev_is_masked_the_same_every_time(small, shape, task):
    model = new_encoder(shape, small.vocabulary.size, 60, 0.0, 1).eval()
    first = task.dev_loss(model)
    torch.manual_seed(9)
    assert task.dev_loss(model) == first
    assert first == pytest.approx(np.log(small.vocabulary.size), rel=0.3)


def test_without_dev_there_is_no_dev_loss(small, shape):
    settings = Pretraining(updates=4, sampling=Sampling(batch_tokens=48))
    short = MaskedLanguageModel({"qaa_Latn": small.stores["qaa_Latn"]}, small.vocabulary, settings, 12, 1)
    short._dev = {"qaa_Latn": np.zeros(0, np.int64)}
    assert np.isnan(short.dev_loss(new_encoder(shape, small.vocabulary.size, 60, 0.0, 1)))
