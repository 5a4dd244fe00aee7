from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, XLMRobertaConfig, XLMRobertaForMaskedLM

from crosstalk.config.training import Model
from crosstalk.errors import CrosstalkError
from crosstalk.models.encoder import new_encoder
from crosstalk.models.xlmt import decoder_inputs, from_encoder, load_xlmt
from crosstalk.tokens.vocabulary import EOS, PAD

IDS = torch.tensor([[5, 9, 33, 12, 7, 41, EOS], [8, 8, 60, EOS, PAD, PAD, PAD]])


def randomised(encoder: XLMRobertaForMaskedLM) -> XLMRobertaForMaskedLM:
    """Every parameter at random, those that start at zero or one included."""
    torch.manual_seed(3)
    with torch.no_grad():
        for value in encoder.parameters():
            value.add_(0.3 * torch.randn_like(value))
    return encoder.eval()


def four_layers(**changes) -> Model:
    return Model(d_model=16, ffn=24, heads=2, encoder_layers=4, decoder_layers=2).model_copy(update=changes)


def test_the_encoder_gives_what_xlmr_gives(shape):
    encoder = randomised(new_encoder(shape, 74, 40, 0.0, 1))
    assert encoder.roberta.embeddings.token_type_embeddings.weight.abs().min() > 0
    bart = from_encoder(encoder, shape, 77, 0.0, 1).eval()
    mask = (IDS != PAD).long()
    with torch.no_grad():
        expected = encoder.roberta(input_ids=IDS, attention_mask=mask).last_hidden_state
        found = bart.model.encoder(input_ids=IDS, attention_mask=mask).last_hidden_state
    # Rounding: 1.1e-6 was seen on an AMD processor, for values of about 1.
    assert (found - expected)[mask.bool()].abs().max() < 3e-6
    assert expected[mask.bool()].std() > 0.5


@pytest.mark.parametrize(
    ("choice", "origins"), [("first", [0, 1]), ("top", [2, 3]), ("every_other", [0, 2]), ("random", [None, None])]
)
def test_the_decoder_starts_from_the_layers_asked_for(choice, origins):
    encoder = randomised(new_encoder(four_layers(), 74, 40, 0.0, 1))
    bart = from_encoder(encoder, four_layers(decoder_from=choice), 74, 0.0, 1)
    for layer, origin in zip(bart.model.decoder.layers, origins, strict=True):
        same = [
            depth
            for depth, theirs in enumerate(encoder.roberta.encoder.layer)
            if torch.equal(layer.fc1.weight, theirs.intermediate.dense.weight)
            and torch.equal(layer.fc2.bias, theirs.output.dense.bias)
            and torch.equal(layer.self_attn.v_proj.weight, theirs.attention.self.value.weight)
            and torch.equal(layer.final_layer_norm.weight, theirs.output.LayerNorm.weight)
        ]
        assert same == ([] if origin is None else [origin])


@pytest.mark.parametrize("choice", ["self_attention", "random"])
def test_cross_attention_starts_from_self_attention_or_at_random(choice):
    encoder = randomised(new_encoder(four_layers(), 74, 40, 0.0, 1))
    bart = from_encoder(encoder, four_layers(cross_attention=choice, decoder_from="top"), 74, 0.0, 1)
    for depth, layer in enumerate(bart.model.decoder.layers):
        attention = encoder.roberta.encoder.layer[2 + depth].attention
        pairs = [
            (layer.encoder_attn.q_proj.weight, attention.self.query.weight),
            (layer.encoder_attn.out_proj.bias, attention.output.dense.bias),
            (layer.encoder_attn_layer_norm.weight, attention.output.LayerNorm.weight),
        ]
        assert {torch.equal(ours, theirs) for ours, theirs in pairs} == {choice == "self_attention"}


def test_embeddings_are_shared_and_tags_are_added():
    encoder = randomised(new_encoder(four_layers(), 70, 40, 0.0, 1))
    bart = from_encoder(encoder, four_layers(), 74, 0.0, 1)
    words = bart.model.shared.weight
    assert torch.equal(words[:70], encoder.roberta.embeddings.word_embeddings.weight)
    assert words.shape == (74, 16)
    assert words[70:].std() > 0
    assert (
        bart.lm_head.weight is bart.model.encoder.embed_tokens.weight is bart.model.decoder.embed_tokens.weight is words
    )


def test_more_decoder_than_encoder_layers_need_a_random_decoder():
    shape = four_layers(decoder_layers=6)
    encoder = new_encoder(shape, 74, 40, 0.0, 1)
    with pytest.raises(CrosstalkError, match=r"^model.decoder_layers: 6 cannot start from 4 .*decoder_from: random$"):
        from_encoder(encoder, shape, 74, 0.0, 1)
    assert (
        len(from_encoder(encoder, shape.model_copy(update={"decoder_from": "random"}), 74, 0.0, 1).model.decoder.layers)
        == 6
    )


@pytest.mark.parametrize("change", [{"hidden_act": "relu"}, {"layer_norm_eps": 1e-12}])
def test_an_encoder_that_bart_cannot_be_is_refused(shape, change):
    config = XLMRobertaConfig(
        vocab_size=74, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        **({"layer_norm_eps": 1e-5} | change),
    )  # fmt: skip
    with pytest.raises(CrosstalkError, match="expected XLM-R"):
        from_encoder(XLMRobertaForMaskedLM(config), shape, 74, 0.0, 1)


def test_a_saved_model_is_a_plain_transformers_model(xlmt, tmp_path):
    xlmt.save_pretrained(tmp_path / "model")
    plain = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "model").eval()
    output = plain.generate(input_ids=IDS, attention_mask=(IDS != PAD).long(), num_beams=2, max_length=9)
    assert output.shape[0] == 2
    assert (output[:, 0] == EOS).all()
    assert all(torch.equal(value, plain.state_dict()[name]) for name, value in xlmt.state_dict().items())


def test_dropout_can_be_another_when_a_model_is_loaded(xlmt, tmp_path):
    xlmt.save_pretrained(tmp_path / "model")
    assert load_xlmt(tmp_path / "model").config.dropout == 0.0
    assert load_xlmt(tmp_path / "model", dropout=0.3).model.encoder.layers[0].dropout == 0.3


@pytest.mark.parametrize("damage", ["truncated weights", "no weights", "broken configuration", "missing", "an encoder"])
def test_a_folder_that_is_no_model_is_refused_in_one_line(shape, xlmt, tmp_path, damage):
    folder = tmp_path / "model"
    if damage == "an encoder":
        new_encoder(shape, 74, 40, 0.0, 1).save_pretrained(folder)
    elif damage != "missing":
        xlmt.save_pretrained(folder)
    weights = folder / "model.safetensors"
    if damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:-64])
    elif damage == "no weights":
        weights.unlink()
    elif damage == "broken configuration":
        (folder / "config.json").write_text('{"d_model": ')
    with pytest.raises(CrosstalkError, match=r"model: not a readable model folder \(.+\)") as told:
        load_xlmt(folder)
    assert "\n" not in str(told.value)


def test_the_decoder_reads_the_labels_moved_right():
    labels = torch.tensor([[5, 6, EOS], [7, EOS, PAD]])
    assert decoder_inputs(labels).tolist() == [[EOS, 5, 6], [EOS, 7, EOS]]
    assert decoder_inputs(labels, 71).tolist() == [[71, 5, 6], [71, 7, EOS]]
