"""Encoder-decoders that look at images."""

from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.multimodal import Fusion, Multimodal
from crosstalk.config.training import Optimisation
from crosstalk.errors import CrosstalkError
from crosstalk.multimodal import scratch
from crosstalk.multimodal.fusion import Concatenation, Gated, LanguagePrompt, load_fusion

KINDS = ["text", "gated", "concatenation", "lvp"]
SETTINGS = Multimodal(
    fusion=Fusion(d_model=16, ffn=24, heads=4, layers=1),
    max_new=8,
    scratch=Optimisation(
        updates=3, warmup=0, learning_rate=1e-2, average=1, evaluate_every=3, checkpoint_every=3,
        sampling=Sampling(batch_tokens=200),
    ),
)  # fmt: skip


def test_a_gate_mixes_words_and_the_mean_patch_by_hand():
    fusion = Gated(2, 2, 1)
    with torch.no_grad():
        fusion.image.weight.copy_(torch.eye(2))
        fusion.image.bias.zero_()
        fusion.gate.weight.zero_()
        fusion.gate.bias.copy_(torch.tensor([0.0, 100.0]))
    words, patches = torch.tensor([[[2.0, 4.0]]]), torch.tensor([[[1.0, 1.0], [3.0, 5.0]]])
    out, mask = fusion(words, torch.ones(1, 1), patches, 0)
    # The mean patch is (2, 3); gates are 1/2 and 1.
    assert out.tolist() == [[[2.0, 3.0]]]
    assert mask.tolist() == [[1.0]]


def test_concatenation_puts_patches_behind_words():
    out, mask = Concatenation(4, 3, 1)(
        torch.zeros(2, 5, 4), torch.zeros(2, 5, dtype=torch.long), torch.zeros(2, 7, 3), 0
    )
    assert out.shape == (2, 12, 4)
    assert mask.tolist() == [[0] * 5 + [1] * 7] * 2


def test_a_visual_prompt_depends_on_the_language():
    torch.manual_seed(1)
    fusion = LanguagePrompt(8, 3, 2)
    words, patches = torch.randn(1, 4, 8), torch.randn(1, 5, 3)
    first, second = (fusion(words, torch.ones(1, 4), patches, language)[0] for language in (0, 1))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trained_translator_is_read_as_it_was(kind, base, setting, tmp_path):
    model, outcome = scratch.train(kind, SETTINGS, setting, base, 1, tmp_path / "m.checkpoints", Accelerator(cpu=True))
    scratch.save(model, outcome, tmp_path / "m", str(tmp_path / "curve.parquet"))
    examples = setting.captions["test"].examples["qaa_Latn"]
    tower = base.model.model.vision_tower.eval()
    pixels = base.pixels(setting)
    found = [
        scratch.fusion_translations(
            one.eval(), tower, base.tokenizer, 8, size, examples, "qaa_Latn",
            pixels.batch([row.sentence_id for row in examples]),
        )
        for one, size in ((model, 100), (load_fusion(tmp_path / "m"), 100), (model, 1))
    ]  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert not (tmp_path / "m.checkpoints").exists()


def test_a_folder_that_is_no_translator_is_refused(tmp_path):
    with pytest.raises(CrosstalkError, match="not a readable model folder"):
        load_fusion(tmp_path)
