from __future__ import annotations

import numpy as np
import pytest
import torch

from crosstalk.artefacts import GAMMA
from crosstalk.config.nrd import Gamma
from crosstalk.errors import CrosstalkError
from crosstalk.gamma.consistency import gradient_consistency
from crosstalk.gamma.measure import direction_gradient, encoder_parameters, measure
from crosstalk.tokens.batches import by_length
from crosstalk.tokens.bitexts import Bitexts, Direction, supervised
from crosstalk.training.translation import translation_loss

LANGUAGES = ["eng_Latn", "qaa_Latn", "qab_Cyrl"]
SETTINGS = Gamma(batches=16, batch_tokens=40)


@pytest.fixture
def dev(small):
    return Bitexts.open(small.stores, supervised(LANGUAGES, "eng_Latn"), "dev", small.vocabulary, 40, True)


def test_a_gradient_is_the_mean_over_batches_of_autograds(xlmt, dev):
    direction = Direction("qaa_Latn", "eng_Latn")
    pair = dev.pairs[direction]
    batches = by_length(pair.lengths, 40, np.arange(len(pair)))
    found, count = direction_gradient(xlmt, dev, direction, Gamma(batches=99, batch_tokens=40), 1)
    assert count == len(batches) > 2
    # Another order breaks ties of length otherwise; lengths and numbers of batches stay, and so does the sum over rows.
    parameters = encoder_parameters(xlmt, embeddings=False)
    one = Gamma(batches=1, batch_tokens=10_000)
    whole, _ = direction_gradient(xlmt, dev, direction, one, 1)
    micro = dev.micro(direction, np.arange(len(pair)))
    loss = translation_loss(xlmt, micro, dev.tags, 0.0) / micro.tokens
    expected = torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters)])
    torch.testing.assert_close(whole, expected, rtol=1e-4, atol=1e-6)
    assert torch.cosine_similarity(found, whole, dim=0) > 0.9


def test_batches_are_averaged(xlmt, dev, monkeypatch):
    """With a budget of one sentence, the gradient is the mean of the sentences' gradients."""
    direction = Direction("qab_Cyrl", "eng_Latn")
    parameters = encoder_parameters(xlmt, embeddings=False)
    rows = []
    for row in range(len(dev.pairs[direction])):
        micro = dev.micro(direction, np.array([row]))
        loss = translation_loss(xlmt, micro, dev.tags, 0.0) / micro.tokens
        rows.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters)]))
    found, count = direction_gradient(
        xlmt, dev, direction, SETTINGS.model_copy(update={"batches": 99, "batch_tokens": 1}), 1
    )
    assert count == len(rows) == 20
    torch.testing.assert_close(found, torch.stack(rows).mean(0), rtol=1e-4, atol=1e-6)


def test_no_more_batches_than_asked_for_and_by_the_seed(xlmt, dev):
    direction = Direction("qab_Cyrl", "eng_Latn")
    few = SETTINGS.model_copy(update={"batches": 2})
    first, count = direction_gradient(xlmt, dev, direction, few, 1)
    assert count == 2
    assert torch.equal(first, direction_gradient(xlmt, dev, direction, few, 1)[0])
    assert not torch.equal(first, direction_gradient(xlmt, dev, direction, few, 2)[0])


def test_a_source_language_has_the_mean_of_its_directions(xlmt, dev):
    table = measure(xlmt, dev, SETTINGS, 3)
    assert table.schema == GAMMA
    rows = table.to_pandas().set_index("language")
    assert rows["directions"].to_dict() == {"eng_Latn": 2, "qaa_Latn": 1, "qab_Cyrl": 1}
    gradients = []
    for language in LANGUAGES:
        parts = [direction_gradient(xlmt, dev, d, SETTINGS, 3)[0] for d in dev.pairs if d.src == language]
        gradients.append(sum(parts) / len(parts))
    assert rows["gamma"].tolist() == pytest.approx(gradient_consistency(torch.stack(gradients)).tolist(), abs=1e-6)
    assert (rows["null_low"] <= rows["null"]).all()
    assert (rows["null"] <= rows["null_high"]).all()
    assert measure(xlmt, dev, SETTINGS, 3).equals(table)


def test_nothing_is_left_in_the_model(xlmt, dev):
    measure(xlmt, dev, SETTINGS, 3)
    assert all(value.grad is None for value in xlmt.parameters())


def test_embeddings_count_only_when_asked(xlmt, dev):
    sizes = [sum(value.numel() for value in encoder_parameters(xlmt, embeddings)) for embeddings in (False, True)]
    embeddings = 74 * 16 + 42 * 16 + 2 * 16
    assert sizes[1] - sizes[0] == embeddings
    assert sizes[1] == sum(value.numel() for value in xlmt.model.encoder.parameters())
    direction = Direction("qaa_Latn", "eng_Latn")
    with_them = SETTINGS.model_copy(update={"embeddings": True})
    assert [len(direction_gradient(xlmt, dev, direction, s, 1)[0]) for s in (SETTINGS, with_them)] == sizes


def test_one_source_language_is_not_enough(small, xlmt):
    one = Bitexts.open(small.stores, [Direction("qaa_Latn", "eng_Latn")], "dev", small.vocabulary, 40, True)
    with pytest.raises(CrosstalkError, match="needs dev sentences of two source languages, found qaa_Latn"):
        measure(xlmt, one, SETTINGS, 1)
