"""``python -m benchmarks``: the NRD chain, the matrix and NeuMT beside plain counterparts; the page."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ |= {"GOMP_SPINCOUNT": "5000", "TQDM_DISABLE": "1"}

import numpy as np
import psutil
import torch
import yaml
from accelerate import Accelerator
from transformers import BartForConditionalGeneration

from benchmarks import decoding, fairseq, matrix, multimodal, page
from benchmarks.pairs import Row, judged, paired, write
from crosstalk.config import Config, load
from crosstalk.decode.filtered import folded
from crosstalk.decode.search import beam_search
from crosstalk.models.encoder import new_encoder
from crosstalk.models.units import encoder_of, feed_forwards
from crosstalk.models.xlmt import from_encoder
from crosstalk.neurons.profile import Encoding, profile
from crosstalk.tokens.batches import pad
from crosstalk.tokens.bitexts import Direction, Micro
from crosstalk.tokens.vocabulary import EOS, PAD
from crosstalk.training.translation import translation_loss
from crosstalk.training.units import Allowed, UnitUpdater
from crosstalk.training.updates import DenseUpdater

THREADS, ROUNDS, LONGEST = 2, 7, 24
TAG = 5


def sentences(count: int, size: int, seed: int = 1) -> list[np.ndarray]:
    """Random token ids of 8 to 24 tokens, a tag first and the end last."""
    rng = np.random.default_rng(seed)
    return [np.array([TAG, *rng.integers(6, size, rng.integers(6, LONGEST - 2)), EOS]) for _ in range(count)]


def profiling(model: BartForConditionalGeneration, config: Config) -> list[Row]:
    """The variance profile against the plain encoder over the same batches; memory for eight times the sentences."""
    size, batch = model.config.vocab_size, config.speed.batch_sentences
    rows = sentences(1600, size)
    sets = [rows[i : i + 5] for i in range(0, len(rows), 5)]
    encoding = Encoding(model.eval(), "mean", batch)

    @torch.no_grad()
    def plain() -> None:
        for start in range(0, len(rows), 320):
            part = sorted(rows[start : start + 320], key=len)
            for at in range(0, len(part), batch):
                ids = torch.from_numpy(pad(part[at : at + batch], PAD))
                encoder_of(model)(input_ids=ids, attention_mask=(ids != PAD).long())

    ours, peer, ratio = paired(lambda: profile(encoding, "eng_Latn", sets), plain, ROUNDS)
    process = psutil.Process()
    profile(encoding, "eng_Latn", sets)
    before = process.memory_info().rss / 2**20
    profile(encoding, "eng_Latn", (members for _ in range(8) for members in sets))
    after = process.memory_info().rss / 2**20
    speed = judged("profile / encoder (sentences/s)", len(rows) / ours, len(rows) / peer, 1 / ratio, ">= 0.8")
    return [speed, judged("memory at 8 x / 1 x sentences (MB)", after, before, after / before, "<= 1.05")]


def steps(model: BartForConditionalGeneration, config: Config) -> list[Row]:
    """A sparse fine-tuning step against a dense one, on the same batches; elements of optimiser state."""
    accelerator, settings = Accelerator(cpu=True), config.specialisation
    size, units = model.config.vocab_size, model.config.encoder_ffn_dim
    rng = np.random.default_rng(2)
    semantic = rng.choice(units, round(config.selection.p_sem * units), replace=False)
    languages = [f"l{i}" for i in range(9)]
    left = np.setdiff1d(np.arange(units), semantic)

    def allowed() -> Allowed:
        own = rng.choice(left, round(config.selection.p_syn * units), replace=False)
        chosen = torch.from_numpy(np.sort(np.concatenate([semantic, own])))
        return Allowed(tuple(chosen for _ in feed_forwards(model)))

    budget = settings.sampling.batch_tokens
    micros = []
    for seed in range(9):
        rows = [row for row in sentences(400, size, seed) if len(row) == 14][: budget // 14]
        micros.append(Micro(Direction(languages[seed], "t"), np.stack(rows), np.stack(rows)[:, 1:]))
    sparse, dense = copy.deepcopy(model).train(), copy.deepcopy(model).train()
    updaters = {
        "sparse": UnitUpdater(sparse, {language: allowed() for language in languages}, settings, accelerator),
        "dense": DenseUpdater(dense, settings, accelerator),
    }

    def run(name: str, trained: BartForConditionalGeneration) -> Callable[[], None]:
        def work() -> None:
            for micro in micros:
                updaters[name].begin(micro.direction.src)
                (translation_loss(trained, micro, {"t": TAG}, 0.1) / micro.tokens).backward()
                updaters[name].step(1e-4)

        return work

    ours, peer, ratio = paired(run("sparse", sparse), run("dense", dense), ROUNDS)
    state = [sum(value.numel() for value in updaters[name].state().values()) for name in ("sparse", "dense")]
    return [
        judged("sparse / dense step (s)", ours / len(micros), peer / len(micros), ratio, "<= 0.75"),
        judged("sparse / dense optimiser state (elements)", *state, state[0] / state[1], "<= 0.75"),
    ]


def filtering(model: BartForConditionalGeneration, config: Config) -> list[Row]:
    """Beam search with a folded filter against without, the same number of steps."""
    rows = sentences(256, model.config.vocab_size)
    units = model.config.encoder_ffn_dim
    mask = {layer: torch.where(torch.arange(units) % 5 == 0, 0.7, 1.0) for layer in range(model.config.encoder_layers)}
    limits = config.decode.model_copy(update={"max_ratio": 0.01, "max_extra": 16})

    def plain() -> None:
        beam_search(model.eval(), rows, [EOS] * len(rows), limits, config.speed.batch_sentences, "")

    def filtered() -> None:
        with folded(model, mask):
            plain()

    ours, peer, ratio = paired(filtered, plain, ROUNDS)
    return [judged("filtered / unfiltered decoding (s)", ours, peer, ratio, "<= 1.02")]


def main() -> None:
    """Run all comparisons and write results/bench/summary.csv."""
    torch.set_num_threads(THREADS)
    config = load(yaml.safe_load(Path("config.yaml").read_text()))
    encoder = new_encoder(config.model, config.tokens.size, config.tokens.max_length, 0.0, 1)
    model = from_encoder(encoder, config.model, config.tokens.size, 0.0, 1)
    parameters = sum(value.numel() for value in model.parameters())
    print(f"{THREADS} threads; {parameters:,} parameters; median of {ROUNDS} pairs")
    rows = [
        *profiling(model, config),
        *steps(model, config),
        *filtering(model, config),
        *matrix.comparisons(),
        *multimodal.comparisons(),
        *page.comparisons(),
    ]
    with tempfile.TemporaryDirectory() as folder:
        job = decoding.task(config, THREADS, Path(folder))
        rows += [*decoding.comparisons(job, Path(folder)), *fairseq.comparisons(job, Path(folder))]
    write(rows, Path("results/bench/summary.csv"))


if __name__ == "__main__":
    main()
