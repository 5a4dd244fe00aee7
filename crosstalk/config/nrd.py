"""NRD: equivalence sets, selection, gamma, filtering, decoding, scores and methods."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import Name, Section


class Sets(Section):
    """Semantic equivalence sets (NRD §4.4.1)."""

    sentences: Annotated[int, Field(ge=1)] = 100_000
    """Sentences of each language, or as many as there are."""
    k: Annotated[int, Field(ge=2, le=16)] = 5
    """Members of a set, the source included."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Nucleus sampling: the smallest set of tokens with this probability."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """Sampling temperature."""
    retries: Annotated[int, Field(ge=0)] = 2
    """How often an exact copy of the source is drawn again before it is dropped."""
    file: str | None = None
    """The user's own sets for ``sets: file`` (Parquet: set_id, language, member, text), relative to data_dir."""


class Selection(Section):
    """From variances to the sets of units (NRD §3.2.1)."""

    pooling: Literal["mean", "max", "sum", "active", "pre_activation"] = "mean"
    """How a unit's activation over the tokens of a sentence becomes one number."""
    scale: Literal["raw", "icc"] = "raw"
    """Variance as written, or its share of the total variance over all sentences."""
    min_active: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Units active on a smaller share of tokens take no role (a dead unit has variance 0 and looks semantic)."""
    scope: Literal["layer", "model"] = "layer"
    """Percentiles within each layer or over the whole model."""
    p_sem: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of units with the lowest statistic: the semantic core (NRD §4.4.1)."""
    p_syn: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of units with the highest statistic of a language: its syntax-sensitive units (NRD §4.4.1)."""
    semantic: Literal["rank", "intersection", "vote", "mean"] = "rank"
    """One semantic set from per-language statistics: bottom by mean rank, in every language's bottom, in the
    bottom of more than half of the languages, or bottom by mean statistic."""
    k: Annotated[int, Field(ge=2)] | None = None
    """Members of each set that count, the source first; None takes all."""
    overlap: Literal["semantic", "syntactic", "neither"] = "semantic"
    """Which role wins for a unit in both sets (semantic: case order of Eq. 3)."""
    site: Literal["ffn", "output"] = "ffn"
    """Hidden units of every encoder FFN, or the dimensions of the encoder's output H."""
    seed: int = 1
    """Seed of the draw that breaks ties."""


class Gamma(Section):
    """Gradient consistency (Eq. 2, NRD §3.3.1)."""

    batches: Annotated[int, Field(ge=1)] = 16
    """Validation batches whose gradients are averaged, for each direction (NRD §4.4.2)."""
    batch_tokens: Annotated[int, Field(ge=16)] = 1024
    """Tokens of a validation batch, padding included."""
    mean: Literal["all", "leave_one_out"] = "all"
    """The mean gradient includes the language's own, or leaves it out."""
    norm: Literal["raw", "unit"] = "raw"
    """Gradients enter the mean as they are, or scaled to length 1."""
    embeddings: bool = False
    """Whether the embeddings count among the encoder's parameters."""


class Filter(Section):
    """Dynamic representation filtering (Eq. 3, NRD §3.3.2)."""

    alpha: Annotated[float, Field(ge=0, le=2)] = 0.5
    """Strength."""
    layers: Literal["all", "last"] = "all"
    """Encoder layers whose units are filtered."""
    static: Literal["zero", "one_minus_alpha"] = "zero"
    """Factor of the static filter."""


class Decode(Section):
    """Beam search."""

    beam: Annotated[int, Field(ge=1)] = 5
    """Beam size (NRD §4.3)."""
    length_penalty: float = 1.0
    """Exponent of the length by which a score is divided (NRD §4.3)."""
    stop: Literal["count", "score"] = "count"
    """When the search of a sentence stops. count: as many hypotheses as the beam have ended, as in fairseq (assumed);
    score: none that goes on has a better score so far than the worst of those, the default of transformers."""
    max_ratio: Annotated[float, Field(gt=0)] = 2.0
    """Longest output, as a multiple of the source length in tokens, plus max_extra."""
    max_extra: Annotated[int, Field(ge=1)] = 10
    """Tokens added to the longest output."""


class Score(Section):
    """Scores, intervals and comparisons."""

    tokenizer: Literal["13a", "zh", "ja-mecab", "ko-mecab", "flores200", "char", "intl"] = "13a"
    """sacreBLEU's tokenizer."""
    bootstrap: Annotated[int, Field(ge=100)] = 1000
    """Bootstrap resamples."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Coverage of the intervals."""
    seed: int = 1
    """Seed of the resampling."""
    identifier_sentences: Annotated[int, Field(ge=10)] = 2000
    """Training sentences of each language for the language identifier behind the off-target rate."""


Overridable = Literal["selection", "specialisation", "filter"]
"""Sections that a method may have settings of its own of."""


class Method(Section):
    """A composition: equivalence sets x unit statistic x training x filter (METHODS §1)."""

    sets: Literal["none", "paraphrase", "file", "random", "identical"] = "none"
    """Equivalence sets that units are judged on. random: unrelated sentences of the language; identical: one sentence
    k times (both NRD §5.3)."""
    statistic: Literal["none", "variance", "frequency", "random"] = "none"
    """What gives a unit its role. variance: Eq. 1; frequency: as variance, but the semantic core are the units that are
    active most often (NRD §5.2); random: roles by variance, then swapped at random among the units of a layer."""
    training: Name = "none"
    """none keeps the foundation; any other is a module of crosstalk/methods/training."""
    start: Literal["foundation", "encoder", "random"] = "foundation"
    """What is trained: the foundation, further; or a model of its shape that starts as the foundation did, from the
    encoder, or at random, for as many updates as the foundation and its further training have together."""
    options: dict[str, Any] = {}
    """Settings of the training's own, which its module lists as Options."""
    filter: Name = "none"
    """none leaves activations alone; any other is a module of crosstalk/methods/filters."""
    settings: dict[Overridable, dict[str, Any]] = {}
    """Settings of these sections that this method has otherwise, as ``{filter: {alpha: 0.3}}``."""
    label: str = ""
    """Name in tables; the key when empty."""
    published: str = ""
    """Name in the tables of the NRD paper, whose values the report shows beside; none when empty."""

    @model_validator(mode="after")
    def _composes(self) -> Method:
        if (self.sets == "none") != (self.statistic == "none"):
            raise ValueError("sets and statistic go together: give both or neither")
        if self.statistic == "none" and (self.training == "sparse" or self.filter != "none"):
            raise ValueError("training 'sparse' and filters need sets and a statistic")
        if self.training == "none" and (self.start != "foundation" or self.options):
            raise ValueError("start and options belong to a training, and there is none")
        return self


class Sensitivity(Section):
    """How much a method depends on its settings: each value is one method more, all else as configured."""

    method: Name | None = None
    """The method whose settings vary, one at a time; None for none."""
    alpha: list[float] = []
    """Values of filter.alpha."""
    p_sem: list[float] = []
    """Values of selection.p_sem."""
    p_syn: list[float] = []
    """Values of selection.p_syn."""
    k: list[int] = []
    """Values of selection.k, at most sets.k."""
