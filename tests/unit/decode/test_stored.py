"""Weights that are only read give CTranslate2 what the model that can run gives it."""

from __future__ import annotations

import shutil

import pytest
import torch

from crosstalk.config.nrd import Decode
from crosstalk.config.root import Speed
from crosstalk.decode.converted import convert
from crosstalk.decode.engines import load_model
from crosstalk.decode.filtered import folded
from crosstalk.errors import CrosstalkError
from crosstalk.models.stored import load_stored
from crosstalk.models.variants import Variants, save_variants
from crosstalk.models.xlmt import load_xlmt

MASK = {0: torch.linspace(-2, 2, 24), 2: torch.linspace(-1, 3, 16)}


@pytest.fixture
def folder(model, tmp_path):
    """A model whose direction ``aa`` has other weights of the encoder, the embeddings of tokens among them."""
    place = tmp_path / "model"
    model.save_pretrained(place)
    weights = dict(model.named_parameters())
    names = ["model.shared.weight", "model.encoder.layers.1.fc1.weight", "model.decoder.layers.0.fc2.bias"]
    save_variants(place, {"aa": {name: weights[name] > 0 for name in names}})
    return place


def bytes_of(model, small, place) -> bytes:
    place.mkdir()
    convert(model, small.vocabulary.spellings(), place)
    return (place / "model.bin").read_bytes()


def test_masked_and_varied_weights_are_converted_to_the_same_bytes(small, folder, tmp_path):
    written = []
    for number, load in enumerate((load_xlmt, load_stored)):
        model = load(folder)
        plain = bytes_of(model, small, tmp_path / f"plain{number}")
        with Variants(folder, model).applied("aa", "aa"), folded(model, MASK):
            changed = bytes_of(model, small, tmp_path / f"changed{number}")
        assert bytes_of(model, small, tmp_path / f"after{number}") == plain != changed
        written.append((plain, changed))
    assert written[0] == written[1]


def test_twelve_layers_stay_in_their_order(small, folder, tmp_path):
    shape = load_xlmt(folder).config
    shape.encoder_layers = 12
    deep = type(load_xlmt(folder))(shape)
    deep.save_pretrained(tmp_path / "deep")
    assert bytes_of(load_stored(tmp_path / "deep"), small, tmp_path / "read") == bytes_of(
        deep, small, tmp_path / "whole"
    )


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors", "weights"])
def test_a_damaged_folder_is_told(folder, damage):
    if damage == "weights":
        shutil.copy(folder / "variants" / "aa.safetensors", folder / "model.safetensors")
    else:
        (folder / damage).write_bytes((folder / damage).read_bytes()[:50])
    with pytest.raises(CrosstalkError, match="not a readable model folder"):
        load_stored(folder)


def test_only_what_ctranslate2_runs_is_left_unread(folder):
    cpu = torch.device("cpu")
    assert not hasattr(load_model(folder, Decode(), Speed(), cpu), "generate")
    assert hasattr(load_model(folder, Decode(stop="score"), Speed(), cpu), "generate")
    assert hasattr(load_model(folder, Decode(), Speed(engine="transformers"), cpu), "generate")
    save_variants_of_adapters(folder)
    assert hasattr(load_model(folder, Decode(), Speed(), cpu), "generate")


def save_variants_of_adapters(folder) -> None:
    shutil.rmtree(folder / "variants")
    save_variants(folder, {"aa": {"model.encoder.layers.0.adapter.each.aa.down.weight": torch.zeros(2, 16)}})
