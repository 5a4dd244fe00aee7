"""The whole configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import Name, Section
from crosstalk.config.data import Benchmark, Tokens, World
from crosstalk.config.downstream import Downstream
from crosstalk.config.matrix import Matrix
from crosstalk.config.multimodal import Multimodal
from crosstalk.config.nrd import Decode, Filter, Gamma, Method, Score, Selection, Sensitivity, Sets
from crosstalk.config.training import Foundation, Model, Pretraining, Specialisation


class Speed(Section):
    """What changes only how fast a result comes; no rerun is triggered by a change here."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where trainings and decoding run; auto takes a GPU when there is one."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; auto is bfloat16 on a GPU that has it and float32 elsewhere."""
    training_threads: Annotated[int, Field(ge=1)] = 2
    """CPU threads of a training, in each of its processes."""
    decoding_threads: Annotated[int, Field(ge=1)] = 1
    """CPU threads of decoding, profiling and gamma; several such jobs run at once."""
    matrix_threads: Annotated[int, Field(ge=1)] = 1
    """CPU threads of a block of the matrix; several blocks run at once."""
    engine: Literal["auto", "transformers", "ctranslate2"] = "auto"
    """What beam search runs on; auto is CTranslate2 on a CPU, where it is many times faster and gives the same
    hypotheses, and transformers on a GPU and for ``decode.stop: score``, which CTranslate2 does not have."""
    batch_sentences: Annotated[int, Field(ge=1)] = 128
    """Sentences decoded or profiled at once."""
    training_processes: Annotated[int, Field(ge=1)] = 1
    """Processes of a training, each on a GPU of its own where there are GPUs. They share the micro-batches of an
    update, so ``sampling.accumulate`` has to be as many or more, best a multiple."""
    training_nodes: Annotated[int, Field(ge=1)] = 1
    """Nodes of a cluster that a training's processes are spread over, as many on each; Slurm starts them. Where there
    is no Slurm, all of them run on this machine."""

    @model_validator(mode="after")
    def _spread(self) -> Speed:
        if self.training_processes % self.training_nodes:
            every = f"training_processes {self.training_processes}"
            raise ValueError(f"{every} is not a multiple of training_nodes {self.training_nodes}")
        return self


class Nmt(Section):
    """What part 1 runs."""

    benchmarks: list[Name] | None = None
    """Names under benchmarks; None runs all of them, an empty list leaves part 1 out."""
    methods: list[Name] | None = None
    """Names under methods; None runs all of them."""
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    """Seeds of the trainings; all other randomness has its own seed."""
    baseline: Name = "xlmt"
    """Method that the others are compared with."""


class Config(Section):
    """Everything a run depends on."""

    data_dir: str | None = None
    """Folder that relative paths of corpora and models start from; also the environment variable CROSSTALK_DATA."""
    world: World = World()
    """The embedded synthetic world."""
    benchmarks: Annotated[dict[Name, Benchmark], Field(min_length=1)]
    """Corpora that are trained and tested together, by name."""
    tokens: Tokens = Tokens()
    """The vocabulary."""
    model: Model = Model()
    """The model's shape."""
    pretraining: Pretraining = Pretraining()
    """The encoder."""
    foundation: Foundation = Foundation()
    """XLM-T."""
    sets: Sets = Sets()
    """Equivalence sets."""
    selection: Selection = Selection()
    """From activation statistics to sets of units."""
    specialisation: Specialisation = Specialisation()
    """Stage 1 of NRD."""
    gamma: Gamma = Gamma()
    """Gradient consistency."""
    filter: Filter = Filter()
    """Stage 2 of NRD."""
    decode: Decode = Decode()
    """Beam search."""
    score: Score = Score()
    """Scores."""
    methods: Annotated[dict[Name, Method], Field(min_length=1)]
    """Methods by name."""
    sensitivity: Sensitivity = Sensitivity()
    """How much a method depends on its settings."""
    nmt: Nmt = Nmt()
    """What part 1 runs."""
    matrix: Matrix = Matrix()
    """Part 2."""
    downstream: Downstream = Downstream()
    """What the matrix tells of classification."""
    multimodal: Multimodal = Multimodal()
    """Part 3."""
    speed: Speed = Speed()
    """What changes only how fast a result comes."""
