"""One pass over training captions before and after fine-tuning: what layers and neurons are chosen by."""

from __future__ import annotations

import pyarrow as pa

from crosstalk.config.multimodal import Multimodal
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.selection import compare, neuron_importance, neuron_table
from crosstalk.multimodal.setting import Setting
from crosstalk.multimodal.tasks import LlavaTask, translations


def measure(base: Loaded, tuned: Loaded, setting: Setting, settings: Multimodal) -> tuple[pa.Table, pa.Table]:
    """LAYERS (Eq. 3), and PARTITION rows with every neuron's importance (Eq. 4, 5) in the fine-tuned model, on
    ``settings.statistics.sentences`` of each language."""
    train = setting.captions["train"].first(settings.statistics.sentences, spread=True)
    rows = translations(train, base.prompter, setting.max_length)
    pixels = base.pixels(setting)
    batches = list(LlavaTask(rows, rows, base.padding, settings.tuning, 0, pixels=pixels).dev_batches())
    layers = compare(base.model, tuned.model, batches, pixels, base.padding)
    return layers, neuron_table(neuron_importance(tuned.model, batches, pixels, base.padding))
