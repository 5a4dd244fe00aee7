"""CTranslate2 gives the hypotheses of transformers, under any mask."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from crosstalk.config.nrd import Decode
from crosstalk.config.root import Speed
from crosstalk.decode.converted import Converted, convert
from crosstalk.decode.engines import engine, searching
from crosstalk.decode.filtered import Mask, folded
from crosstalk.decode.search import beam_search
from crosstalk.errors import CrosstalkError
from crosstalk.tokens.vocabulary import EOS

SHORT = {"max_ratio": 0.6, "max_extra": 2}
"""Some hypotheses end by themselves before this limit, others do not."""
MASKS: dict[str, Mask] = {
    "units": {0: torch.linspace(-2, 2, 24), 1: torch.arange(24) % 3 * 2.0},
    "output": {2: torch.linspace(-1, 3, 16)},
}


@pytest.fixture
def other(small):
    """Another thirty sentences of another language, in any order, into two languages."""
    store, tags = small.stores["qab_Cyrl"], small.vocabulary.tags
    return [np.array([tags[["eng_Latn", "qaa_Latn"][row % 2]], *store[row], EOS], np.int32) for row in range(30)]


def converted(model, small, folder: Path, threads: int = 1) -> Converted:
    convert(model, small.vocabulary.spellings(), folder)
    return Converted(folder, small.vocabulary.spellings(), 40, "cpu", threads)


@pytest.mark.parametrize("settings", [{}, SHORT, {"beam": 1}, {"beam": 2, "length_penalty": 0.3}, {"max_extra": 500}])
def test_hypotheses_are_those_of_transformers(small, model, other, tmp_path, settings):
    decode = Decode(**{"beam": 5, **settings})
    starts = [EOS, 72, 73] * 10
    expected = beam_search(model, other, starts, decode, 7, "")
    assert converted(model, small, tmp_path).beam_search(other, starts, decode, 7, "") == expected
    assert len({tuple(row) for row in expected}) > 5


def test_hypotheses_that_never_end(small, model, other, tmp_path):
    model.final_logits_bias[0, EOS] = -1e4
    found = converted(model, small, tmp_path).beam_search(other, [EOS] * 30, Decode(**SHORT), 4, "")
    assert found == beam_search(model, other, [EOS] * 30, Decode(**SHORT), 4, "")
    assert [len(row) for row in found] == [int(0.6 * len(source)) + 1 for source in other]


def test_neither_the_batch_nor_the_threads_matter(small, model, other, tmp_path):
    one = converted(model, small, tmp_path).beam_search(other, [EOS] * 30, Decode(), 1, "")
    many = Converted(tmp_path, small.vocabulary.spellings(), 40, "cpu", 3)
    assert many.beam_search(other, [EOS] * 30, Decode(), 100, "") == one
    assert many.beam_search(other[::-1], [EOS] * 30, Decode(), 4, "") == one[::-1]
    assert many.beam_search([], [], Decode(), 4, "") == []


@pytest.mark.parametrize("site", MASKS)
def test_a_mask_is_folded_in(small, model, other, site):
    def search(name: str, mask: Mask) -> list[list[int]]:
        with searching(model, small.vocabulary, mask, Decode(), Speed(engine=name)) as found:
            return found(other, [EOS] * 30, "")

    expected = search("transformers", MASKS[site])
    assert search("ctranslate2", MASKS[site]) == expected
    plain = search("ctranslate2", {})
    assert sum(ours != theirs for ours, theirs in zip(plain, expected, strict=True)) > 5
    assert plain == search("transformers", {})


@pytest.mark.parametrize("site", MASKS)
def test_ones_are_the_unmodified_model_byte_for_byte(small, model, tmp_path, site):
    for name, mask in (("plain", {}), ("ones", {layer: torch.ones_like(row) for layer, row in MASKS[site].items()})):
        (tmp_path / name).mkdir()
        with folded(model, mask):
            convert(model, small.vocabulary.spellings(), tmp_path / name)
    assert (tmp_path / "plain/model.bin").read_bytes() == (tmp_path / "ones/model.bin").read_bytes()


@pytest.mark.parametrize("quantization", [None, "int8", "float16"])
def test_the_model_is_as_before(small, model, tmp_path, quantization):
    before = copy.deepcopy(model.state_dict())
    convert(model, small.vocabulary.spellings(), tmp_path, quantization)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_quantized_weights_are_smaller_and_translate(small, model, other, tmp_path):
    convert(model, small.vocabulary.spellings(), tmp_path, "int8")
    found = Converted(tmp_path, small.vocabulary.spellings(), 40, "cpu", 1).beam_search(
        other, [EOS] * 30, Decode(), 9, ""
    )
    assert sum(map(len, found)) > 30
    assert (tmp_path / "model.bin").stat().st_size < 4 * sum(value.numel() for value in model.parameters())


def test_a_damaged_folder_is_told_in_one_line(small, model, tmp_path):
    convert(model, small.vocabulary.spellings(), tmp_path)
    whole = (tmp_path / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(
        CrosstalkError, match=r"^.*: not a readable CTranslate2 folder \([^\n]*\); it may be truncated$"
    ):
        Converted(tmp_path, small.vocabulary.spellings(), 40, "cpu", 1)


def test_the_engine_is_the_fastest_that_gives_the_same():
    assert engine(Speed(), Decode(), "cpu") == "ctranslate2"
    assert engine(Speed(), Decode(), "cuda") == "transformers"
    assert engine(Speed(), Decode(stop="score"), "cpu") == "transformers"
    assert engine(Speed(engine="ctranslate2"), Decode(), "cuda") == "ctranslate2"
    assert engine(Speed(engine="transformers"), Decode(), "cpu") == "transformers"
