from __future__ import annotations

import torch
from torch.nn import functional

from crosstalk.models.embeddings import align


def started(small, share: float, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    before = torch.randn(small.vocabulary.size, 16)
    after = before.clone()
    align(after, small.stores, share, seed)
    return before, after


def test_a_word_starts_nearer_to_its_translation_than_to_other_words(small):
    _, after = started(small, 0.9)
    words = {}
    for language, texts in (("eng_Latn", ["dog", "river"]), ("qab_Cyrl", ["пес", "река"])):
        words[language] = torch.stack([after[ids].sum(0) for ids in small.vocabulary.encode(texts)])
    alike = functional.cosine_similarity(words["eng_Latn"][:, None], words["qab_Cyrl"][None], dim=2)
    assert (alike.diagonal() > alike.flip(1).diagonal() + 0.2).all(), alike


def test_lengths_stay_and_tags_stay(small):
    before, after = started(small, 1.0)
    torch.testing.assert_close(after.norm(dim=1), before.norm(dim=1))
    tags = list(small.vocabulary.tags.values())
    assert torch.equal(after[tags], before[tags])
    assert not torch.equal(after, before)


def test_the_share_is_of_the_squared_length(small):
    (before, after), (_, whole) = started(small, 0.25), started(small, 1.0)
    torch.testing.assert_close(after, torch.where(whole == before, before, 0.5 * whole + 0.75**0.5 * before))


def test_the_seed_fixes_the_start(small):
    assert torch.equal(started(small, 0.9)[1], started(small, 0.9)[1])
    assert not torch.equal(started(small, 0.9)[1], started(small, 0.9, seed=2)[1])


def test_no_share_changes_nothing(small):
    before, after = started(small, 0.0)
    assert torch.equal(after, before)


def test_only_training_sentences_count(small):
    train_only = {}
    for language, store in small.stores.items():
        rows = store.rows("train")
        assert len(rows) < len(store.lengths)
        first = int(rows[-1]) + 1
        assert list(rows) == list(range(first)), "the fixture's training sentences come first"
        train_only[language] = type(store)(
            store.ids[: store.offsets[first]], store.offsets[: first + 1], store.sentences[:first],
            store.splits[:first], store.names,
        )  # fmt: skip
    torch.manual_seed(3)
    start = torch.randn(small.vocabulary.size, 16)
    whole, part = start.clone(), start.clone()
    align(whole, small.stores, 0.9, 1)
    align(part, train_only, 0.9, 1)
    assert torch.equal(whole, part)
