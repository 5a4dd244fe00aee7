"""What the small base model is pre-trained on, and the projector that it starts from."""

from __future__ import annotations

import torch

from crosstalk.multimodal.base import fit_projector
from crosstalk.multimodal.tasks import gaps, translations

IMAGE_TOKENS = 4


def texts(base, rows) -> dict[str, str]:
    """Sentence id -> what is left of the source in a prompt."""
    skipped = {base.tokenizer.convert_tokens_to_ids("<image>"), base.tokenizer.bos_token_id}
    return {
        row.sentence_id: base.tokenizer.decode([i for i in row.prompt if i not in skipped], skip_special_tokens=True)
        for row in rows
    }


def test_gaps_leave_words_out_and_the_rest_in_order(base, setting):
    train = setting.captions["train"]
    some = gaps(train, base.prompter, 80, 0.5)
    assert [(group.language, group.image) for group in some] == [(code, True) for code in train.languages]
    whole = {row.sentence_id: row.source.split() for row in train.examples["qaa_Latn"]}
    left = {name: text.split() for name, text in texts(base, some[next(iter(some))]).items()}
    assert left.keys() == whole.keys()
    for name, words in left.items():
        rest = iter(whole[name])
        assert all(word in rest for word in words), (words, whole[name])
    share = sum(map(len, left.values())) / sum(map(len, whole.values()))
    assert 0.4 < share < 0.6
    assert gaps(train, base.prompter, 80, 0.5) == some, "the same in every epoch"


def test_without_gaps_sentences_are_whole_and_with_nothing_else_empty(base, setting):
    train = setting.captions["train"]
    none, all_of_it = (next(iter(gaps(train, base.prompter, 80, dropped).values())) for dropped in (0.0, 1.0))
    assert none == next(iter(translations(train, base.prompter, 80).values()))
    assert not any(texts(base, all_of_it).values())


def test_the_projector_writes_what_it_is_fitted_to(base):
    torch.manual_seed(1)
    width, d = base.model.config.vision_config.hidden_size, base.model.config.text_config.hidden_size
    patches = 5 + torch.randn(400, width)
    patches[:, 0] = 3 + 1e-7 * torch.randn(400)  # hardly differs
    written = 0.1 * torch.tanh((patches - 5) @ torch.randn(width, d) / width**0.5)
    fit_projector(base.model, patches, written)
    with torch.no_grad():
        found = base.model.model.multi_modal_projector(patches)
        assert float((found - written).square().mean() / written.square().mean()) < 0.1
        shifted = patches.clone()
        shifted[:, 0] += 0.01
        assert float((base.model.model.multi_modal_projector(shifted) - found).abs().max()) < 0.1
    assert all(value.grad is None for value in base.model.parameters())
