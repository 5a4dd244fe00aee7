"""Sentence encoders against the same model, sentence by sentence and without padding."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaModel,
)
from transformers.models.m2m_100.modeling_m2m_100 import M2M100Encoder

from crosstalk.errors import CrosstalkError
from crosstalk.matrix.embedders import own, pool, sentence_transformers_folder, transformers_folder
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.vocabulary import BOS, EOS

TEXTS = ["dog sees cat", "cat", "red house takes old river", "small dog"]
WORDS = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3} | {
    word: at for at, word in enumerate(sorted({word for text in TEXTS for word in text.split()}), start=4)
}


def test_pooling_by_hand() -> None:
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert pool(hidden, mask, "mean").tolist() == [[2, 4]]
    assert pool(hidden, mask, "first").tolist() == [[1, 2]]


def test_the_pipelines_own_encoder(small, shape, tmp_path: Path) -> None:
    encoder = new_encoder(shape, small.vocabulary.size, 12, 0.1, 1).eval()
    encoder.save_pretrained(tmp_path)
    found = own(tmp_path, small.vocabulary, 8, batch=3)(TEXTS, "eng_Latn")
    for text, embedding in zip(TEXTS, found, strict=True):
        ids = torch.tensor([[BOS, *small.vocabulary.encode([text])[0][:6], EOS]])
        with torch.no_grad():
            expected = encoder.roberta(ids).last_hidden_state[0].mean(0)
        np.testing.assert_allclose(embedding, expected, atol=1e-5)


@pytest.fixture
def xlmr(tmp_path: Path) -> Path:
    """A small XLM-R without a pooler, and a tokenizer of whole words."""
    torch.manual_seed(1)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    config = XLMRobertaConfig(vocab_size=len(WORDS), max_position_embeddings=40, pad_token_id=1, **shape)
    XLMRobertaForMaskedLM(config).save_pretrained(tmp_path)
    words = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", unk_token="<unk>").save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_a_transformers_folder(xlmr: Path, pooling) -> None:
    found = transformers_folder(xlmr, pooling, batch=3)(TEXTS, "eng_Latn")
    encoder = XLMRobertaModel.from_pretrained(xlmr, add_pooling_layer=False).eval()
    for text, embedding in zip(TEXTS, found, strict=True):
        with torch.no_grad():
            hidden = encoder(torch.tensor([[WORDS[word] for word in text.split()]])).last_hidden_state[0]
        expected = hidden.mean(0) if pooling == "mean" else hidden[0]
        np.testing.assert_allclose(embedding, expected, atol=1e-5)


def test_long_sentences_are_cut(xlmr: Path) -> None:
    cut, short = transformers_folder(xlmr, max_length=2)(["dog sees cat", "dog sees"], "eng_Latn")
    np.testing.assert_allclose(cut, short, atol=1e-6)


@pytest.mark.parametrize("kind", [M2M100Encoder, M2M100ForConditionalGeneration])
def test_an_encoder_decoder_lends_its_encoder(xlmr: Path, kind) -> None:
    torch.manual_seed(2)
    shape = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    model = kind(M2M100Config(vocab_size=len(WORDS), max_position_embeddings=40, **shape, **heads)).eval()
    model.save_pretrained(xlmr)
    found = transformers_folder(xlmr, batch=2)(TEXTS, "eng_Latn")
    encoder = model if kind is M2M100Encoder else model.get_encoder()
    for text, embedding in zip(TEXTS, found, strict=True):
        with torch.no_grad():
            hidden = encoder(torch.tensor([[WORDS[word] for word in text.split()]])).last_hidden_state[0]
        np.testing.assert_allclose(embedding, hidden.mean(0), atol=1e-5)


def test_a_tokenizer_that_needs_the_language_is_told(xlmr: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(xlmr)
    tokenizer.src_lang = None
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", lambda *_, **__: tokenizer)
    embed = transformers_folder(xlmr)
    embed(["cat"], "dog")
    assert tokenizer.src_lang == "dog"
    with pytest.raises(CrosstalkError, match="does not know the language 'eng_Latn'"):
        embed(["cat"], "eng_Latn")


def test_damaged_folders_are_refused(xlmr: Path, tmp_path: Path) -> None:
    with pytest.raises(CrosstalkError, match="not a readable transformers folder"):
        transformers_folder(tmp_path / "none")
    weights = xlmr / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(CrosstalkError, match="not a readable transformers folder"):
        transformers_folder(xlmr)


def test_sentence_transformers_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(CrosstalkError, match="pip install sentence-transformers"):
        sentence_transformers_folder("anywhere")


def test_sentence_transformers_reads_a_local_folder_of_safetensors(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    class Library:
        def __init__(self, folder: str, **settings: object) -> None:
            if folder == "broken":
                raise OSError("no config.json")
            asked.update(settings, folder=folder)

        def encode(self, texts: list[str], **settings: object) -> np.ndarray:
            return np.array([[len(text), 1.0] for text in texts])

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Library))
    assert sentence_transformers_folder("here")(["ab", "c"], "eng_Latn").tolist() == [[2, 1], [1, 1]]
    assert asked == {
        "folder": "here",
        "device": "cpu",
        "local_files_only": True,
        "model_kwargs": {"use_safetensors": True},
    }
    with pytest.raises(CrosstalkError, match="broken: not a readable sentence-transformers folder"):
        sentence_transformers_folder("broken")
