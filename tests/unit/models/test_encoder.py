from __future__ import annotations

import pytest
import torch

from crosstalk.config.training import Model
from crosstalk.errors import CrosstalkError
from crosstalk.models.encoder import load_encoder, new_encoder


def test_a_new_encoder_has_the_shape_asked_for_and_starts_from_its_seed(shape):
    first, again, other = (new_encoder(shape, 74, 40, 0.0, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not torch.equal(
        first["roberta.encoder.layer.0.output.dense.weight"], other["roberta.encoder.layer.0.output.dense.weight"]
    )
    assert first["roberta.embeddings.word_embeddings.weight"].shape == (74, 16)
    assert first["roberta.embeddings.position_embeddings.weight"].shape == (42, 16)
    assert first["roberta.encoder.layer.1.intermediate.dense.weight"].shape == (24, 16)


@pytest.mark.parametrize(("width", "std", "expected"), [(768, None, 0.02), (48, None, 0.08), (48, 0.3, 0.3)])
def test_initial_weights_scale_with_the_width(width, std, expected):
    shape = Model(d_model=width, ffn=64, heads=4, encoder_layers=1, decoder_layers=1, init_std=std)
    weight = new_encoder(shape, 200, 16, 0.0, 1).roberta.encoder.layer[0].attention.self.query.weight
    assert weight.std().item() == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("head", [True, False])
def test_a_saved_encoder_reads_back_with_or_without_its_head(shape, tmp_path, head):
    encoder = new_encoder(shape, 74, 40, 0.0, 1)
    (encoder if head else encoder.roberta).save_pretrained(tmp_path / "encoder")
    again = load_encoder(tmp_path / "encoder").roberta.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in encoder.roberta.state_dict().items())


@pytest.mark.parametrize("damage", ["truncated weights", "no weights", "broken configuration", "missing", "a BART"])
def test_a_folder_that_is_no_encoder_is_refused_in_one_line(shape, xlmt, tmp_path, damage):
    folder = tmp_path / "encoder"
    if damage == "a BART":
        xlmt.save_pretrained(folder)
    elif damage != "missing":
        new_encoder(shape, 74, 40, 0.0, 1).save_pretrained(folder)
    weights = folder / "model.safetensors"
    if damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:-64])
    elif damage == "no weights":
        weights.unlink()
    elif damage == "broken configuration":
        (folder / "config.json").write_text('{"hidden_size": ')
    with pytest.raises(CrosstalkError, match=r"encoder: not a readable XLM-R folder \(.+\)") as told:
        load_encoder(folder)
    assert "\n" not in str(told.value)
