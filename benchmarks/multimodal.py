"""NeuMT at rho = 0.4 against fine-tuning of everything, on the same batches of captions with images."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from accelerate import Accelerator
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from benchmarks.pairs import Row, judged, paired
from crosstalk.artefacts import IMAGES
from crosstalk.config.multimodal import Llava
from crosstalk.config.training import Optimisation
from crosstalk.multimodal.activations import linear_maps
from crosstalk.multimodal.base import IMAGE, new_image_processor, new_llava
from crosstalk.multimodal.pixels import Pixels
from crosstalk.multimodal.prompts import Written
from crosstalk.multimodal.tasks import Micro, llava_loss
from crosstalk.training.rows import RowUpdater
from crosstalk.training.updates import DenseUpdater

ROUNDS, LANGUAGES, SHARE, SPECIFIC = 7, 6, 0.4, 0.1
_SHAPE = Llava(d_model=256, ffn=704, layers=8, vocabulary=2000)
_PATCHES, _PROMPT, _LENGTH, _SENTENCES, _PADDING = 4, 20, 36, 24, 1


def _pixels() -> Pixels:
    """An image of random colours for each sentence."""
    rng, rows = np.random.default_rng(3), []
    for number in range(_SENTENCES):
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 255, (_SHAPE.image_size, _SHAPE.image_size, 3), np.uint8)).save(file, "PNG")
        rows.append({"sentence_id": str(number), "image": file.getvalue()})
    return Pixels(pa.Table.from_pylist(rows, schema=IMAGES), new_image_processor(_SHAPE.image_size))


def _model() -> Any:
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, IMAGE: 4}
    words |= {f"w{n}": n for n in range(len(words), _SHAPE.vocabulary)}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(words, unk_token="<unk>")), bos_token="<s>", eos_token="</s>",
        pad_token="<pad>", unk_token="<unk>",
    )  # fmt: skip
    return new_llava(_SHAPE, tokenizer, _LENGTH, 1)


def _micros() -> list[Micro]:
    rng = np.random.default_rng(1)
    found = []
    for language in range(LANGUAGES):
        ids = rng.integers(5, _SHAPE.vocabulary, (_SENTENCES, _LENGTH))
        ids[:, 1 : 1 + _PATCHES] = 4
        scored = np.zeros(ids.shape, bool)
        scored[:, _PROMPT:] = True
        found.append(Micro(f"l{language}", Written(ids, scored), [str(n) for n in range(_SENTENCES)], 0))
    return found


def _allowed(model: Any, chosen: list[str]) -> dict[str, dict[str, torch.Tensor]]:
    """Nine neurons in ten for all languages, the others for one of them each."""
    rng, modules = np.random.default_rng(2), linear_maps(model)
    owners = {}
    for name in chosen:
        owner = np.full(modules[name].out_features, -1)
        specific = rng.permutation(len(owner))[: round(SPECIFIC * len(owner))]
        owner[specific] = rng.integers(0, LANGUAGES, len(specific))
        owners[name] = owner
    return {
        f"l{language}": {
            name: torch.from_numpy(np.flatnonzero((owner == -1) | (owner == language)))
            for name, owner in owners.items()
        }
        for language in range(LANGUAGES)
    }


def comparisons() -> list[Row]:
    """Step time and optimiser state, with the chosen layers all over the depth, the projector's among them, or the
    upper ones; there is no bound on the worse of the two times but its own."""
    model, micros, pixels = _model(), _micros(), _pixels()
    accelerator, settings = Accelerator(cpu=True), Optimisation(updates=100)
    names = list(linear_maps(model))
    count = int(np.ceil(SHARE * len(names)))
    spread = [names[place] for place in np.linspace(0, len(names) - 1, count).round().astype(int)]

    def steps(trained: Any, updater: Any) -> Callable[[], None]:
        def work() -> None:
            for micro in micros:
                updater.begin(micro.language)
                loss = llava_loss(trained, micro, pixels, _PADDING)
                (loss / int(micro.tokens.scored.sum())).backward()
                updater.step(1e-4)

        return work

    def numbers(updater: Any) -> int:
        state: Mapping[str, torch.Tensor] = updater.state()
        return sum(value.numel() for value in state.values())

    dense = copy.deepcopy(model).train()
    for name, value in dense.named_parameters():
        value.requires_grad_(".vision_tower." not in name)
    full = DenseUpdater(dense, settings, accelerator)
    rows = []
    for title, chosen in (("all over the depth", spread), ("the upper ones", names[-count:])):
        sparse = copy.deepcopy(model).train()
        neurons = RowUpdater(sparse, _allowed(sparse, chosen), settings, accelerator)
        ours, peer, ratio = paired(steps(sparse, neurons), steps(dense, full), ROUNDS)
        times = ours / len(micros), peer / len(micros), ratio
        rows.append(judged(f"NeuMT 40 % / full step, layers {title} (s)", *times, "<= 0.8"))
        state = numbers(neurons), numbers(full)
        rows.append(judged(f"NeuMT 40 % / full optimiser state, layers {title}", *state, state[0] / state[1], "<= 0.5"))
    return rows
