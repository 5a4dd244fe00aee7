"""The same checkpoint in fairseq and here; a training by fairseq."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from crosstalk.config.data import Sampling
from crosstalk.config.nrd import Decode
from crosstalk.config.training import Foundation, Model
from crosstalk.decode.search import beam_search
from crosstalk.errors import CrosstalkError
from crosstalk.fairseq import shim
from crosstalk.fairseq.checkpoint import export_checkpoint, import_checkpoint
from crosstalk.fairseq.dictionary import write_dictionary
from crosstalk.fairseq.train import train
from crosstalk.models.encoder import new_encoder
from crosstalk.models.xlmt import from_encoder
from crosstalk.tokens.bitexts import supervised
from crosstalk.tokens.vocabulary import EOS, PAD
from crosstalk.training.loop import Outcome
from crosstalk.training.recipes import bitexts

needs_fairseq = pytest.mark.skipif(find_spec("fairseq") is None, reason="needs fairseq: make fairseq")
SETTINGS = Foundation(
    updates=231, warmup=20, learning_rate=1e-2, average=2, evaluate_every=77, checkpoint_every=77, dropout=0.0,
    sampling=Sampling(batch_tokens=256),
)  # fmt: skip


@pytest.fixture(scope="module")
def start(small):
    shape = Model(d_model=16, ffn=24, heads=2, encoder_layers=2, decoder_layers=2)
    return from_encoder(new_encoder(shape, small.vocabulary.size, 40, 0.0, 1), shape, small.vocabulary.size, 0.0, 1)


@pytest.fixture(scope="module")
def trained(small, start, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """By fairseq, from ``start``."""
    folder = tmp_path_factory.mktemp("fairseq") / "checkpoints"
    return run(small, start, folder), folder


def run(small, start, folder: Path, settings: Foundation = SETTINGS) -> Outcome:
    directions = supervised(small.stores, "eng_Latn")
    splits = {s: bitexts(small.stores, small.vocabulary, Model(), 40, directions, s) for s in ("train", "dev")}
    return train(start, splits, small.vocabulary, settings, 1, folder, "same", 1)


def theirs(path: Path):
    """The model of a checkpoint, and its task, as fairseq loads them."""
    shim.load_fairseq()
    from fairseq import checkpoint_utils

    models, _, task = checkpoint_utils.load_model_ensemble_and_task([str(path)])
    return models[0].eval(), task


def write(model, pieces: list[str], folder: Path) -> Path:
    for language in ("a", "b"):
        write_dictionary(pieces, folder / f"dict.{language}.txt")
    task = {"task": "translation", "data": str(folder), "source_lang": "a", "target_lang": "b"}
    export_checkpoint(model, folder / "c.pt", task)
    return folder / "c.pt"


@needs_fairseq
def test_logits_agree(small, start, tmp_path):
    model, _ = theirs(write(start, small.vocabulary.spellings(), tmp_path))
    source = torch.tensor([[5, 9, 33, 12, 2], [8, 60, 7, 2, 1]])
    before = torch.tensor([[2, 5, 6], [2, 7, 8]])
    with torch.no_grad():
        ours = start.eval()(input_ids=source, attention_mask=(source != PAD).long(), decoder_input_ids=before).logits
        found = model(source, (source != PAD).sum(1), before)[0]
    torch.testing.assert_close(found, ours, rtol=0, atol=1e-5)


@needs_fairseq
def test_fairseq_trains_from_our_start(start, trained):
    outcome, folder = trained
    assert outcome.weights.keys() == dict(start.named_parameters()).keys()
    rows = outcome.curve.to_pandas()
    assert rows["step"].iloc[-1] == SETTINGS.updates
    # The first line is after ten updates: nearer to the start's loss, ln 74 = 4.3, than to the end's.
    assert 3.0 < rows["loss"].iloc[0] < 4.5
    assert rows["loss"].dropna().iloc[-1] < 0.7 * rows["loss"].iloc[0]
    assert rows["dev_loss"].dropna().is_monotonic_decreasing
    assert rows["tokens"].is_monotonic_increasing
    assert rows["seconds"].is_monotonic_increasing
    saved = [import_checkpoint(folder / "checkpoints" / f"checkpoint_{name}.pt") for name in _last_two(folder)]
    name = "model.encoder.layers.0.fc1.weight"
    mean = sum(model.get_parameter(name).detach() for model in saved) / 2
    torch.testing.assert_close(outcome.weights[name], mean)


def _last_two(folder: Path) -> list[str]:
    found = [path.stem.removeprefix("checkpoint_") for path in (folder / "checkpoints").glob("checkpoint_*_*.pt")]
    return sorted(found, key=lambda name: int(name.split("_")[1]))[-2:]


@needs_fairseq
def test_a_finished_training_is_not_trained_again(small, start, trained):
    outcome, folder = trained
    again = run(small, start, folder)
    assert all(torch.equal(again.weights[name], value) for name, value in outcome.weights.items())
    assert again.curve.num_rows == outcome.curve.num_rows


@needs_fairseq
def test_hypotheses_agree(small, start, trained, tmp_path):
    start.load_state_dict(trained[0].weights, strict=False)
    path = write(start.eval(), small.vocabulary.spellings(), tmp_path)
    model, task = theirs(path)
    from fairseq.sequence_generator import SequenceGenerator

    test = bitexts(small.stores, small.vocabulary, Model(), 40, supervised(small.stores, "eng_Latn"), "test")
    sources = [
        row[row != PAD].astype(np.int32)
        for direction, pair in test.pairs.items()
        for row in test.micro(direction, np.arange(len(pair))).source
    ]
    limits = Decode(beam=5, length_penalty=1.0, max_ratio=3.0, max_extra=10)
    ours = beam_search(start, sources, [EOS] * len(sources), limits, 16, "")
    generator = SequenceGenerator([model], task.target_dictionary, beam_size=5, max_len_a=3.0, max_len_b=10)
    found = []
    for source in sources:
        ids = torch.from_numpy(source.astype(np.int64))[None]
        net = {"src_tokens": ids, "src_lengths": torch.tensor([ids.shape[1]])}
        best = generator.generate([model], {"net_input": net})[0][0]["tokens"].tolist()
        found.append(best[: best.index(EOS)])
    ended = [number for number, row in enumerate(ours) if len(row) < 2 * len(sources[number])]
    assert len(ended) > 0.9 * len(sources)
    assert len({tuple(row) for row in ours}) > 10
    assert [ours[number] for number in ended] == [found[number] for number in ended]


@needs_fairseq
def test_a_training_that_fails_says_so_in_one_line(small, start, tmp_path):
    with pytest.raises(CrosstalkError, match=r"^fairseq-train ended with \d+: .*log.jsonl$"):
        run(small, start, tmp_path / "c", SETTINGS.model_copy(update={"label_smoothing": "none"}))


def test_without_fairseq_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(shim, "find_spec", lambda _name: None)
    with pytest.raises(CrosstalkError, match=r"^fairseq is not installed; type: make fairseq$"):
        shim.load_fairseq()
