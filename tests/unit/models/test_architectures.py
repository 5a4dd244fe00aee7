"""Units, masks and exact freezing in every architecture of the table, on small random models read from folders."""

from __future__ import annotations

import copy

import pytest
import torch
from accelerate import Accelerator
from torch.nn import functional
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MBartConfig,
    MBartForConditionalGeneration,
    MT5Config,
    MT5ForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
)

from crosstalk.config.data import Sampling
from crosstalk.config.nrd import Gamma
from crosstalk.config.training import Specialisation
from crosstalk.decode.filtered import folded, per_sentence
from crosstalk.gamma.measure import measure
from crosstalk.models.folders import load_translator
from crosstalk.models.units import ARCHITECTURES, SIDES, encoder_of, feed_forwards, output_norm, watching
from crosstalk.neurons.activity import activity, most_active, unit_masks
from crosstalk.neurons.profile import Encoding
from crosstalk.tokens.bitexts import Bitexts, Direction, supervised
from crosstalk.tokens.vocabulary import EOS, PAD
from crosstalk.training.exact import MaskedUpdater
from crosstalk.training.translation import Translation, translation_loss
from crosstalk.training.units import Allowed, UnitUpdater

IDS = torch.tensor([[5, 9, 33, 12, 2], [8, 60, 7, 2, 1]])
SHAPE = {
    "vocab_size": 74, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 24,
    "decoder_ffn_dim": 24, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 64,
    "dropout": 0.0, "pad_token_id": PAD, "eos_token_id": EOS, "bos_token_id": 0, "decoder_start_token_id": EOS,
    "forced_eos_token_id": None,
}  # fmt: skip
T5_SHAPE = {
    "vocab_size": 74, "d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2,
    "dropout_rate": 0.0, "pad_token_id": PAD, "eos_token_id": EOS, "decoder_start_token_id": EOS,
}  # fmt: skip
MADE = {
    "m2m_100": lambda: M2M100ForConditionalGeneration(M2M100Config(**SHAPE)),
    "mbart": lambda: MBartForConditionalGeneration(MBartConfig(**SHAPE)),
    "marian": lambda: MarianMTModel(MarianConfig(**SHAPE, activation_function="swish")),
    "mt5": lambda: MT5ForConditionalGeneration(MT5Config(**T5_SHAPE, feed_forward_proj="gated-gelu")),
    "t5": lambda: T5ForConditionalGeneration(T5Config(**T5_SHAPE, feed_forward_proj="relu")),
    "t5 gated": lambda: T5ForConditionalGeneration(T5Config(**T5_SHAPE, feed_forward_proj="gated-gelu")),
}


def gated(gate: torch.Tensor, hidden: torch.Tensor | None = None) -> torch.Tensor:
    """T5: ReLU without a gate, the tanh form of GELU with one."""
    return torch.relu(gate) if hidden is None else functional.gelu(gate, approximate="tanh") * hidden


ACTIVATIONS = {
    "bart": functional.gelu, "m2m_100": torch.relu, "mbart": functional.gelu, "marian": functional.silu,
    "t5": gated, "mt5": gated,
}  # fmt: skip


@pytest.fixture(params=["bart", *MADE])
def model(request, xlmt, tmp_path):
    """A random model whose norms and biases are not those of a start, written and read again."""
    made = xlmt
    if request.param != "bart":
        torch.manual_seed(3)
        made = MADE[request.param]()
    with torch.no_grad():
        for name, value in made.named_parameters():
            if "norm" in name or name.endswith("bias"):
                value.add_(0.1 * torch.randn_like(value))
    made.save_pretrained(tmp_path / "model")
    return load_translator(tmp_path / "model").eval()


@pytest.fixture
def dev(small) -> Bitexts:
    directions = supervised(small.stores, "eng_Latn")
    return Bitexts.open(small.stores, directions, "dev", small.vocabulary, 40, True)


def logits(model) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=IDS, attention_mask=(IDS != PAD).long(), decoder_input_ids=IDS).logits


def test_the_table_is_tested():
    assert set(ARCHITECTURES) == {"bart", *MADE}


@pytest.mark.parametrize("side", SIDES)
def test_units_are_what_goes_into_the_second_map(model, side):
    blocks = feed_forwards(model, side)
    assert [block.units for block in blocks] == [24, 24]
    inputs: list[torch.Tensor] = []
    seen: dict[int, torch.Tensor] = {}
    before: dict[int, torch.Tensor] = {}
    handle = blocks[1].inner[0].register_forward_pre_hook(lambda _m, args: inputs.append(args[0]))
    with watching(model, lambda layer, hidden: seen.update({layer: hidden}), side=side):
        logits(model)
    handle.remove()
    with watching(model, lambda layer, hidden: before.update({layer: hidden}), True, side):
        logits(model)
    into = [linear(inputs[0]) for linear in blocks[1].inner]
    torch.testing.assert_close(before[1], into[0])
    torch.testing.assert_close(seen[1], ACTIVATIONS[model.config.model_type](*into))


def test_all_ones_masks_change_no_translation(model):
    depth = len(feed_forwards(model))
    ones = {layer: torch.ones(24) for layer in range(depth)} | {depth: torch.ones(16)}
    plain = logits(model)
    settings = {"input_ids": IDS, "attention_mask": (IDS != PAD).long(), "num_beams": 3, "max_length": 12}
    words = model.generate(**settings)
    with folded(model, ones):
        assert torch.equal(logits(model), plain)
        assert torch.equal(model.generate(**settings), words)
    with per_sentence(model, {"a": ones, "b": ones}, ["a", "b"]):
        assert torch.equal(logits(model), plain)
    assert torch.equal(logits(model), plain)


