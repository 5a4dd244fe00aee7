"""The plan of a fine-tuning's memory, against what models of those shapes have, sharded and while they are trained."""

from __future__ import annotations

import multiprocessing

import pytest
import torch
from torch.distributed.tensor import DTensor
from torch.testing._internal.distributed.fake_pg import FakeStore
from transformers import CLIPVisionConfig, LlamaConfig, LlamaModel, LlavaConfig, LlavaForConditionalGeneration

from crosstalk.config import load
from crosstalk.config.files import merged
from crosstalk.multimodal.activations import linear_maps
from crosstalk.multimodal.tasks import shard_llava
from crosstalk.plan_memory import Shape, activations, memory, shape
from crosstalk.training.sharding import held

PROCESSES = 4


@pytest.fixture
def paper(checkout):
    return load(merged([checkout / "config.yaml", checkout / "config" / "presets" / "paper.yaml"]))


def on_meta(wanted: Shape) -> LlavaForConditionalGeneration:
    vision = CLIPVisionConfig(
        hidden_size=wanted.vision_width, intermediate_size=wanted.vision_ffn, num_hidden_layers=wanted.vision_layers,
        num_attention_heads=16, image_size=wanted.patch * round(wanted.image_tokens**0.5), patch_size=wanted.patch,
    )  # fmt: skip
    text = LlamaConfig(
        vocab_size=wanted.vocabulary, hidden_size=wanted.d_model, intermediate_size=wanted.ffn,
        num_hidden_layers=wanted.layers, num_attention_heads=32,
    )  # fmt: skip
    with torch.device("meta"):
        return LlavaForConditionalGeneration(
            LlavaConfig(vision_config=vision, text_config=text, vision_feature_layer=-2, tie_word_embeddings=False)
        )


def test_the_7b_model_has_the_planned_weights(paper):
    wanted = shape(paper)
    model = on_meta(wanted)
    assert sum(value.numel() for value in model.parameters()) == pytest.approx(wanted.all, rel=1e-3)
    maps = linear_maps(model)
    assert len(maps) == 226
    assert sum(value.numel() for one in maps.values() for value in one.parameters()) == wanted.maps


def test_four_processes_hold_a_quarter_of_the_7b_model_each_and_every_row_once(paper):
    wanted = shape(paper)
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        ranks = [pool.apply(sharded, (rank, wanted)) for rank in range(PROCESSES)]
    for own, _ in ranks:
        assert own == pytest.approx(wanted.all / PROCESSES, rel=0.01)
    rows = [parts for _, parts in ranks]
    assert len(rows[0]) == 226
    for name in rows[0]:
        ends = [sum(parts[name]) for parts in rows]
        assert [parts[name][0] for parts in rows] == [0, *ends[:-1]], name
        assert ends[-1] in (wanted.d_model, wanted.ffn), name


def sharded(rank: int, wanted: Shape) -> tuple[int, dict[str, tuple[int, int]]]:
    """Weights that a process of four has of a model, and its first row and number of rows of every map."""
    torch.distributed.init_process_group("fake", rank=rank, world_size=PROCESSES, store=FakeStore())
    model = on_meta(wanted)
    shard_llava(model, half=True)
    assert all(isinstance(value, DTensor) for value in model.parameters())
    own = sum(value.to_local().numel() for value in model.parameters())
    return own, {name: held(one.weight) for name, one in linear_maps(model).items()}


@pytest.mark.parametrize("half", [False, True])
def test_activations_are_those_that_autograd_keeps(half):
    d, ffn, tokens = 128, 344, 64
    model = LlamaModel(
        LlamaConfig(vocab_size=50, hidden_size=d, intermediate_size=ffn, num_hidden_layers=3, num_attention_heads=2)
    ).to(torch.bfloat16 if half else torch.float32)
    own = {value.untyped_storage().data_ptr() for value in model.parameters()}
    kept: dict[int, int] = {}

    def keep(value: torch.Tensor) -> torch.Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
            held_back.append(value)
        return value

    held_back: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        model(input_ids=torch.zeros(1, tokens, dtype=torch.long), use_cache=False)
    planned = tokens * activations(Shape(d, ffn, 3, 50, 8, 8, 1, 2, 4, True), half)
    assert sum(kept.values()) == pytest.approx(planned, rel=0.1)


def test_the_plan_adds_up(paper):
    full, forty, *_ = memory(paper)
    assert full["trained"] == "all"
    assert forty["trained"] == "40% of the layers"
    for row in (full, forty):
        parts = ("weights", "gradients", "adam", "gathered", "activations")
        assert row["together"] == pytest.approx(sum(row[name] for name in parts))
        assert row["together"] < 80
    assert forty["adam"] < 0.4 * full["adam"]
