"""The matrix's engine beside ``transformers.Trainer``: the same XLM-R, the same sentences and masks, two threads.

The share of the machine's matrix-product rate counts what no implementation can leave out: forward and backward, six
operations for each weight and token it acts on. All layers act on every token but the last, which only needs keys and
values of all and the rest at scored tokens, as do the output layer (6 x vocabulary x width a scored token) and its
dense layer; attention takes 12 x width for each query and key of one sentence. Adam, norms, GELU, softmax, embeddings
and everything else count nothing. The rate is that of a product of two 2,048-row float32 matrices, timed in turn with
the updates, on as many threads and with as much beside it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, XLMRobertaForMaskedLM

from benchmarks.pairs import Row, judged, seconds
from crosstalk.config.matrix import MatrixModel, MatrixTraining
from crosstalk.config.training import Model
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.encoder import Encoders
from crosstalk.matrix.engine import GROUPS, Engine
from crosstalk.matrix.packing import Packed, pack
from crosstalk.matrix.streams import Streams
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.batches import pad
from crosstalk.tokens.store import TokenStore
from crosstalk.tokens.vocabulary import PAD, Vocabulary

ROUNDS = 3
UPDATES = {8_000: 8, 250_000: 2}
"""Updates of a round."""
PAIR = Run("qaa_Latn", "qab_Latn", False, 1)
TRAINING = MatrixTraining(sentences=32)
SHAPES = {8_000: MatrixModel(d_model=64, ffn=256, heads=4), 250_000: MatrixModel(d_model=128, ffn=512, heads=4)}


class Ids(Vocabulary):
    """A vocabulary of a given size without pieces."""

    def __init__(self, size: int) -> None:
        self.size, self.mask, self.tags = size, size - 1, {}


def store(size: int, seed: int) -> TokenStore:
    """2,000 sentences of random tokens, as long as translated news is: 10 to 80 tokens, most about 35."""
    rng = np.random.default_rng(seed)
    lengths = np.clip(rng.lognormal(3.55, 0.4, 2000).astype(int), 10, 80)
    ids = rng.integers(4, size - 1, lengths.sum()).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return TokenStore(ids, offsets, np.arange(2000, dtype=np.uint64), np.zeros(2000, np.int16), ("train",))


def streams(size: int) -> Streams:
    """The two languages of the pair."""
    return Streams({language: store(size, i) for i, language in enumerate(PAIR.languages)}, Ids(size), TRAINING)


class Ours:
    """The engine."""

    def __init__(self, size: int) -> None:
        self._streams, self._updates, self._update = streams(size), UPDATES[size], 0
        encoders = Encoders.new(SHAPES[size], size, TRAINING.max_length, 1)
        encoders.start([PAIR.seed])
        self.state = encoders.state_dict()
        self._engine = Engine(encoders, TRAINING)

    def batch(self) -> Packed:
        """The next update's."""
        self._update += 1
        return pack([self._streams.batch(PAIR, self._update - 1)], "cpu", GROUPS)

    def seconds(self) -> float:
        """Of an update, drawing and laying out its sentences included."""
        start = time.perf_counter()
        for _ in range(self._updates):
            self._engine.step(self.batch(), 1e-3).tolist()
        return (time.perf_counter() - start) / self._updates


class Clock(TrainerCallback):
    """When each update of a Trainer ended."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_step_end(self, *_: object, **__: object) -> None:
        """Called by the Trainer."""
        self.times.append(time.perf_counter())


class Peer:
    """``transformers.Trainer``."""

    def __init__(self, size: int, state: dict[str, torch.Tensor]) -> None:
        shape, self._streams, self._updates = SHAPES[size], streams(size), UPDATES[size]
        wide = Model(d_model=shape.d_model, ffn=shape.ffn, heads=shape.heads, encoder_layers=shape.layers)
        self._model: XLMRobertaForMaskedLM = new_encoder(wide, size, TRAINING.max_length, 0.0, 1)
        self._model.load_state_dict(state)

    def collate(self, updates: list[int]) -> dict[str, torch.Tensor]:
        """The update's sentences, padded, and labels that are -100 where nothing is scored."""
        rows, labels = [], []
        for part in self._streams.batch(PAIR, updates[0]):
            flat = np.full(len(part.ids), -100, np.int32)
            flat[part.positions] = part.labels
            cuts = np.cumsum(part.lengths)[:-1]
            rows += np.split(part.ids.astype(np.int32), cuts)
            labels += np.split(flat, cuts)
        ids = torch.from_numpy(pad(rows, PAD))
        return {"input_ids": ids, "attention_mask": (ids != PAD).long(), "labels": torch.from_numpy(pad(labels, -100))}

    def seconds(self) -> float:
        """Of an update, the first one and the set-up not counted."""
        clock = Clock()
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder, max_steps=self._updates + 1, per_device_train_batch_size=1, learning_rate=1e-3,
                weight_decay=TRAINING.weight_decay, max_grad_norm=TRAINING.clip, logging_strategy="no",
                save_strategy="no", report_to=[], use_cpu=True, remove_unused_columns=False, disable_tqdm=True,
            )  # fmt: skip
            trainer = Trainer(
                model=self._model, args=arguments, data_collator=self.collate, callbacks=[clock],
                train_dataset=list(range(200)),
            )  # fmt: skip
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        return (clock.times[-1] - clock.times[0]) / self._updates


