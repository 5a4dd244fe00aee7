"""What a job asks of a cluster: CPUs, GPUs, memory and time, from the size of the model and of the data.

Requests are limits, not forecasts: three times what the arithmetic takes at rates that are assumed here, and as much
again with every attempt.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from itertools import product
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from crosstalk import grid
from crosstalk.config import Config
from crosstalk.config.training import Optimisation
from crosstalk.demand_downstream import Classified
from crosstalk.demand_multimodal import Captioned
from crosstalk.errors import CrosstalkError
from crosstalk.plan_time import LENGTH, estimate, vocabulary_size
from crosstalk.work import PROCESS, READER, Work
from crosstalk.workflow import Wildcards, Workflow

_RATE = {"cpu": 10e9, "gpu": 30e12}
"""Floating-point operations per second of a CPU thread, and of a GPU, that trainings reach."""
_STEP = {"cpu": 0.02, "gpu": 0.1}
"""Seconds that a micro-batch, or a token of a batch that is decoded, takes however small it is."""
_SLACK = 3
_START = 15
"""Minutes besides the work: libraries, files, checkpoints, a node that is slow to start."""
_EXPANDED = 6
"""MB of memory for each MB of text: sentences as Arrow columns, as Python strings, and what is made of them."""
_SENTENCE = 200
"""Bytes of a sentence where there is no file to ask."""
_COMPRESSED = {".gz": 4, ".zip": 4, ".tgz": 4, ".parquet": 3}
_TESTED = 2_000
"""Test sentences of a direction where the configuration takes all: OPUS-100 has as many."""
_EMBEDDER = 600_000_000
"""Weights of a sentence encoder; MEXMA's and SONAR's are about as many."""
_TEXT = {"corpora": 1.0, "tests": 1.0, "vocabulary": 1.0, "encode": 0.5, "control_sets": 0.5}
"""Rules that read a benchmark's text, and how much of it: of a language at most one side of all pairs."""
_PASSES = {"profile": 1, "truth": 1, "stability": 2}
"""Rules that send all equivalence sets through the encoder, and how often."""


