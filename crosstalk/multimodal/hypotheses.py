"""Translations of a benchmark's captions, with their own images, with those of other sentences, or with blank ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
from tqdm import tqdm

from crosstalk.artefacts import HYPOTHESES
from crosstalk.multimodal.examples import Example
from crosstalk.multimodal.pictures import Condition
from crosstalk.multimodal.setting import Setting

Translate = Callable[[Sequence[Example], str, Condition], list[str]]
"""Examples, the language to translate into and the kind of images -> translations."""


def split_name(split: str, condition: Condition) -> str:
    """What a split is called in tables when it is translated with such images."""
    return split if condition == "image" else f"{split}.{condition}"


def hypotheses(translate: Translate, setting: Setting, conditions: Sequence[Condition]) -> pa.Table:
    """HYPOTHESES of every language with each kind of images."""
    captions, tables = setting.captions["test"], []
    work = [(condition, language) for condition in conditions for language in captions.languages]
    for condition, language in tqdm(work, desc="translate", unit="direction"):
        examples = captions.examples[language]
        texts = translate(examples, language, condition)
        names, sources, references = zip(*examples, strict=True)
        columns = {"sentence_id": names, "source": sources, "reference": references, "hypothesis": texts}
        same = {"split": split_name("test", condition), "src": captions.pivot, "tgt": language}
        rows = {**{key: [value] * len(texts) for key, value in same.items()}, **columns}
        tables.append(pa.table({name: list(rows[name]) for name in HYPOTHESES.names}, schema=HYPOTHESES))
    return pa.concat_tables(tables)
