"""One pass over training captions before and after fine-tuning: what layers and neurons are chosen by."""

from __future__ import annotations

import pyarrow as pa
from accelerate import Accelerator

from crosstalk.config.multimodal import Multimodal
from crosstalk.multimodal.activations import compare, neuron_importance
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.selection import neuron_table
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tasks import LlavaTask, translations


def measure(
    base: Loaded, tuned: Loaded, setting: Setting, settings: Multimodal, accelerator: Accelerator
) -> tuple[pa.Table, pa.Table]:
    """LAYERS (Eq. 3), and PARTITION rows with every neuron's importance (Eq. 4, 5) in the fine-tuned model, on
    ``settings.statistics.sentences`` of each language. The base model is on the CPU afterwards."""
    train = setting.captions["train"].first(settings.statistics.sentences, spread=True)
    rows = translations(train, base.prompter, setting.max_length)
    pixels = base.pixels(setting)
    task = LlavaTask(rows, rows, base.padding, settings.tuning, 0, pixels=pixels)
    tuned.model.to(accelerator.device)
    with accelerator.autocast():
        layers = compare(base.model.to(accelerator.device), tuned.model, list(task.dev_batches()), pixels, base.padding)
        base.model.cpu()
        scores = neuron_importance(tuned.model, list(task.dev_batches(times=1)), pixels, base.padding)
    return layers, neuron_table(scores)
