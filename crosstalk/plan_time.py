"""About how long part 2 takes: an estimate, with everything that was assumed for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from crosstalk import grid
from crosstalk.config import Config
from crosstalk.errors import CrosstalkError
from crosstalk.matrix import blocks
from crosstalk.matrix.cost import flops_per_token, matrix_product_rate
from crosstalk.tokens.store import TokenStore
from crosstalk.workflow import Workflow

LENGTH = 40
"""Tokens of a sentence where none is known: FLORES-200's devtest in 83 languages has 39 of XLM-R's."""
_XLMR_PIECES = 250_000
_DEVTEST = 1012
"""Sentences of FLORES-200's devtest."""
_UTILISATION = 0.4
"""Share of the matrix-product rate that trainings are assumed to reach."""


class Throughput(NamedTuple):
    """Training tokens that one device gets through in a second, and how that is known."""

    tokens_per_second: float
    known_from: str


def estimate(config: Config, tokens: Path, throughput: Throughput | None) -> dict[str, Any]:
    """Tokens, arithmetic and, given a throughput, device hours of part 2.

    A control trains on half the tokens of a run. An evaluated token costs a third of a trained one: the forward pass.
    """
    settings, training, languages = config.matrix, config.matrix.training, grid.matrix_languages(config)
    assumptions: list[str] = []
    length = _length(config, tokens, assumptions)
    vocabulary = vocabulary_size(config, assumptions)
    sentences = _evaluated(config, assumptions)
    pairs, controls = len(blocks.pairs(languages, settings)), len(languages) if settings.exposure else 0
    run = training.updates * training.sentences * length
    trained = len(settings.seeds) * run * (len(languages) + pairs + controls / 2)
    tested = len(settings.seeds) * (len(languages) + controls + 2 * pairs)
    evaluated = tested * settings.evaluation.masks * sentences * length
    flops = flops_per_token(settings.model, vocabulary, length, training.mask)
    hours = (trained + evaluated / 3) / throughput.tokens_per_second / 3600 if throughput else None
    return {
        "measured": False,
        "tokens_per_sentence": length,
        "train_tokens": round(trained),
        "evaluation_tokens": round(evaluated),
        "flops_per_train_token": round(flops),
        "flops": (trained + evaluated / 3) * flops,
        "tokens_per_second": throughput.tokens_per_second if throughput else None,
        "known_from": throughput.known_from if throughput else None,
        "device_hours": hours,
        "assumptions": assumptions,
    }


def calibrate(config: Config, tokens: Path, seconds: float = 1.0) -> Throughput:
    """Tokens per second from matrix products timed here for ``seconds`` and a share of their rate that is assumed."""
    rate, device = matrix_product_rate(config.speed, seconds)
    flops = estimate(config, tokens, None)["flops_per_train_token"]
    timed = f"matrix products of {rate / 1e9:,.0f} GFLOP/s, timed on {device}"
    return Throughput(_UTILISATION * rate / flops, f"{timed}; assumed: trainings reach {_UTILISATION:.0%} of it")


def _length(config: Config, tokens: Path, assumptions: list[str]) -> float:
    """Mean tokens of a training sentence, start and end included, over languages."""
    most, means = config.matrix.training.max_length, []
    for language in grid.matrix_languages(config):
        folder = tokens / grid.matrix_benchmark(config) / "languages" / language
        if not folder.is_dir():
            assumptions.append(f"{min(LENGTH, most)} tokens a sentence, until the corpus has been read")
            return float(min(LENGTH, most))
        store = TokenStore.open(folder)
        lengths = store.lengths[store.rows("train")] + 2
        means.append(np.minimum(lengths, most).mean() if len(lengths) else 0)
    return float(np.mean(means))


def vocabulary_size(config: Config, assumptions: list[str]) -> int:
    """Pieces that the output layer tells apart."""
    if config.tokens.model is None:
        return config.tokens.size
    file = Workflow(config).place(config.tokens.model)
    if not file.is_file():
        assumptions.append(f"{_XLMR_PIECES:,} pieces, as XLM-R has; there is no {file} yet")
        return _XLMR_PIECES
    import sentencepiece

    try:
        return int(sentencepiece.SentencePieceProcessor(model_file=str(file)).vocab_size())
    except (OSError, RuntimeError) as error:
        raise CrosstalkError(f"{file}: not a SentencePiece model; see tokens.model") from error


def _evaluated(config: Config, assumptions: list[str]) -> int:
    """Sentences of each language that are evaluated."""
    most, split = config.matrix.evaluation.sentences, config.matrix.evaluation.split
    made = {"dev": config.world.dev, "test": config.world.test}
    sources = config.benchmarks[grid.matrix_benchmark(config)].sources
    if split in made and all(source.reader == "world" for source in sources):
        return min(made[split], most or made[split])
    if most is None:
        assumptions.append(f"{_DEVTEST:,} sentences to evaluate a language on, as FLORES-200's devtest has")
    return most or _DEVTEST
