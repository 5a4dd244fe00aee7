"""Training tasks: translations of captions with their images, and what the small base model is pre-trained on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from crosstalk.config.training import Optimisation
from crosstalk.multimodal.examples import Captions, Example
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.prompts import Prompter, Written, written
from crosstalk.tokens.batches import BatchPlan, by_length, generator
from crosstalk.training.cross_entropy import linear_cross_entropy
from crosstalk.training.sharding import loss_of, shard_with

GAPS = "gaps"


class Group(NamedTuple):
    """Examples that share batches: translations into a language, with the image or without, of whole sentences or of
    sentences with gaps."""

    language: str
    image: bool
    what: str = "translate"

    def __str__(self) -> str:
        return f"{self.what} {self.language} {self.image}"


class Row(NamedTuple):
    """An example as tokens."""

    prompt: list[int]
    translation: list[int]
    sentence_id: str


Encoded = Mapping[Group, Sequence[Row]]


class Micro(NamedTuple):
    """A batch: tokens, and the sentences whose images it has; none of them without images."""

    language: str
    tokens: Written
    sentences: list[str]
    turn: int


class CaptionTask(ABC):
    """Batches of one target language each, sentences of nearly one length together."""

    def __init__(
        self,
        rows: Encoded,
        dev: Encoded,
        padding: int,
        settings: Optimisation,
        seed: int,
        shares: Mapping[Group, float] | None = None,
    ) -> None:
        self._rows, self._dev, self._padding, self._settings = rows, dev, padding, settings
        self._plan = BatchPlan(
            {group: _lengths(some) for group, some in rows.items()},
            updates=settings.updates,
            accumulate=settings.sampling.accumulate,
            batch_tokens=settings.sampling.batch_tokens,
            temperature=settings.sampling.temperature,
            seed=seed,
            shares=shares,
        )

    def micro(self, update: int, index: int) -> Micro:
        """A batch; of several images of a sentence, the update says which."""
        group, chosen = self._plan.batch(update, index)
        return self._batch(self._rows, group, chosen, update)

    def tokens(self, micro: Micro) -> int:
        """Tokens of translations, ends included."""
        return int(micro.tokens.scored.sum())

    def language(self, micro: Micro) -> str:
        """The target language."""
        return micro.language

    @abstractmethod
    def loss(self, model: Any, micro: Micro) -> Tensor:
        """Cross-entropy summed over the tokens of translations, in nats."""

    @torch.no_grad()
    def dev_loss(self, model: Any) -> float:
        """Mean over dev, in nats a token."""
        total, count = 0.0, 0
        for micro in self.dev_batches():
            total += float(self.loss(model, micro))
            count += self.tokens(micro)
        return total / count if count else float("nan")

    def dev_batches(self, times: int = 4) -> Iterator[Micro]:
        """Every example of dev, ``times`` as many tokens at once as in a micro-batch."""
        for group, some in self._dev.items():
            lengths = _lengths(some)
            for chosen in by_length(lengths, times * self._settings.sampling.batch_tokens, np.arange(len(lengths))):
                yield self._batch(self._dev, group, chosen, 0)

    def _batch(self, rows: Encoded, group: Group, chosen: np.ndarray, turn: int) -> Micro:
        prompts, translations, names = zip(*(rows[group][row] for row in chosen), strict=True)
        tokens = written(prompts, translations, self._padding)
        return Micro(group.language, tokens, list(names) if group.image else [], turn)


class LlavaTask(CaptionTask):
    """A LLaVA reads image and prompt and writes the translation."""

    def __init__(self, *arguments: Any, pixels: Pixels, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pixels = pixels

    def loss(self, model: Any, micro: Micro) -> Tensor:
        """Cross-entropy summed over the tokens of translations, in nats."""
        return llava_loss(model, micro, self._pixels, self._padding)


def llava_loss(model: Any, micro: Micro, pixels: Pixels, padding: int) -> Tensor:
    """Cross-entropy of a LLaVA summed over the tokens of translations, in nats, a scalar."""
    device = next(model.parameters()).device
    ids = torch.from_numpy(micro.tokens.ids).to(device)
    scored = torch.from_numpy(micro.tokens.scored).to(device)
    images = pixels.batch(micro.sentences, micro.turn).to(device) if micro.sentences else None
    return loss_of(model, _token_loss)(ids, scored, images, padding)


def shard_llava(model: Any, half: bool) -> None:
    """Spread a LLaVA over the processes of a training, layer by layer, in place; as ``training.sharding.shard``."""
    parts = model.model
    layers = [*parts.vision_tower.encoder.layers, parts.multi_modal_projector, *parts.language_model.layers]
    shard_with(model, layers, half, _token_loss)


def _token_loss(model: Any, ids: Tensor, scored: Tensor, images: Tensor | None, padding: int) -> Tensor:
    """``ids`` and ``scored`` [sentences, tokens], ``images`` [sentences, 3, side, side]."""
    seen = {} if images is None else {"pixel_values": images}
    hidden = model.model(
        input_ids=ids, attention_mask=(ids != padding).long(), use_cache=False, **seen
    ).last_hidden_state
    words = model.lm_head.weight
    return linear_cross_entropy(hidden[:, :-1][scored[:, 1:]], words, words.new_zeros(len(words)), ids[scored])


def _lengths(rows: Sequence[Row]) -> np.ndarray:
    return np.array([len(prompt) + len(translation) for prompt, translation, _ in rows], np.int64)


def translations(captions: Captions, prompter: Prompter, max_length: int, image: bool = True) -> Encoded:
    """Prompt and translation of every example that has at most ``max_length`` tokens, by language."""
    found = {}
    for language, examples in captions.examples.items():
        prompts = prompter.prompts([row.source for row in examples], language, image)
        found[Group(language, image)] = _encoded(examples, prompts, prompter, max_length)
    return found


def gaps(captions: Captions, prompter: Prompter, max_length: int, dropped: float) -> Encoded:
    """Translations with images of sentences that lack a share ``dropped`` of their words, those of an example the same
    in every epoch: what is missing is to be seen."""
    found = {}
    for language, examples in captions.examples.items():
        sources = [_with_gaps(row.source, dropped, row.sentence_id, language) for row in examples]
        prompts = prompter.prompts(sources, language)
        found[Group(language, True, GAPS)] = _encoded(examples, prompts, prompter, max_length)
    return found


def _with_gaps(sentence: str, dropped: float, *names: str) -> str:
    words = sentence.split()
    kept = generator("gaps", *names).random(len(words)) >= dropped
    return " ".join(word for word, here in zip(words, kept, strict=True) if here)


def _encoded(examples: Sequence[Example], prompts: list[list[int]], prompter: Prompter, max_length: int) -> list[Row]:
    both = zip(prompts, prompter.translations([row.target for row in examples]), examples, strict=True)
    rows = [Row(before, after, row.sentence_id) for before, after, row in both]
    return [row for row in rows if len(row.prompt) + len(row.translation) <= max_length]
