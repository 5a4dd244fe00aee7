"""Languages share a batch equally, whoever the others are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.downstream import Downstream
from crosstalk.config.training import Pretraining
from crosstalk.downstream.mixtures import Languages
from crosstalk.downstream.training import SharedBatches, train
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.frequencies import frequencies
from crosstalk.training.masked import masked_loss

TRAINING = Pretraining(
    updates=4, warmup=1, learning_rate=1e-2, evaluate_every=2, checkpoint_every=2, average=1, dropout=0.0,
    sampling=Sampling(batch_tokens=120, accumulate=2),
)  # fmt: skip
SETTINGS = Downstream.model_validate(
    {"model": {"d_model": 16, "ffn": 24, "heads": 2, "layers": 3}, "training": {**TRAINING.model_dump(), "eps": 1e-5}}
)
"""A larger eps than usual: biases of keys have no gradient but rounding, which Adam would make steps of."""
ENG, QAA, QAB = "eng_Latn", "qaa_Latn", "qab_Cyrl"


def batches(
    small, languages: list[str], shares: int | None = None, evaluated: list[str] | None = None
) -> SharedBatches:
    stores = {language: small.stores[language] for language in languages}
    chosen = evaluated or languages[:1]
    return SharedBatches(stores, small.vocabulary, TRAINING, 40, 1, shares or len(languages), chosen)


def trained(small, tmp_path, condition: str, *languages: str, settings: Downstream = SETTINGS, seed: int = 1):
    mixture = Languages(f"{languages[0]}.{condition}", condition, languages[:1], languages)
    return train(
        mixture, small.stores, small.vocabulary, settings, 40, seed, tmp_path / condition / "-".join(languages),
        Accelerator(cpu=True),
    )  # fmt: skip


@pytest.mark.parametrize("languages", [[ENG], [ENG, QAA], [ENG, QAA, QAB]])
def test_every_language_has_an_equal_part_of_every_batch(small, languages):
    task = batches(small, languages)
    for update in range(3):
        micro = task.micro(update, 0)
        assert [part.language for part in micro.parts] == languages
        assert all(part.ids.size <= 120 // len(languages) for part in micro.parts)
        assert task.tokens(micro) == sum(len(part.labels) for part in micro.parts)


def test_a_language_sees_the_same_whoever_the_others_are(small):
    pair, other, half = (batches(small, names, 2) for names in ([ENG, QAA], [QAB, ENG], [ENG]))
    for update in range(3):
        first, second, third = (
            next(part for part in task.micro(update, 1).parts if part.language == ENG) for task in (pair, other, half)
        )
        for name in ("ids", "positions", "labels"):
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
            np.testing.assert_array_equal(getattr(first, name), getattr(third, name))


def test_the_loss_is_the_sum_over_languages(small, tmp_path):
    encoder, _ = trained(small, tmp_path, "untrained", ENG)
    task = batches(small, [ENG, QAA])
    micro = task.micro(0, 0)
    parts = [masked_loss(encoder, part).item() for part in micro.parts]
    assert task.loss(encoder, micro).item() == pytest.approx(sum(parts))
    assert task.dev_loss(encoder) == pytest.approx(batches(small, [ENG]).dev_loss(encoder))
    both = batches(small, [ENG, QAA], evaluated=[ENG, QAA]).dev_loss(encoder)
    assert both == pytest.approx((task.dev_loss(encoder) + batches(small, [QAA]).dev_loss(encoder)) / 2)


def test_a_training_starts_from_its_seed_and_changes_everything_it_uses(small, tmp_path):
    start, curve = trained(small, tmp_path, "untrained", ENG)
    assert curve.curve.num_rows == 0
    assert len(start.roberta.encoder.layer) == 3
    initial = {name: value.detach().clone() for name, value in start.named_parameters()}
    again, _ = trained(small, tmp_path, "untrained", ENG)
    assert all(torch.equal(value, initial[name]) for name, value in again.named_parameters())
    _, outcome = trained(small, tmp_path, "low1", ENG, QAA)
    assert outcome.curve["step"].to_pylist() == [2, 4]
    assert outcome.weights.keys() == initial.keys()
    for name, value in outcome.weights.items():
        assert not torch.equal(value, initial[name]), name


def test_a_repeated_training_is_the_same(small, tmp_path):
    first, second = (trained(small, tmp_path / name, "alone", ENG)[1].weights for name in "ab")
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_half_of_every_batch_is_another_training_than_all_of_it(small, tmp_path):
    half, alone = (trained(small, tmp_path, name, ENG)[1] for name in ("half", "alone"))
    tokens = [outcome.curve["tokens"].to_pylist()[-1] for outcome in (half, alone)]
    assert 0.35 < tokens[0] / tokens[1] < 0.65


def test_the_output_bias_can_start_at_the_languages_frequencies(small, tmp_path):
    settings = SETTINGS.model_copy(update={"output_bias": "frequency"})
    encoder, _ = trained(small, tmp_path, "untrained", ENG, QAA, settings=settings)
    stores, size = [small.stores[name] for name in (ENG, QAA)], small.vocabulary.size
    mean = np.mean([frequencies(store, store.rows("train"), size) for store in stores], axis=0)
    np.testing.assert_allclose(encoder.lm_head.bias.detach().numpy(), np.log(mean), rtol=1e-5)


def test_a_language_without_sentences_is_told(small):
    with pytest.raises(CrosstalkError, match="eng_Latn: no sentence of at most 3 tokens in split train"):
        SharedBatches({ENG: small.stores[ENG]}, small.vocabulary, TRAINING, 3, 1, 1, [ENG])
