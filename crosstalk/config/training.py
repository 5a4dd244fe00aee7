"""The model's shape and the trainings before NRD."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import Section
from crosstalk.config.data import Sampling


class Model(Section):
    """Shape of XLM-T: an XLM-R encoder and a decoder started from it (METHODS §1)."""

    d_model: Annotated[int, Field(ge=8)] = 128
    """Width."""
    ffn: Annotated[int, Field(ge=8)] = 512
    """Hidden units of a feed-forward block, the neurons of NRD."""
    heads: Annotated[int, Field(ge=1)] = 4
    """Attention heads."""
    encoder_layers: Annotated[int, Field(ge=1)] = 3
    """Encoder layers."""
    decoder_layers: Annotated[int, Field(ge=1)] = 3
    """Decoder layers."""
    pretrained: str | None = None
    """An XLM-R folder (transformers, safetensors) whose shape then wins, relative to data_dir unless absolute;
    None trains the encoder here."""
    init_std: Annotated[float, Field(gt=0)] | None = None
    """Standard deviation of initial weights; None is 0.02 sqrt(768 / d_model), XLM-R's value at XLM-R's width."""
    aligned: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Share of each token's starting embedding that comes from the sentences it occurs in, aligned ones counted as
    one, so that translations start close (Levy et al. 2017); 0 starts at random. Not in the paper, whose XLM-R
    brings this along; without effect on a pretrained one."""
    decoder_from: Literal["first", "top", "every_other", "random"] = "first"
    """Encoder layers that the decoder starts from (first is assumed; the paper is silent)."""
    cross_attention: Literal["self_attention", "random"] = "self_attention"
    """Start of the cross-attention (self_attention is assumed)."""
    tag: Literal["source", "decoder"] = "source"
    """The target-language tag stands at the start of the source, or is the decoder's first token."""

    @model_validator(mode="after")
    def _divisible(self) -> Model:
        if self.d_model % self.heads:
            raise ValueError(f"d_model {self.d_model} is not a multiple of heads {self.heads}")
        return self


class Optimisation(Section):
    """One training."""

    updates: Annotated[int, Field(ge=1)]
    """Optimiser steps."""
    learning_rate: Annotated[float, Field(gt=0)] = 5e-4
    """Peak learning rate (NRD §4.3)."""
    warmup: Annotated[int, Field(ge=0)] = 4000
    """Steps of linear warm-up (NRD §4.3)."""
    schedule: Literal["inverse_sqrt", "cosine", "constant"] = "inverse_sqrt"
    """Learning rate after the warm-up."""
    betas: tuple[float, float] = (0.9, 0.98)
    """Adam's decay rates (NRD §4.3)."""
    eps: Annotated[float, Field(gt=0)] = 1e-8
    """Adam's epsilon."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """Decoupled weight decay."""
    clip: Annotated[float, Field(ge=0)] = 1.0
    """Largest gradient norm; 0 does not clip."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Dropout (NRD §4.3)."""
    evaluate_every: Annotated[int, Field(ge=1)] = 200
    """Updates between evaluations on dev."""
    checkpoint_every: Annotated[int, Field(ge=1)] = 200
    """Updates between checkpoints."""
    average: Annotated[int, Field(ge=1)] = 5
    """Last checkpoints that are averaged into the result (NRD §4.3)."""
    divergence: Annotated[float, Field(gt=1)] = 3.0
    """A running loss this many times the first one stops the job as diverged."""
    sampling: Sampling = Sampling()
    """Batches."""


class Pretraining(Optimisation):
    """Masked-language-model training of the encoder."""

    updates: Annotated[int, Field(ge=1)] = 500
    """Optimiser steps."""
    mask: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Share of tokens that are scored; 80/10/10 of them masked, replaced at random, kept."""


class Translating(Optimisation):
    """Training on translations."""

    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Label smoothing (NRD §4.3)."""


class Foundation(Translating):
    """Training of XLM-T on all supervised directions."""

    updates: Annotated[int, Field(ge=1)] = 1500
    """Optimiser steps."""
    trainer: Literal["torch", "fairseq"] = "torch"
    """What trains it: this program, or fairseq 0.12.2 in a process of its own (docs/fairseq.md)."""


class Specialisation(Translating):
    """Stage 1 of NRD: sparse fine-tuning of the foundation (NRD §3.2.2)."""

    updates: Annotated[int, Field(ge=1)] = 400
    """Optimiser steps."""
    others: Literal["frozen", "decoder", "all"] = "frozen"
    """Parameters that are no unit's: all frozen (Alg. 1 read strictly), the decoder trained, or all trained."""
    freezing: Literal["exact", "masked_gradient"] = "exact"
    """exact keeps optimiser state per unit and frozen parameters bit-identical; masked_gradient lets Adam's
    momentum move units whose gradient is masked, as the paper's wording allows."""
    batches_language: Literal["source", "target", "direction"] = "source"
    """What the language of a batch is."""
    mixing: Literal["accumulate", "one_language"] = "accumulate"
    """Micro-batches of an update are masked each by its own language, or all share one language."""