class Demand:
    """Resources for Snakemake's rules: answers are the keywords of ``resources:``."""

    def __init__(self, config: Config) -> None:
        self._config, self._flow = config, Workflow(config)
        self._device = "cpu" if config.speed.device == "cpu" else "gpu"

    def of(self, rule: str) -> dict[str, Any]:
        """What jobs of a rule ask for: values, or functions of wildcards and attempt."""
        if rule in _TEXT:
            return self.corpus(_TEXT[rule])
        if rule in _PASSES:
            return self.profile(_PASSES[rule])
        if rule in Captioned.RULES:
            return self._captioned(rule)
        if rule in Classified.RULES:
            return self._classified(rule)
        if rule in ("interference", "report"):
            return self.analysis()
        found: dict[str, Any] = getattr(self, rule, self.small)()
        return found

    def most(self, rule: str) -> dict[str, int]:
        """The most of each resource that the first attempt of a job of a rule asks for."""
        asked, found = self.of(rule), dict.fromkeys(("gpu", "cpus_per_task", "mem_mb", "runtime"), 0)
        every = grid.corpora(self._config)
        chosen = every if rule in _TEXT else grid.benchmarks(self._config) or every
        for benchmark, model in product(chosen, grid.tuned(self._config) or [""]):
            job = SimpleNamespace(benchmark=benchmark, tuned=model)
            for name in found:
                value = asked[name]
                found[name] = max(found[name], value(job, 1) if callable(value) else value)
        return found

    def encoder(self) -> dict[str, Any]:
        """Masked-LM training of the encoder; a pretrained one is only copied."""
        if self._config.model.pretrained:
            return self._asks(lambda _: self._read(0, self._weights[0]), self._config.speed.training_threads, 0)
        return self._training(lambda _: self._trained(self._config.pretraining, self._weights[0]))

    def foundation(self) -> dict[str, Any]:
        """Training of XLM-T."""
        return self._training(lambda _: self._trained(self._config.foundation, sum(self._weights)))

    def specialise(self) -> dict[str, Any]:
        """A method's training."""

        def work(wildcards: Wildcards) -> Work:
            settings = grid.training(self._config, self._flow.row(wildcards))
            return self._trained(settings, sum(self._weights))

        return self._training(work)

    def paraphrases(self) -> dict[str, Any]:
        """Round trips of one language's sentences, by sampling."""
        sets = self._config.sets
        return self._translating(lambda _: self._decoded(2 * sets.sentences * (sets.k - 1), 1))

    def decode(self) -> dict[str, Any]:
        """Beam search of every test sentence."""
        return self._translating(lambda w: self._decoded(self._tested(w.benchmark), self._config.decode.beam))

    def profile(self, times: int) -> dict[str, Any]:
        """The encoder over every set of every language, ``times`` over."""

        def work(wildcards: Wildcards) -> Work:
            sets, languages = self._config.sets, len(self._flow.benchmark(wildcards).languages)
            return self._read(times * sets.sentences * sets.k * languages, self._weights[0])

        return self._translating(work)

    def gamma(self) -> dict[str, Any]:
        """Gradients of validation batches of every supervised direction."""

        def work(wildcards: Wildcards) -> Work:
            settings, weights = self._config.gamma, sum(self._weights)
            batches = settings.batches * 2 * (len(self._flow.benchmark(wildcards).languages) - 1)
            return Work(
                6 * weights * batches * settings.batch_tokens,
                2 * batches,
                0,
                self._memory(weights, settings.batch_tokens),
            )

        return self._translating(work)

    def similarity(self) -> dict[str, Any]:
        """Every language's sentences through a sentence encoder."""
        settings = self._config.matrix.similarity
        weights = self._weights[0] if settings.encoder == "own" else _EMBEDDER
        count = settings.sentences * len(grid.matrix_languages(self._config))
        return self._translating(lambda _: self._read(count, weights))

    def block(self) -> dict[str, Any]:
        """The runs of one block of the matrix."""
        return self._runs(self._config.matrix.block + 2)  # a language alone, and with half a batch

    def mix(self) -> dict[str, Any]:
        """Mixes of one size."""
        check = self._config.matrix.check
        return self._runs(check.mixes + len(check.also))

    def _runs(self, count: int) -> dict[str, Any]:
        """Runs of the matrix with every seed."""
        settings = self._config.matrix

        def work(_wildcards: Wildcards) -> Work:
            found, training, model = self._matrix, settings.training, settings.model
            tokens = round(training.sentences * found["tokens_per_sentence"])
            runs = count * len(settings.seeds)
            flops = runs * training.updates * tokens * found["flops"] / max(found["train_tokens"], 1)
            d, ffn, layers = model.d_model, model.ffn, model.layers
            weights = d * self._pieces + layers * (4 * d * d + 2 * d * ffn)
            activations = self._activations(tokens, layers, d, ffn, training.mask)
            return Work(flops, runs * training.updates, 0, PROCESS + 20e-6 * weights + activations)

        return self._asks(work, self._config.speed.matrix_threads, self._flow.gpus())

    def corpus(self, share: float) -> dict[str, Any]:
        """Reading a ``share`` of a benchmark's text."""

        def work(wildcards: Wildcards) -> Work:
            size = share * self._text(wildcards)
            return Work(seconds=2 * size, memory=READER + _EXPANDED * size)

        return self._asks(work, 1, 0)

    def score(self) -> dict[str, Any]:
        """Scores, intervals and comparisons of every direction."""
        resamples = self._config.score.bootstrap
        return self._asks(lambda w: Work(seconds=5e-6 * resamples * self._tested(w.benchmark)), 1, 0)

    def analysis(self) -> dict[str, Any]:
        """Tables of the matrix; fits and intervals go over all pairs."""
        languages = len(grid.matrix_languages(self._config))
        return self._asks(lambda _: Work(seconds=0.1 * languages**2), 1, 0)

    def labelled(self) -> dict[str, Any]:
        """A task's sentences, beside all those of the corpus."""
        benchmark = SimpleNamespace(benchmark=grid.downstream_benchmark(self._config))

        def work(_wildcards: Wildcards) -> Work:
            size = self._text(benchmark)
            return Work(seconds=4 * size, memory=READER + _EXPANDED * size)

        return self._asks(work, 1, 0)

    def small(self) -> dict[str, Any]:
        """A job of seconds on tables, whatever the configuration."""
        return self._asks(lambda _: Work(), 1, 0)

    def _training(self, work: Callable[[Wildcards], Work]) -> dict[str, Any]:
        """One or more processes, on one or more nodes; memory is a node's."""
        speed = self._config.speed
        nodes, processes = speed.training_nodes, speed.training_processes
        gpus = self._flow.gpus(processes)
        asked = self._asks(work, speed.training_threads, gpus, processes, nodes)
        if nodes == 1:  # said, or Slurm takes the GPUs where it finds them
            return asked | {"nodes": 1}
        # The keywords of an MPI job: Snakemake runs once, on the first node, and the training starts itself on all.
        several = {"nodes": nodes, "mpi": "srun", "tasks": processes}
        return asked | several | ({"tasks_per_gpu": 1} if gpus else {})

    def _captioned(self, rule: str) -> dict[str, Any]:
        """A job of part 3; fine-tuning alone has several processes."""
        found = Captioned(self._config)
        if rule == "tune":
            return self._training(lambda _: found.work(rule))
        if rule in ("base", "train_fusion"):
            return self._asks(lambda _: found.work(rule), self._config.speed.training_threads, self._flow.gpus())
        return self._translating(lambda _: found.work(rule))

    def _classified(self, rule: str) -> dict[str, Any]:
        """A job of the downstream evaluation."""
        work = Classified(self._config).work(rule)
        if rule == "mixture":
            return self._training(lambda _: work)
        return self._translating(lambda _: work) if rule == "classify" else self._asks(lambda _: work, 1, 0)

    def _translating(self, work: Callable[[Wildcards], Work]) -> dict[str, Any]:
        return self._asks(work, self._config.speed.decoding_threads, self._flow.gpus())

    def _asks(
        self, work: Callable[[Wildcards], Work], threads: int, gpus: int, processes: int = 1, nodes: int = 1
    ) -> dict[str, Any]:
        """``threads`` are those of a process; on one node, all processes are one task of Slurm."""
        device = "gpu" if gpus else "cpu"
        rate = _RATE[device] * processes * (1 if gpus else threads)

        def memory(wildcards: Wildcards, attempt: int) -> int:
            return attempt * 500 * ceil(work(wildcards).memory * processes / nodes / 500)

        def minutes(wildcards: Wildcards, attempt: int) -> int:
            job = work(wildcards)
            seconds = max(job.flops / rate, job.steps * _STEP[device] / processes) + job.seconds
            return attempt * 5 * ceil((_START + _SLACK * seconds / 60) / 5)

        cpus = threads * processes if nodes == 1 else threads
        return {"gpu": gpus, "cpus_per_task": cpus, "mem_mb": memory, "runtime": minutes}

    def _trained(self, settings: Optimisation, weights: int) -> Work:
        micros = settings.updates * settings.sampling.accumulate
        tokens = settings.sampling.batch_tokens
        return Work(6 * weights * micros * tokens, micros, 0, self._memory(weights, tokens))

    def _decoded(self, sentences: int, beam: int) -> Work:
        encoder, decoder = self._weights
        batch = self._config.speed.batch_sentences
        flops = 2 * sentences * LENGTH * (encoder + beam * decoder)
        steps = 2 * LENGTH * ceil(sentences / batch)
        return Work(flops, steps, 0.001 * sentences, self._memory(encoder + decoder, batch * beam))

    def _read(self, sentences: int, weights: int) -> Work:
        batch = self._config.speed.batch_sentences
        return Work(2 * sentences * LENGTH * weights, sentences / batch, 0, self._memory(weights, batch * LENGTH))

    def _memory(self, weights: int, tokens: int) -> float:
        """Weights, gradients, Adam's two moments and a checkpoint; on a CPU, activations too."""
        d, ffn, encoder, decoder = self._shape
        return PROCESS + 20e-6 * weights + self._activations(tokens, encoder + decoder, d, ffn, 1.0)

    def _activations(self, tokens: int, layers: int, d: int, ffn: int, scored: float) -> float:
        floats = layers * (16 * d + 4 * ffn) + 3 * scored * self._pieces
        return 4e-6 * tokens * floats if self._device == "cpu" else 0.0

    def _tested(self, benchmark: str) -> int:
        """Sentences that a method translates."""
        settings = self._config.benchmarks[benchmark]
        others = len(settings.languages) - 1
        found = 2 * others * (_TESTED if settings.test_sentences is None else settings.test_sentences)
        zero_shot = settings.zero_shot_sentences
        return found + others * (others - 1) * (_TESTED if zero_shot is None else zero_shot)

    def _text(self, wildcards: Wildcards) -> float:
        """MB of a benchmark's text: that of its files which are there; others count as the world's sentences do."""
        found = 0.0
        try:
            for file in map(Path, self._flow.corpus_files(wildcards)):
                found += file.stat().st_size * _COMPRESSED.get(file.suffix, 1) / 1e6
        except (CrosstalkError, FileNotFoundError):  # a plan is made before they are there, or downloaded
            found = 0.0
        sentences = self._config.world.train * len(self._flow.benchmark(wildcards).languages)
        return max(found, sentences * _SENTENCE / 1e6)

    @cached_property
    def _pieces(self) -> int:
        return vocabulary_size(self._config, [])

    @cached_property
    def _matrix(self) -> dict[str, Any]:
        return estimate(self._config, Path("results/tokens"), None)

    @cached_property
    def _shape(self) -> tuple[int, int, int, int]:
        """Width, units of a feed-forward block, encoder and decoder layers; a pretrained folder's own ones."""
        model = self._config.model
        shape = (model.d_model, model.ffn, model.encoder_layers, model.decoder_layers)
        file = self._flow.place(model.pretrained) / "config.json" if model.pretrained else None
        if file is None or not file.is_file():
            return shape
        told = json.loads(file.read_text(encoding="utf-8"))
        return (*(told[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers")), model.decoder_layers)

    @cached_property
    def _weights(self) -> tuple[int, int]:
        """Weights of the encoder, embeddings included, and of the decoder with the output layer, which is the same."""
        d, ffn, encoder, decoder = self._shape
        table = self._pieces * d
        return table + encoder * (4 * d * d + 2 * d * ffn), table + decoder * (8 * d * d + 2 * d * ffn)
