"""A small captioned corpus and a small LLaVA that has learnt nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from crosstalk.artefacts import IMAGES, SENTENCES, write_table
from crosstalk.config.data import World
from crosstalk.config.multimodal import Base, Images, Llava
from crosstalk.corpora.images import read_world
from crosstalk.multimodal.base import new_image_processor, new_llava, new_tokenizer
from crosstalk.multimodal.loaded import Loaded
from crosstalk.multimodal.prompts import Prompter
from crosstalk.multimodal.setting import Setting
from crosstalk.world import generate

CODES = ["eng_Latn", "qaa_Latn", "qab_Cyrl"]
TOLD = {"pivot": "eng_Latn", "targets": CODES[1:], "test": "test", "test_sentences": None, "max_length": 80}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``languages/{code}.parquet`` and ``images.parquet`` of a small world."""
    folder = tmp_path_factory.mktemp("captions")
    world = generate(World(train=40, dev=6, test=8, ambiguous=0.5), CODES)
    for code in CODES:
        rows = [
            {**row, "sentence_id": f"world:{row['sentence_id']}"}
            for row in world.sentences.to_pylist()
            if row["language"] == code
        ]
        write_table(pa.Table.from_pylist(rows, schema=SENTENCES), folder / "languages" / f"{code}.parquet")
    images = pa.Table.from_batches(read_world(Images(source="world"), world.meanings), schema=IMAGES)
    write_table(images, folder / "images.parquet")
    return folder


@pytest.fixture(scope="session")
def setting(corpus: Path) -> Setting:
    return Setting.read(str(corpus / "languages"), str(corpus / "images.parquet"), TOLD, ["train", "dev", "test"])


@pytest.fixture
def base(setting: Setting) -> Loaded:
    return new_base(setting)


def new_base(setting: Setting) -> Loaded:
    """A model at random that fits a setting."""
    shape = Llava(d_model=16, ffn=24, heads=2, layers=2, vision_width=16, vocabulary=300)
    tokenizer = new_tokenizer(setting.captions["train"].texts(), shape.vocabulary, CODES)
    model = new_llava(shape, tokenizer, 120, 1)
    prompter = Prompter(tokenizer, Base().prompt, model.config.image_seq_length, {})
    return Loaded(model, prompter, new_image_processor(shape.image_size))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)