def test_a_folded_mask_is_a_mask_on_activations(model):
    depth = len(feed_forwards(model))
    generator = torch.Generator().manual_seed(4)
    mask = {layer: torch.rand(24, generator=generator) for layer in range(depth)}
    mask[depth] = torch.rand(16, generator=generator)
    with folded(model, mask):
        one = logits(model)
    with per_sentence(model, {"a": mask}, ["a", "a"]):
        other = logits(model)
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    assert not torch.allclose(one, logits(model), atol=1e-4)
    assert all(value.shape == (16,) for value in output_norm(model).parameters())


@pytest.mark.parametrize("others", ["frozen", "all"])
def test_frozen_units_stay_bit_identical_under_accumulation(model, small, dev, others):
    settings = Specialisation(
        updates=4, dropout=0.0, weight_decay=0.01, others=others, sampling=Sampling(batch_tokens=64, accumulate=2)
    )
    allowed = {
        "eng_Latn": Allowed((torch.tensor([0, 3]), torch.tensor([1]))),
        "qaa_Latn": Allowed((torch.tensor([3]), torch.tensor([2, 9]))),
        "qab_Cyrl": Allowed((torch.tensor([5]), torch.tensor([2]))),
    }
    task = Translation(dev, dev, settings, 1)
    updater = UnitUpdater(model, allowed, settings, Accelerator(cpu=True))
    for update in range(4):
        before = copy.deepcopy(model.state_dict())
        languages = set()
        for index in range(2):
            micro = task.micro(update, index)
            languages.add(task.language(micro))
            updater.begin(task.language(micro))
            task.loss(model, micro).backward()
        updater.step(1e-2)
        for depth, block in enumerate(feed_forwards(model)):
            mine = sorted({unit for code in languages for unit in allowed[code].layers[depth].tolist()})
            names = {id(value): name for name, value in model.named_parameters()}
            for value in block.parameters:
                change = value.detach() != before[names[id(value)]]
                change = change.T if value is block.second.weight else change
                assert change.reshape(24, -1).any(1).nonzero()[:, 0].tolist() == mine
    frozen = [n for n, v in model.named_parameters() if "decoder" in n and torch.equal(v, before[n])]
    assert (len(frozen) > 0) == (others == "frozen")


def test_gradients_of_units_are_those_of_autograd(model, small, dev):
    direction = Direction("qaa_Latn", "eng_Latn")
    micro = dev.micro(direction, torch.arange(6).numpy())
    plain = copy.deepcopy(model)
    translation_loss(plain, micro, dev.tags, 0.1).backward()
    chosen = [torch.tensor([0, 5, 7]), torch.tensor([2])]
    updater = UnitUpdater(model, {"x": Allowed(tuple(chosen))}, Specialisation(), Accelerator(cpu=True))
    updater.begin("x")
    translation_loss(model, micro, dev.tags, 0.1).backward()
    for layer, block, units in zip(updater._layers, feed_forwards(plain), chosen, strict=True):
        for gathered, value in zip(layer.gradients.values(), block.parameters, strict=True):
            grad = value.grad.T if value is block.second.weight else value.grad
            torch.testing.assert_close(gathered, grad[units].reshape(len(units), -1), rtol=1e-4, atol=1e-5)


def test_neuron_specialization_and_gamma_run(model, dev):
    direction = Direction("qaa_Latn", "eng_Latn")
    counts = activity(model, dev, direction)
    tokens = sum(dev.micro(direction, torch.arange(len(dev.pairs[direction])).numpy()).source.ravel() != PAD)
    assert all(layer.min() >= 0 and layer.max() <= tokens for layer in counts["encoder"])
    masks = unit_masks(model, most_active(model, dev, direction, 0.6))
    assert len(masks) == sum(len(block.parameters) for side in SIDES for block in feed_forwards(model, side))
    silenced = copy.deepcopy(model)
    with torch.no_grad():
        for name, mask in masks.items():
            silenced.get_parameter(name).mul_(mask)
    updater = MaskedUpdater(model, {"x": masks}, Specialisation(), Accelerator(cpu=True))
    with updater.selected("x"):
        assert torch.equal(logits(model), logits(silenced))
    table = measure(model, dev, Gamma(batches=2, batch_tokens=64), 1)
    assert table.num_rows == 3
    pooled = Encoding(model, "mean", 4)([row.numpy().astype("int32") for row in (IDS[0], IDS[1, :4])])
    assert pooled.shape == (2, 24 + 24 + 16)
    assert encoder_of(model) is not model


def test_translation_loss_is_the_label_smoothed_cross_entropy(model, dev):
    micro = dev.micro(Direction("qaa_Latn", "eng_Latn"), torch.arange(5).numpy())
    source, target = torch.from_numpy(micro.source), torch.from_numpy(micro.target)
    start = torch.full_like(target[:, :1], EOS)
    with torch.no_grad():
        found = model(
            input_ids=source, attention_mask=(source != PAD).long(),
            decoder_input_ids=torch.cat([start, target[:, :-1]], 1),
        ).logits  # fmt: skip
        logp = found.log_softmax(-1)[target != PAD]
        expected = -(0.9 * logp.gather(1, target[target != PAD][:, None]).sum() + 0.1 * logp.mean(1).sum())
        torch.testing.assert_close(translation_loss(model, micro, dev.tags, 0.1), expected, rtol=1e-4, atol=1e-3)
