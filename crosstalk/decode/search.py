"""Beam search and nucleus sampling over sentences of any lengths, longest first, in the order given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from tqdm import tqdm
from transformers import GenerationConfig

from crosstalk.config.nrd import Decode, Sets
from crosstalk.tokens.batches import generator, pad
from crosstalk.tokens.vocabulary import EOS, PAD

Rows = Sequence[np.ndarray]


def beam_search(model: nn.Module, sources: Rows, starts: Sequence[int], settings: Decode, batch: int, name: str) -> list[list[int]]:
    """Best hypothesis of each source (ids with tag and end); ``starts`` are the decoder's first ids."""
    config = GenerationConfig(
        num_beams=settings.beam,
        length_penalty=settings.length_penalty,
        do_sample=False,
        early_stopping=False,
        pad_token_id=PAD,
        eos_token_id=EOS,
        decoder_start_token_id=EOS,
    )
    return _generate(model, sources, starts, config, settings, batch, name, lambda _number: None)


def sample(
    model: nn.Module, sources: Rows, starts: Sequence[int], sets: Sets, limits: Decode, batch: int, seed: tuple[object, ...]
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
        decoder_start_token_id=EOS,
    )

    def seeded(number: int) -> None:
        torch.manual_seed(int(generator("sample", *seed, number).integers(2**31)))

    return _generate(model, sources, starts, config, limits, batch, " ".join(map(str, seed)), seeded)


@torch.inference_mode()
def _generate(
    model: nn.Module,
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
    bar = tqdm(total=len(sources), desc=name, unit="sentence", mininterval=2)
    for number, at in enumerate(range(0, len(order), batch)):
        chosen = order[at : at + batch]
        ids = torch.from_numpy(pad([sources[i] for i in chosen], PAD)).to(device)
        config.max_length = min(longest, int(limits.max_ratio * ids.shape[1]) + limits.max_extra)
        before(number)
        output = model.generate(
            input_ids=ids,
            attention_mask=(ids != PAD).long(),
            decoder_input_ids=torch.tensor([[starts[i]] for i in chosen], device=device),
            generation_config=config,
        )
        for i, row in zip(chosen, output[:, 1:].tolist(), strict=True):
            results[i] = row[: row.index(EOS)] if EOS in row else [t for t in row if t != PAD]
        bar.update(len(chosen))
    bar.close()
    return results
