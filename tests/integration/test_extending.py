"""A method is one new file and a row of configuration."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load_file

from crosstalk.artefacts import SCORES, read_table
from tests.workflow.copies import Copy

BIASES = '''"""BitFit (Ben Zaken et al. 2022): only biases learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosstalk.methods.given import Given
    from crosstalk.training.updates import Updater


def updater(given: Given) -> Updater:
    """AdamW on all biases."""
    from crosstalk.training.updates import DenseUpdater

    for name, value in given.model.named_parameters():
        value.requires_grad = name.endswith("bias")
    return DenseUpdater(given.model, given.settings, given.accelerator)
'''
FILE = "crosstalk/methods/training/biases.py"


def test_a_new_file_is_a_new_method(again: Copy) -> None:
    (again.folder / FILE).write_text(BIASES, encoding="utf-8")
    methods = {"bitfit": {"label": "BitFit", "training": "biases"}}
    planned = again.planned(methods=methods, nmt={"methods": ["xlmt", "bitfit"]})
    assert (planned["specialise"], planned["decode"], planned["score"]) == (1, 1, 1)
    assert not {"foundation", "paraphrases", "encode"} & set(planned)
    scores = "results/nmt/world/1/bitfit/scores.parquet"
    run = again.run(scores, methods=methods, nmt={"methods": ["xlmt", "bitfit"]})
    assert run.returncode == 0, run.stdout
    table = read_table(again.folder / scores, SCORES)
    assert set(table["method"].to_pylist()) == {"bitfit"}
    assert "BLEU_delta" in table["metric"].to_pylist()
    folder = again.folder / "results/models/world/1"
    before, after = (load_file(folder / model / "model.safetensors") for model in ("foundation", "biases"))
    assert {name for name in before if not np.array_equal(before[name], after[name])} == {
        name for name in before if name.endswith("bias") and name != "final_logits_bias"
    }
