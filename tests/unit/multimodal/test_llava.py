"""Prompts, pixels and training of a LLaVA."""

from __future__ import annotations

import copy
import io

import numpy as np
import pyarrow as pa
import pytest
import torch
from accelerate import Accelerator
from PIL import Image

from crosstalk.artefacts import IMAGES
from crosstalk.config.data import Sampling
from crosstalk.config.multimodal import Base, Llava
from crosstalk.config.training import Optimisation
from crosstalk.errors import CrosstalkError
from crosstalk.multimodal.activations import linear_maps, neuron_importance
from crosstalk.multimodal.base import load_llava, new_image_processor, new_llava, save_base
from crosstalk.multimodal.loaded import load_base
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.prompts import Prompter, written
from crosstalk.multimodal.selection import neuron_table, partition
from crosstalk.multimodal.tasks import LlavaTask, llava_loss, translations
from crosstalk.multimodal.translate import llava_translations
from crosstalk.multimodal.tuning import allowed, tune

SETTINGS = Optimisation(
    updates=3, warmup=0, learning_rate=1e-2, average=1, evaluate_every=3, checkpoint_every=3, dropout=0.0,
    sampling=Sampling(batch_tokens=200),
)  # fmt: skip


def batches(base, setting):
    rows = translations(setting.captions["train"], base.prompter, setting.max_length)
    return list(LlavaTask(rows, rows, base.padding, SETTINGS, 1, pixels=base.pixels(setting)).dev_batches())


def test_a_prompt_has_the_image_the_sentence_and_the_tag(base):
    ids = base.prompter.prompts(["the man saw a bat"], "qaa_Latn")[0]
    tokens = base.tokenizer.convert_ids_to_tokens(ids)
    assert tokens[:4] == ["<image>"] * 4
    assert tokens[-1] == "__qaa_Latn__"
    assert base.tokenizer.decode(ids, skip_special_tokens=True).strip() == "the man saw a bat"


def test_a_sentence_cannot_add_an_image_or_braces(base):
    ids = base.prompter.prompts(["a <image> {tag} {source}"], "qaa_Latn")[0]
    assert ids.count(base.model.config.image_token_id) == 4


def test_a_prompt_without_an_image_has_none(base):
    assert base.model.config.image_token_id not in base.prompter.prompts(["a cat"], "qaa_Latn", image=False)[0]


def test_a_language_has_the_name_that_was_given(base):
    prompter = Prompter(base.tokenizer, "<image> {language}: {source}", 1, {"qaa_Latn": "the man"})
    text = base.tokenizer.decode(prompter.prompts(["a cat"], "qaa_Latn")[0])
    assert "the man" in text


def test_only_translations_are_scored():
    found = written([[5, 6], [7]], [[8, 2], [9, 9, 2]], 1)
    assert found.ids.tolist() == [[5, 6, 8, 2], [7, 9, 9, 2]]
    assert found.scored.tolist() == [[False, False, True, True], [False, True, True, True]]


def test_the_loss_is_that_of_transformers(base, setting):
    micro = batches(base, setting)[0]
    pixels = base.pixels(setting)
    labels = np.where(micro.tokens.scored, micro.tokens.ids, -100)
    with torch.no_grad():
        ours = llava_loss(base.model.eval(), micro, pixels, base.padding)
        theirs = base.model(
            input_ids=torch.from_numpy(micro.tokens.ids), attention_mask=torch.from_numpy(micro.tokens.ids) != 1,
            pixel_values=pixels.batch(micro.sentences), labels=torch.from_numpy(labels),
        ).loss  # fmt: skip
    assert float(ours) / int(micro.tokens.scored.sum()) == pytest.approx(float(theirs), abs=1e-4)


