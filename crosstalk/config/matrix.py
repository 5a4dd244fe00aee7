"""Part 2: the interference matrix (METHODS §2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import LanguageCode, Name, Section


class MatrixModel(Section):
    """The small encoder that every run trains from a random start, embeddings tied (Matrix §3.1)."""

    d_model: Annotated[int, Field(ge=8)] = 64
    """Width."""
    ffn: Annotated[int, Field(ge=8)] = 256
    """Hidden units of a feed-forward block."""
    heads: Annotated[int, Field(ge=1)] = 4
    """Attention heads."""
    layers: Annotated[int, Field(ge=1)] = 2
    """Encoder layers."""
    init_std: Annotated[float, Field(gt=0)] | None = None
    """Standard deviation of initial weights; None is 0.02 sqrt(768 / d_model), XLM-R's value at XLM-R's width."""

    @model_validator(mode="after")
    def _divisible(self) -> MatrixModel:
        if self.d_model % self.heads:
            raise ValueError(f"d_model {self.d_model} is not a multiple of heads {self.heads}")
        return self


class MatrixTraining(Section):
    """One run: masked-LM on one language, or on two that get half of every batch each (Matrix §3.1)."""

    output_bias: Literal["zero", "frequency"] = "zero"
    """Start of the output bias: zero as XLM-R, or the log of how frequent each token is in what the run trains on
    (the mean of both languages of a pair), so that updates are spent on what frequencies do not tell."""
    updates: Annotated[int, Field(ge=1)] = 200
    """Optimiser steps."""
    sentences: Annotated[int, Field(ge=2)] = 32
    """Sentences of a batch, half of them from each language of a pair."""
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    """Peak learning rate."""
    warmup: Annotated[int, Field(ge=0)] = 20
    """Steps of linear warm-up."""
    schedule: Literal["inverse_sqrt", "cosine", "constant"] = "cosine"
    """Learning rate after the warm-up."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Adam's decay rates (assumed)."""
    eps: Annotated[float, Field(gt=0)] = 1e-8
    """Adam's epsilon (assumed)."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Decoupled weight decay (assumed)."""
    clip: Annotated[float, Field(ge=0)] = 1.0
    """Largest gradient norm (assumed); 0 does not clip."""
    mask: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Share of tokens that are scored; 80/10/10 of them masked, replaced at random, kept."""
    max_length: Annotated[int, Field(ge=4)] = 64
    """Longer sentences are cut (tokens, start and end included)."""

    @model_validator(mode="after")
    def _even(self) -> MatrixTraining:
        if self.sentences % 2:
            raise ValueError(f"sentences is {self.sentences}; a language of a pair gets half of a batch: make it even")
        return self


class MatrixEvaluation(Section):
    """The loss of a run: the same masks for every model (METHODS §2, 4)."""

    split: str = "test"
    """Split of the benchmark that is evaluated."""
    masks: Annotated[int, Field(ge=2)] = 7
    """Masks of a sentence, which together cover every token once."""
    sentences: Annotated[int, Field(ge=1)] | None = None
    """First sentences of the split to evaluate; None takes all."""


class Similarity(Section):
    """Sentence embeddings whose similarity the matrix is compared with (Matrix §4.4)."""

    encoder: Literal["own", "transformers", "sentence_transformers"] = "own"
    """own: the benchmark's masked-LM encoder (rule encoder); otherwise the folder ``model``."""
    model: str | None = None
    """Folder of the encoder, relative to data_dir unless absolute."""
    pooling: Literal["mean", "first"] = "mean"
    """How a transformers encoder's tokens become a sentence: their mean (SONAR), or the first (MEXMA)."""
    sentences: Annotated[int, Field(ge=1)] = 500
    """Sentences of the evaluation split to embed."""

    @model_validator(mode="after")
    def _folder(self) -> Similarity:
        if (self.encoder == "own") != (self.model is None):
            expected = "takes no model" if self.model else "needs a model, its folder"
            raise ValueError(f"encoder {self.encoder!r} {expected}")
        return self


class Check(Section):
    """Mixes of several languages, trained when they are asked for, to see how well pairs foretell them."""

    sizes: list[Annotated[int, Field(ge=2)]] = [3, 4, 6]
    """Languages of a mix; a size above the number of languages, or of a batch's sentences, is left out."""
    mixes: Annotated[int, Field(ge=1)] = 12
    """Mixes of each size, drawn at random; all if there are no more."""
    draw: int = 1
    """Seed of the draw."""
    also: list[Annotated[list[LanguageCode], Field(min_length=2)]] = []
    """Mixes that are trained besides, each a list of languages."""

    @model_validator(mode="after")
    def _distinct(self) -> Check:
        for number, mix in enumerate(self.also):
            if repeated := sorted({code for code in mix if mix.count(code) > 1}):
                raise ValueError(f"also.{number} names {repeated[0]!r} twice")
        return self


class Advised(Section):
    """Which mixes the report proposes (``python -m crosstalk advise`` answers other questions)."""

    keep: list[LanguageCode] = []
    """Languages of every mix."""
    add: Annotated[int, Field(ge=0)] = 3
    """Languages that are added to those; nothing is proposed where there are not so many."""
    objective: Literal["worst", "mean"] = "worst"
    """The best mix is that whose worst-off language loses least, or whose languages lose least on average."""
    top: Annotated[int, Field(ge=1)] = 10
    """Mixes that are shown."""

    @model_validator(mode="after")
    def _several(self) -> Advised:
        if len(self.keep) + self.add < 2 or len(set(self.keep)) < len(self.keep):
            raise ValueError("expected mixes of two languages or more, each to keep once")
        return self


class Matrix(Section):
    """Part 2: what is trained and measured."""

    benchmark: Name | None = None
    """Name under benchmarks, whose corpora and vocabulary all runs share; None takes the first."""
    languages: list[LanguageCode] | None = None
    """Languages of the matrix in an order that only ever grows at its end; None takes the benchmark's, an empty
    list leaves part 2 out."""
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    """Seeds of the runs; with several, intervals are over seeds, with one over evaluation sentences."""
    block: Annotated[int, Field(ge=1)] = 32
    """Pairs that one job trains, at most."""
    exposure: bool = True
    """Train each language also alone with half of every batch: splits interference into dilution and conflict."""
    budget: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the pairs that is trained; the other cells are predicted and marked so."""
    draw: int = 1
    """Seed of which pairs are trained within the budget."""
    also: list[tuple[LanguageCode, LanguageCode]] = []
    """Pairs that are trained whatever the budget (results/matrix/next.parquet proposes some)."""
    model: MatrixModel = MatrixModel()
    """The model of a run."""
    training: MatrixTraining = MatrixTraining()
    """The training of a run."""
    evaluation: MatrixEvaluation = MatrixEvaluation()
    """The evaluation of a run."""
    similarity: Similarity = Similarity()
    """What the matrix is compared with."""
    advice: Advised = Advised()
    """Mixes that the report proposes."""
    check: Check = Check()
    """Mixes by which the advice on mixes is checked."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Coverage of intervals."""

    @model_validator(mode="after")
    def _distinct(self) -> Matrix:
        named = self.languages or []
        if repeated := sorted({code for code in named if named.count(code) > 1}):
            raise ValueError(f"languages names {repeated[0]!r} twice")
        if (most := max(map(len, self.check.also), default=0)) > self.training.sentences:
            raise ValueError(f"check.also: a mix of {most} languages; a batch has {self.training.sentences} sentences")
        return self
