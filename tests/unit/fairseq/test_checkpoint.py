from __future__ import annotations

import argparse
import pickle

import pytest
import torch

from crosstalk.errors import CrosstalkError
from crosstalk.fairseq.checkpoint import architecture, export_checkpoint, import_checkpoint, rearranged
from crosstalk.fairseq.unpickle import read_checkpoint

TASK = {"task": "translation", "source_lang": "a", "target_lang": "b"}
IDS = torch.tensor([[5, 9, 33, 12, 2], [8, 60, 7, 2, 1]])


def logits(model) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=IDS, attention_mask=(IDS != 1).long(), decoder_input_ids=IDS).logits


def test_out_and_in_again_is_the_same_model(xlmt, tmp_path):
    export_checkpoint(xlmt, tmp_path / "one.pt", TASK)
    back = import_checkpoint(tmp_path / "one.pt")
    for name, value in xlmt.state_dict().items():
        assert torch.equal(back.state_dict()[name], value), name
    assert architecture(back) == architecture(xlmt)
    export_checkpoint(back, tmp_path / "two.pt", TASK)
    one, two = (read_checkpoint(tmp_path / f"{name}.pt") for name in ("one", "two"))
    assert one[1] == two[1]
    assert one[0].keys() == two[0].keys()
    assert all(torch.equal(one[0][name], two[0][name]) for name in one[0])


def test_ids_take_the_order_of_another_vocabulary(xlmt, tmp_path):
    pieces = [f"p{number}" for number in range(xlmt.config.vocab_size)]
    before = logits(xlmt)
    export_checkpoint(xlmt, tmp_path / "c.pt", TASK)
    order = torch.randperm(len(pieces), generator=torch.Generator().manual_seed(1))
    model = rearranged(import_checkpoint(tmp_path / "c.pt"), pieces, [pieces[i] for i in order])
    new = order.argsort()
    with torch.no_grad():
        found = model(input_ids=new[IDS], attention_mask=(IDS != 1).long(), decoder_input_ids=new[IDS]).logits
    torch.testing.assert_close(found[:, :, new], before, rtol=1e-5, atol=1e-5)
    assert rearranged(model, pieces, pieces[:5]).config.vocab_size == 5
    with pytest.raises(CrosstalkError, match="lacks 1 of 2 pieces of the vocabulary: 'other'"):
        rearranged(import_checkpoint(tmp_path / "c.pt"), pieces, ["p1", "other"])
    with pytest.raises(CrosstalkError, match="the dictionary has 3 ids"):
        rearranged(import_checkpoint(tmp_path / "c.pt"), pieces[:3], ["p1"])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"encoder_learned_pos": False}, "encoder_learned_pos is False; only True can be a BART"),
        ({"decoder_normalize_before": True}, "decoder_normalize_before is True; only False"),
        ({"activation_fn": "swish"}, "activation_fn is swish; only relu and gelu"),
        ({"layernorm_embedding": False}, "layernorm_embedding is False"),
    ],
)
def test_what_no_bart_is_is_refused_in_one_line(xlmt, tmp_path, changes, problem):
    torch.save(
        {"model": {}, "args": argparse.Namespace(**{**architecture(xlmt), **changes})} | _weights(xlmt, tmp_path),
        tmp_path / "c.pt",
    )
    with pytest.raises(CrosstalkError, match=problem):
        import_checkpoint(tmp_path / "c.pt")


def _weights(xlmt, tmp_path) -> dict[str, dict[str, torch.Tensor]]:
    export_checkpoint(xlmt, tmp_path / "whole.pt", TASK)
    return {"model": read_checkpoint(tmp_path / "whole.pt")[0]}


def test_an_output_bias_cannot_go_out(xlmt, tmp_path):
    xlmt.final_logits_bias += 1
    with pytest.raises(CrosstalkError, match="no output bias"):
        export_checkpoint(xlmt, tmp_path / "c.pt", TASK)
    assert not list(tmp_path.iterdir())


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_nothing_in_a_checkpoint_is_run(xlmt, tmp_path):
    settings = argparse.Namespace(**architecture(xlmt))
    torch.save({**_weights(xlmt, tmp_path), "args": settings, "extra": Bomb(str(tmp_path / "ran"))}, tmp_path / "c.pt")
    assert torch.equal(logits(import_checkpoint(tmp_path / "c.pt")), logits(xlmt))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint", pickle.dumps({"model": 1})])
def test_a_damaged_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "c.pt").write_bytes(content)
    with pytest.raises(CrosstalkError, match=r"c\.pt: not a"):
        read_checkpoint(tmp_path / "c.pt")