def image(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def test_pixels_are_those_of_the_processor():
    rng = np.random.default_rng(1)
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(file, "PNG")
    processor = new_image_processor(32)
    table = pa.Table.from_pylist([{"sentence_id": "s", "image": file.getvalue()}], schema=IMAGES)
    ours = Pixels(table, processor).batch(["s"])[0]
    theirs = processor(Image.open(file), return_tensors="pt")["pixel_values"][0]
    # Ours are whole bytes before they are scaled.
    torch.testing.assert_close(ours, theirs, rtol=0, atol=2 / 255 / 0.25)


def test_images_of_a_sentence_take_turns_and_the_first_is_tested():
    rows = [{"sentence_id": "s", "image": image((red, 0, 0), (32, 32))} for red in (0, 255)]
    pixels = Pixels(pa.Table.from_pylist(rows, schema=IMAGES), new_image_processor(32))
    first, second = pixels.batch(["s"], 0), pixels.batch(["s"], 1)
    assert torch.equal(pixels.batch(["s"], 2), first)
    assert not torch.equal(first, second)
    assert torch.equal(pixels.batch(["s"]), first)


def test_shuffled_images_are_another_sentences_and_blank_ones_are_all_alike():
    rows = [{"sentence_id": f"s{n}", "image": image((40 * n, 0, 0), (32, 32))} for n in range(6)]
    pixels = Pixels(pa.Table.from_pylist(rows, schema=IMAGES), new_image_processor(32))
    names = [f"s{n}" for n in range(6)]
    own, other = pixels.under("image", names, 1), pixels.under("shuffled", names, 1)
    assert all(not torch.equal(a, b) for a, b in zip(own, other, strict=True))
    assert sorted(float(row.sum()) for row in own) == pytest.approx(sorted(float(row.sum()) for row in other))
    assert float(pixels.under("blank", names, 1).abs().max()) == 0


def test_an_image_that_is_none_is_named():
    rows = [{"sentence_id": "s", "image": b"no image"}]
    with pytest.raises(CrosstalkError, match="image of sentence 's': not readable"):
        Pixels(pa.Table.from_pylist(rows, schema=IMAGES), new_image_processor(32)).batch(["s"])


def test_a_saved_model_is_read_as_it_was(base, setting, tmp_path):
    save_base(base.model, base.tokenizer, base.processor, tmp_path)
    again = load_base(str(tmp_path), Base())
    assert again.prompter.prompts(["a red cat"], "qab_Cyrl") == base.prompter.prompts(["a red cat"], "qab_Cyrl")
    examples = setting.captions["test"].examples["qaa_Latn"]
    images = base.pixels(setting).batch([row.sentence_id for row in examples])
    ours, theirs = (
        llava_translations(one.model.eval(), one.prompter, one.padding, 6, 3, examples, "qaa_Latn", images)
        for one in (base, again)
    )
    assert ours == theirs
    assert len(ours) == len(examples)


def test_a_folder_that_is_no_llava_is_refused(tmp_path):
    with pytest.raises(CrosstalkError, match="not a readable LLaVA folder"):
        load_llava(tmp_path)


def test_a_batch_of_one_gives_what_a_large_batch_gives(base, setting):
    examples = setting.captions["test"].examples["qab_Cyrl"]
    images = base.pixels(setting).batch([row.sentence_id for row in examples])
    model = base.model.eval()
    one, many = (
        llava_translations(model, base.prompter, base.padding, 6, size, examples, "qab_Cyrl", images)
        for size in (1, 100)
    )
    assert one == many


def test_fine_tuning_leaves_the_vision_tower_alone(base, setting, tmp_path):
    before = copy.deepcopy(base.model.state_dict())
    tune(base, setting, SETTINGS, 1, tmp_path, Accelerator(cpu=True))
    moved = {name for name, value in base.model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved
    assert not any(".vision_tower." in name for name in moved)


def test_neumt_changes_the_rows_of_its_partition_and_nothing_else(base, setting, tmp_path):
    modules = linear_maps(base.model)
    scores = neuron_importance(copy.deepcopy(base.model), batches(base, setting), base.pixels(setting), base.padding)
    neurons = neuron_table(scores).to_pandas()
    layers = neurons[["layer", "language"]].drop_duplicates().assign(similarity=lambda rows: rows["layer"] / 100)
    chosen = partition(layers, neurons, 0.4, 0.2).to_pandas()
    before = copy.deepcopy(base.model.state_dict())
    tune(base, setting, SETTINGS, 1, tmp_path, Accelerator(cpu=True), "neumt", chosen, ["agnostic", "specific"])
    rows = {
        name: sorted({int(row) for some in allowed(chosen, list(modules), ["agnostic", "specific"]).values()
                      for row in some.get(name, [])})
        for name in modules
    }  # fmt: skip
    for name, value in base.model.state_dict().items():
        module = name.rpartition(".")[0]
        moved = sorted({int(row) for row in (value != before[name]).nonzero()[:, 0]})
        assert set(moved) <= set(rows.get(module, [])), name
    assert len({name for name in rows if rows[name]}) == 7  # ceil(0.4 * 16)


def test_llava_of_seven_billion_has_the_layers_of_the_paper():
    with torch.device("meta"):
        model = seven_billion()
    modules = linear_maps(model)
    assert len(modules) == 226
    assert next(iter(modules)).endswith("multi_modal_projector.linear_1")
    assert sum(module.weight.numel() for module in modules.values()) == pytest.approx(6.5e9, rel=0.01)


def seven_billion():
    """LLaVA-1.5-7B's shape."""
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    vision = CLIPVisionConfig(
        hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, image_size=336,
        patch_size=14,
    )  # fmt: skip
    return LlavaForConditionalGeneration(LlavaConfig(vision_config=vision, text_config=LlamaConfig(vocab_size=32064)))


def test_the_shape_of_a_small_llava(base):
    assert Llava().image_size == 32
    assert base.model.lm_head.weight is base.model.get_input_embeddings().weight
    assert new_llava(Llava(), base.tokenizer, 40, 1).config.image_seq_length == 4
