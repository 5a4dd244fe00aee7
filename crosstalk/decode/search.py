"""Beam search and nucleus sampling over sentences of any lengths, longest first, in the order given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import GenerationConfig, PreTrainedModel, StoppingCriteria, StoppingCriteriaList

from crosstalk.config.nrd import Decode, Sets
from crosstalk.decode.limits import Rows, longest_output
from crosstalk.tokens.batches import generator, pad
from crosstalk.tokens.vocabulary import EOS, PAD


class _Limits(StoppingCriteria):
    """Ends every sentence at a length of its own, so that a result does not depend on what shares its batch."""

    def __init__(self, lengths: Tensor) -> None:
        self._lengths = lengths

    def __call__(self, input_ids: Tensor, scores: object, **_: object) -> Tensor:
        return self._lengths.repeat_interleave(len(input_ids) // len(self._lengths)) <= input_ids.shape[1]


def beam_settings(settings: Decode) -> GenerationConfig:
    """Beam search in the terms of transformers."""
    return GenerationConfig(
        num_beams=settings.beam,
        length_penalty=settings.length_penalty,
        do_sample=False,
        early_stopping=settings.stop == "count",
        pad_token_id=PAD,
        eos_token_id=EOS,
    )


def beam_search(
    model: PreTrainedModel, sources: Rows, starts: Sequence[int], settings: Decode, batch: int, name: str
) -> list[list[int]]:
    """Best hypothesis of each source (ids with tag and end); ``starts`` are the decoder's first ids.

    ``name`` is that of the progress bar; an empty one shows none.
    """
    config = beam_settings(settings)
    return _generate(model, sources, starts, config, settings, batch, name, lambda _number: None)


def sample(
    model: PreTrainedModel,
    sources: Rows,
    starts: Sequence[int],
    sets: Sets,
    limits: Decode,
    batch: int,
    seed: tuple[object, ...],
) -> list[list[int]]:
    """One nucleus sample of each source (p = ``sets.top_p``), fixed by ``seed``."""
    config = GenerationConfig(
        do_sample=True,
        top_p=sets.top_p,
        top_k=0,
        temperature=sets.temperature,
        num_beams=1,
        pad_token_id=PAD,
        eos_token_id=EOS,
    )

    def seeded(number: int) -> None:
        torch.manual_seed(int(generator("sample", *seed, number).integers(2**31)))

    return _generate(model, sources, starts, config, limits, batch, " ".join(map(str, seed)), seeded)


@torch.inference_mode()
def _generate(
    model: Any,
    sources: Rows,
    starts: Sequence[int],
    config: GenerationConfig,
    limits: Decode,
    batch: int,
    name: str,
    before: Callable[[int], None],
) -> list[list[int]]:
    device = next(model.parameters()).device
    order = np.argsort([-len(row) for row in sources], kind="stable")
    results: list[list[int]] = [[] for _ in sources]
    longest = model.config.max_position_embeddings
    bar = tqdm(total=len(sources), desc=name, unit="sentence", mininterval=2, disable=not name)
    for number, at in enumerate(range(0, len(order), batch)):
        chosen = order[at : at + batch]
        ids = torch.from_numpy(pad([sources[i] for i in chosen], PAD)).to(device)
        most = [longest_output(len(sources[i]), limits, longest) for i in chosen]
        config.max_length = max(most)
        # As the configuration's own start: before decoder_input_ids of other ids, generate puts one more token.
        config.decoder_start_token_id = [starts[i] for i in chosen]
        before(number)
        output = model.generate(
            input_ids=ids,
            attention_mask=(ids != PAD).long(),
            generation_config=config,
            stopping_criteria=StoppingCriteriaList([_Limits(torch.tensor(most, device=device))]),
        )
        for i, row in zip(chosen, output[:, 1:].tolist(), strict=True):
            results[i] = row[: row.index(EOS)] if EOS in row else [t for t in row if t != PAD]
        bar.update(len(chosen))
    bar.close()
    return results
