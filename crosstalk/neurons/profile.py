"""The variance profile: one streaming pass over a language's equivalence sets, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from crosstalk.artefacts import PROFILE
from crosstalk.models.units import encoder_of, feed_forwards, watching
from crosstalk.neurons.statistics import RunningMoments, set_variance
from crosstalk.tokens.batches import pad
from crosstalk.tokens.vocabulary import EOS, PAD, Vocabulary

_ACTIVITY_EVERY = 16


def pool(
    hidden: Float[Tensor, "sentences tokens units"], mask: Float[Tensor, "sentences tokens"], how: str
) -> Float[Tensor, "sentences units"]:
    """One activation for each sentence and unit: ``how`` is mean, max, sum, active (share of tokens with a > 0)
    or pre_activation (a mean, taken where the caller watches); ``mask`` is 1 on tokens that count, 0 on padding.
    """
    if how == "max":
        return hidden.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(1)
    if how == "active":
        hidden = (hidden > 0).to(hidden.dtype)
    weights = mask if how == "sum" else mask / mask.sum(1, keepdim=True)
    return torch.bmm(weights[:, None, :].to(hidden.dtype), hidden)[:, 0]


class Encoding:
    """Pooled activations of every encoder layer and of the encoder's output."""

    def __init__(self, model: PreTrainedModel, pooling: str, batch_sentences: int) -> None:
        self._model, self._encoder = model.eval(), encoder_of(model)
        self._pooling, self._batch = pooling, batch_sentences
        self._blocks = [block.second.in_features for block in feed_forwards(model)]
        self.sites = [("ffn", layer, units) for layer, units in enumerate(self._blocks)]
        self.sites.append(("output", len(self._blocks), model.config.d_model))
        self.width = sum(units for _, _, units in self.sites)
        self._active = torch.zeros(self.width, dtype=torch.float64)
        self._tokens = self._sentences = 0

    @torch.no_grad()
    def __call__(self, rows: Sequence[np.ndarray]) -> Float[Tensor, "sentences width"]:
        """Token ids of sentences -> pooled activations, sites side by side in the order of ``sites``."""
        device = next(self._model.parameters()).device
        pooled = torch.empty(len(rows), self.width)
        order = np.argsort([len(row) for row in rows], kind="stable")
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            ids = torch.from_numpy(pad([rows[i] for i in chosen], PAD)).to(device)
            mask = (ids != PAD).float()
            counted = torch.from_numpy((self._sentences + chosen) % _ACTIVITY_EVERY == 0).to(device)
            pooled.index_copy_(0, torch.from_numpy(chosen), self._pool(ids, mask, counted).float().cpu())
        self._sentences += len(rows)
        return pooled

    def _pool(self, ids: Tensor, mask: Tensor, counted: Tensor) -> Tensor:
        """Pooled activations [sentences, width] of one batch; activity is counted on the sentences ``counted``."""
        columns: list[Tensor] = []
        active: list[Tensor] = []

        def see(_layer: int, hidden: Tensor) -> None:
            columns.append(pool(hidden, mask, self._pooling))
            active.append(mask[counted].flatten() @ (hidden[counted] > 0).flatten(0, 1).to(mask.dtype))

        with watching(self._model, see, before_activation=self._pooling == "pre_activation"):
            output = self._encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        see(len(self._blocks), output)
        self._active += torch.cat(active).cpu()
        self._tokens += int(mask[counted].sum())
        return torch.cat(columns, 1)

    def take_activity(self) -> Float[Tensor, " width"]:
        """Share of tokens on which each unit was active, over every sixteenth sentence since the last call."""
        share = self._active / max(self._tokens, 1)
        self._active, self._tokens, self._sentences = torch.zeros_like(self._active), 0, 0
        return share


def profile(encoding: Encoding, language: str, sets: Iterable[Sequence[np.ndarray]], chunk: int = 64) -> pa.Table:
    """PROFILE rows of one language; ``sets`` yields the token ids of the members of one equivalence set each.

    ``within`` is Eq. (1) averaged over sets; ``total`` the variance over all sentences.
    """
    within, everything = RunningMoments(encoding.width), RunningMoments(encoding.width)
    stream = iter(sets)
    while some := list(islice(stream, chunk)):
        pooled = encoding([row for members in some for row in members])
        everything.add(pooled)
        within.add(set_variance(pooled, torch.tensor([len(members) for members in some])))
    frame = _places(encoding).assign(
        language=language,
        within=within.mean.numpy(),
        total=everything.variance.numpy(),
        mean=everything.mean.numpy(),
        active=encoding.take_activity().numpy(),
    )
    return pa.Table.from_pandas(frame[PROFILE.names], schema=PROFILE, preserve_index=False)


def _places(encoding: Encoding) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"site": site, "layer": layer, "unit": np.arange(units)}) for site, layer, units in encoding.sites
    ]
    return pd.concat(parts, ignore_index=True)


def tagged(vocabulary: Vocabulary, texts: list[str], tag: int | None, max_length: int) -> list[np.ndarray]:
    """Token ids of sentences with the ``tag`` the encoder is used to and the end; cut at ``max_length``."""
    head = [] if tag is None else [tag]
    return [np.array([*head, *ids[: max_length - 2], EOS], np.int32) for ids in vocabulary.encode(texts)]


def token_sets(
    sets: pa.Table, vocabulary: Vocabulary, tag: int | None, max_length: int, k: int | None = None
) -> Iterator[list[np.ndarray]]:
    """Token ids of each set's first ``k`` members, or of all."""
    for _, rows in sets.to_pandas().groupby("set_id", sort=True):
        yield tagged(vocabulary, rows.sort_values("member")["text"].tolist()[:k], tag, max_length)


def role_columns(encoding: Encoding, partition: pd.DataFrame, language: str) -> dict[str, NDArray[np.int64]]:
    """For each role but ``other``, the columns of its units among an encoding's pooled activations."""
    places = _places(encoding).reset_index(names="column")
    mine = partition[partition["language"] == language].merge(places, on=["site", "layer", "unit"])
    return {role: mine.loc[mine["role"] == role, "column"].to_numpy(np.int64) for role in ("semantic", "syntactic")}
