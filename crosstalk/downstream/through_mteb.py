"""Classification tasks of the library ``mteb``: their data, and its own code on an encoder (optional)."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crosstalk.config.downstream import Labelled, Protocol
from crosstalk.downstream.protocol import halves, table
from crosstalk.downstream.schemas import LABELLED
from crosstalk.errors import CrosstalkError
from crosstalk.matrix.similarity import Embed


def load(settings: Labelled, languages: Mapping[str, str]) -> pd.DataFrame:
    """Rows of LABELLED of those ``languages`` (each with another name of it) that a task has, as ``mteb`` fetches them
    or has them in its cache.

    Raises CrosstalkError when the library is not installed, the task is none of its classification tasks, or its data
    cannot be had.
    """
    mteb = _library()
    try:
        task = mteb.get_task(settings.task)
    except KeyError as error:
        raise CrosstalkError(f"downstream: mteb has no task {settings.task!r}") from error
    if not isinstance(task, mteb.abstasks.AbsTaskClassification):
        raise CrosstalkError(f"downstream: mteb's {settings.task} is no classification task")
    subsets = task.metadata.hf_subsets
    found = []
    for language, other in languages.items():
        code = next((one for one in (language, other) if one in subsets), None)
        if code is None:
            continue
        one = mteb.get_task(settings.task, hf_subsets=[code])
        try:
            one.load_data()
        except Exception as error:  # of the hub, the network, the cache, the data set
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise CrosstalkError(
                f"downstream: the data of mteb's {settings.task} cannot be had ({reason}); export HF_HUB_OFFLINE=0 to "
                "fetch them, HF_HOME where they are, or read local files by another reader"
            ) from error
        parts = one.dataset[code]
        for split in parts:
            rows = parts[split].to_pandas()
            labels, texts = rows[one.label_column_name], rows[one.input_column_name]
            ids = [f"{split}-{number}" for number in range(len(rows))]
            found.append(
                pd.DataFrame({"sentence_id": ids, "language": language, "split": split, "label": labels, "text": texts})
            )
    return pd.concat(found) if found else pd.DataFrame(columns=LABELLED.names)


def predictions(task: str, sentences: pa.Table, language: str, embed: Embed, settings: Protocol) -> pd.DataFrame:
    """PREDICTIONS by ``mteb``'s own code; as ``protocol.predictions``."""
    train, test = halves(task, sentences, language, settings)
    datasets, mteb = import_module("datasets"), _library()
    names = sorted({*train["label"], *test["label"]})

    def rows(part: pd.DataFrame) -> Any:
        return datasets.Dataset.from_dict(
            {"text": part["text"].tolist(), "label": [names.index(label) for label in part["label"]]}
        )

    runner = _runner(mteb, task, language, settings)
    runner.dataset = datasets.DatasetDict({"train": rows(train), settings.split: rows(test)})
    runner.data_loaded = True
    logging.getLogger("mteb").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        runner.evaluate(
            _Encoder(mteb, embed, language), settings.split, encode_kwargs={}, prediction_folder=Path(folder)
        )
        told = json.loads((Path(folder) / runner.prediction_file_name).read_text(encoding="utf-8"))
    predicted = [[names[label] for label in row] for row in told["default"][settings.split]]
    return table(task, language, test, predicted)


def _library() -> Any:
    try:
        mteb = import_module("mteb")
        import_module("mteb.abstasks")
    except ImportError as error:
        raise CrosstalkError(
            "downstream: reader 'mteb' needs a library that is not installed; add it by: make mteb"
        ) from error
    return mteb


def _runner(mteb: Any, name: str, language: str, settings: Protocol) -> Any:
    """A classification task of mteb's whose data are given, not fetched."""
    metadata = mteb.TaskMetadata(
        name=name, dataset={"path": "local/labelled", "revision": "0" * 40}, description="Given", type="Classification",
        category="t2c", modalities=["text"], eval_splits=[settings.split], eval_langs=[language.replace("_", "-")],
        main_score="accuracy", reference=None, date=None, domains=None, task_subtypes=None, license=None,
        annotations_creators=None, dialect=None, sample_creation=None, bibtex_citation=None,
    )  # fmt: skip
    model = import_module("sklearn.linear_model").LogisticRegression(max_iter=settings.max_iterations)
    given = {
        "metadata": metadata, "n_experiments": settings.experiments, "samples_per_label": settings.samples_per_label,
        "evaluator_model": model,
    }  # fmt: skip
    return type("Given", (mteb.abstasks.AbsTaskClassification,), given)(seed=settings.seed)


class _Encoder:
    """What mteb calls an encoder, of one language."""

    def __init__(self, mteb: Any, embed: Embed, language: str) -> None:
        self._embed, self._language = embed, language
        self.mteb_model_meta = mteb.models.ModelMeta.create_empty({"name": "crosstalk/encoder", "revision": "0"})

    def encode(self, inputs: Any, **_told: Any) -> np.ndarray:
        """Embeddings [sentences, width] of batches of texts."""
        return self._embed([text for batch in inputs for text in batch["text"]], self._language)

    def similarity(self, first: Any, second: Any) -> Any:
        """Asked of every encoder, and of no use to a classification."""
        raise NotImplementedError

    def similarity_pairwise(self, first: Any, second: Any) -> Any:
        """As ``similarity``."""
        raise NotImplementedError
