"""Evaluation: every token is scored once, under masks that no model changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from crosstalk.config.matrix import Matrix, MatrixEvaluation, MatrixModel, MatrixTraining
from crosstalk.config.training import Model
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.encoder import Encoders
from crosstalk.matrix.evaluation import Evaluation, folds, views
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.vocabulary import BOS, EOS

SETTINGS = Matrix(
    model=MatrixModel(d_model=16, ffn=24, heads=2),
    training=MatrixTraining(max_length=14),
    evaluation=MatrixEvaluation(sentences=5),
)


@given(st.integers(0, 2**63), st.integers(1, 80), st.integers(2, 9))
def test_masks_share_out_the_tokens_evenly(key: int, tokens: int, masks: int) -> None:
    fold = folds("qaa_Latn", key, tokens, masks)
    sizes = np.bincount(fold, minlength=masks)
    assert sizes.sum() == tokens
    assert sizes.max() - sizes.min() <= 1
    assert np.array_equal(fold, folds("qaa_Latn", key, tokens, masks))


def test_every_token_is_masked_once(small) -> None:
    store = small.stores["qaa_Latn"]
    covered: dict[int, list[tuple[int, int]]] = {}
    for number, view in views(store, "qaa_Latn", small.vocabulary, SETTINGS):
        assert (view.ids[view.positions] == small.vocabulary.mask).all()
        assert (view.ids == small.vocabulary.mask).sum() == len(view.positions) > 0
        covered.setdefault(number, []).extend(zip(view.positions.tolist(), view.labels.tolist(), strict=True))
    assert len(covered) == 5
    for row, pairs in zip(store.rows("test"), (covered[number] for number in range(5)), strict=False):
        assert sorted(pairs) == list(enumerate(store[row][:12].tolist(), 1))


@pytest.mark.parametrize("runs", [1, 2])
def test_losses_are_those_of_a_plain_loop(small, runs: int) -> None:
    """One sentence, one mask at a time through transformers."""
    store, language = small.stores["qab_Cyrl"], "qab_Cyrl"
    encoders = Encoders.new(SETTINGS.model, small.vocabulary.size, 14, runs)
    encoders.start([3, 4][:runs])
    found = Evaluation(store, language, small.vocabulary, SETTINGS)(encoders.alone(runs - 1))
    model = new_encoder(Model(d_model=16, ffn=24, heads=2, encoder_layers=2), small.vocabulary.size, 14, 0.0, 1).eval()
    model.load_state_dict(encoders.state_dict(runs - 1))
    for number, row in enumerate(store.rows("test")[:5]):
        tokens, nats = store[row][:12], 0.0
        fold = folds(language, int(store.sentences[row]), len(tokens), 7)
        for chosen in range(7):
            ids = torch.tensor([[BOS, *np.where(fold == chosen, small.vocabulary.mask, tokens), EOS]])
            with torch.no_grad():
                scores = model(input_ids=ids).logits[0, 1:-1].log_softmax(-1)
            nats -= sum(scores[at, tokens[at]].item() for at in np.flatnonzero(fold == chosen))
        assert found.tokens[number] == len(tokens)
        assert found.nats[number] == pytest.approx(nats, rel=1e-5)


def test_a_language_without_evaluation_sentences_is_named(small) -> None:
    settings = SETTINGS.model_copy(update={"evaluation": MatrixEvaluation(split="devtest")})
    with pytest.raises(CrosstalkError, match=r"^qaa_Latn: no sentence to evaluate on.*'devtest'"):
        Evaluation(small.stores["qaa_Latn"], "qaa_Latn", small.vocabulary, settings)