def operations(batch: Packed, size: int) -> float:
    """Floating-point operations that an update cannot do without."""
    shape = SHAPES[size]
    tokens, scored, width = batch.ids.numel(), batch.labels.numel(), shape.d_model
    lengths = np.concatenate([(each == 0).flatten(1).sum(1).numpy() for each in batch.absent]).astype(float)
    projections, units = width * width, 2 * width * shape.ffn
    inner = 6 * tokens * (4 * projections + units) + 12 * width * (lengths**2).sum()
    last = 6 * (tokens * 2 * projections + scored * (2 * projections + units)) + 12 * width * scored * lengths.mean()
    return float((shape.layers - 1) * inner + last + 6 * scored * (projections + size * width))


def rate() -> float:
    """Operations a second of a large product of float32 matrices."""
    left, right = torch.randn(2048, 2048), torch.randn(2048, 2048)
    left @ right
    return 2 * 2048**3 / seconds(lambda: left @ right)


def beside(size: int) -> list[tuple[float, float]]:
    """Seconds of an update, and the machine's rate, of each round, in a process of its own with one thread."""
    torch.set_num_threads(1)
    ours = Ours(size)
    ours.seconds()
    return [(ours.seconds(), rate()) for _ in range(4 * ROUNDS)]


def side_by_side(size: int) -> list[tuple[float, float]]:
    """The same for the machine when two runs, of one thread each, share it."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        both = zip(*pool.map(beside, [size, size]), strict=True)
    return [(1 / sum(1 / own for own, _ in each), sum(peak for _, peak in each)) for each in both]


def shares(rounds: list[tuple[float, float]], work: float) -> tuple[float, float, float]:
    """Operations a second of updates of ``work`` operations, the machine's rate, and their ratio; medians."""
    table = np.array([(work / own, peak, work / own / peak) for own, peak in rounds])
    return tuple(np.median(table, axis=0))


def comparisons() -> list[Row]:
    """Sentences a second of one run on both threads and of two runs side by side; the share of the machine's rate."""
    rows = []
    for size, shape in SHAPES.items():
        ours = Ours(size)
        peer = Peer(size, ours.state)
        ours.seconds()
        times = [(ours.seconds(), peer.seconds(), rate()) for _ in range(ROUNDS)]
        mine, theirs, _ = (statistics.median(column) for column in zip(*times, strict=True))
        ratio = statistics.median(other / own for own, other, _ in times)
        name, sentences = f"matrix {size:,} x {shape.d_model}", TRAINING.sentences
        rows.append(
            judged(f"{name}: engine / Trainer (sentences/s)", sentences / mine, sentences / theirs, ratio, ">= 5")
        )
        pairs = side_by_side(size)
        both = statistics.median(own for own, _ in pairs)
        rows.append(
            judged(
                f"{name}: two runs / Trainer (sentences/s)", sentences / both, sentences / theirs, theirs / both, ">= 5"
            )
        )
        work = statistics.mean(operations(ours.batch(), size) for _ in range(8))
        alone = [(own, peak) for own, _, peak in times]
        best, peak, share = max((shares(each, work) for each in (alone, pairs)), key=lambda each: each[2])
        rows.append(judged(f"{name}: engine / matrix product (GFLOP/s)", best / 1e9, peak / 1e9, share, ">= 0.5"))
    return rows
