"""Beam search here beside ``transformers.generate``, on a model that has learnt the embedded world a little.

A random model never ends its sentences, so one is trained first, for less than a minute. All sides translate the same
sentences of test with the same beam, and what they say is compared: a ratio counts only at equal output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import torch
from accelerate import Accelerator
from transformers import BartForConditionalGeneration

from benchmarks.pairs import Row, judged, paired
from crosstalk.config import Config
from crosstalk.decode.converted import Converted, convert
from crosstalk.decode.limits import longest_output
from crosstalk.decode.search import beam_search, beam_settings
from crosstalk.models.embeddings import align
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.batches import pad
from crosstalk.tokens.store import encode, open_stores
from crosstalk.tokens.vocabulary import EOS, PAD, Vocabulary, save, train, training_sentences
from crosstalk.training import recipes
from crosstalk.world import generate

ROUNDS, UPDATES, BATCH, PIECES = 5, 600, 64, 900
LANGUAGES = ("eng_Latn", "qaa_Latn", "qab_Cyrl")
Hypotheses = list[list[int]]


@dataclass(frozen=True)
class Task:
    """A model and what it is to translate: ids with tag and end."""

    model: BartForConditionalGeneration
    vocabulary: Vocabulary
    sources: list[np.ndarray]
    config: Config
    threads: int


def task(config: Config, threads: int, folder: Path) -> Task:
    """Train the model of the default configuration for a few updates on three languages of the world."""
    sentences = generate(config.world, LANGUAGES).sentences
    tables = {code: sentences.filter(pc.equal(sentences["language"], code)) for code in LANGUAGES}
    texts = (text for table in tables.values() for text in training_sentences(table, config.tokens.sentences))
    save(train(texts, config.tokens.model_copy(update={"size": PIECES})), LANGUAGES, folder / "vocabulary")
    vocabulary = Vocabulary.load(folder / "vocabulary")
    for code, table in tables.items():
        encode(table, vocabulary, folder / code)
    stores = open_stores(folder / code for code in LANGUAGES)
    encoder = new_encoder(config.model, vocabulary.size, config.tokens.max_length, 0.0, 1)
    align(encoder.roberta.embeddings.word_embeddings.weight, stores, config.model.aligned, 1)
    settings = config.foundation.model_copy(update={"updates": UPDATES, "checkpoint_every": UPDATES, "average": 1})
    model, outcome = recipes.found(
        encoder, stores, vocabulary, config.model, settings, config.tokens.max_length, LANGUAGES[0], 1,
        folder / "checkpoints", Accelerator(cpu=True),
    )  # fmt: skip
    model.load_state_dict(outcome.weights, strict=False)
    tests = (table.filter(pc.equal(table["split"], "test"))["text"].to_pylist() for table in tables.values())
    ids = vocabulary.encode([text for texts in list(tests)[1:] for text in texts])
    sources = [np.array([vocabulary.tags[LANGUAGES[0]], *row, EOS], np.int32) for row in ids]
    order = np.random.default_rng(1).permutation(len(sources))
    return Task(model.eval(), vocabulary, [sources[i] for i in order], config, threads)


def here(job: Task) -> Callable[[], Hypotheses]:
    """``decode.search`` on transformers: sorted by length, each sentence with an end of its own."""
    return lambda: beam_search(job.model, job.sources, [EOS] * len(job.sources), job.config.decode, BATCH, "")


def converted(job: Task, folder: Path) -> Callable[[], Hypotheses]:
    """The export to CTranslate2."""
    convert(job.model, job.vocabulary.spellings(), folder)
    positions = job.model.config.max_position_embeddings
    copy = Converted(folder, job.vocabulary.spellings(), positions, "cpu", job.threads)
    return lambda: copy.beam_search(job.sources, [EOS] * len(job.sources), job.config.decode, BATCH, "")


def generate_alone(job: Task) -> Callable[[], Hypotheses]:
    """``transformers.generate`` on batches in the order of the sentences, ended where their longest may."""
    settings = beam_settings(job.config.decode)
    settings.decoder_start_token_id = EOS
    positions = job.model.config.max_position_embeddings

    @torch.inference_mode()
    def run() -> Hypotheses:
        found = []
        for at in range(0, len(job.sources), BATCH):
            rows = job.sources[at : at + BATCH]
            ids = torch.from_numpy(pad(rows, PAD))
            settings.max_length = longest_output(ids.shape[1], job.config.decode, positions)
            output = job.model.generate(input_ids=ids, attention_mask=(ids != PAD).long(), generation_config=settings)
            found += [row[: row.index(EOS)] if EOS in row else row for row in output[:, 1:].tolist()]
        return found

    return run


def compared(name: str, ours: Callable[[], Hypotheses], peer: Callable[[], Hypotheses], target: str) -> list[Row]:
    """Sentences a second of both, and the share of sentences of which both say the same."""
    mine, theirs = ours(), peer()
    same = sum(one == other for one, other in zip(mine, theirs, strict=True)) / len(mine)
    spent, other, ratio = paired(ours, peer, ROUNDS)
    return [
        judged(f"{name} (sentences/s)", len(mine) / spent, len(mine) / other, 1 / ratio, target),
        judged(f"{name}: equal hypotheses", same, 1.0, same, ">= 0.995"),
    ]


def comparisons(job: Task, folder: Path) -> list[Row]:
    """Decoding on transformers, and the export to CTranslate2, beside ``transformers.generate``."""
    (folder / "converted").mkdir()
    peer = generate_alone(job)
    rows = compared("decoding / generate", here(job), peer, ">= 1.0")
    return rows + compared("CTranslate2 / generate", converted(job, folder / "converted"), peer, ">= 4")
