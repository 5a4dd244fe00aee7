from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from crosstalk.artefacts import HYPOTHESES
from crosstalk.config.nrd import Decode
from crosstalk.config.root import Speed
from crosstalk.decode.search import beam_search
from crosstalk.decode.translate import translate
from crosstalk.tokens.vocabulary import EOS

TEXTS = {"eng_Latn": "dog sees red cat", "qaa_Latn": "canu vidas felo", "qab_Cyrl": "пес види кот"}


@pytest.fixture
def rows() -> pd.DataFrame:
    table = [
        ("test", src, tgt, f"s{i}", TEXTS[src] + " red" * i, TEXTS[tgt])
        for i in range(3)
        for src in TEXTS
        for tgt in TEXTS
        if src != tgt
    ]
    return pd.DataFrame(table, columns=["split", "src", "tgt", "sentence_id", "source", "reference"])


@pytest.mark.parametrize("engine", ["transformers", "ctranslate2"])
@pytest.mark.parametrize("tag_on_source", [True, False])
def test_each_source_language_is_translated_under_its_own_filter(small, model, rows, tag_on_source, engine):
    def run(masks: dict, batch: int = 4) -> pd.DataFrame:
        table = translate(
            model,
            small.vocabulary,
            rows,
            masks,
            Decode(beam=2),
            Speed(engine=engine, batch_sentences=batch),
            40,
            tag_on_source,
        )
        assert table.schema == HYPOTHESES
        return table.to_pandas().set_index(["src", "tgt", "sentence_id"]).sort_index()

    plain = run({})
    assert len(plain) == len(rows)
    kept = ["source", "reference", "split"]
    expected = rows.set_index(["src", "tgt", "sentence_id"]).sort_index()
    assert plain[kept].to_numpy().tolist() == expected[kept].to_numpy().tolist()
    for (_, tgt, _), row in plain.iterrows():
        tag, (ids,) = small.vocabulary.tags[tgt], small.vocabulary.encode([row["source"]])
        source = np.array([tag, *ids, EOS] if tag_on_source else [*ids, EOS], np.int32)
        found = beam_search(model, [source], [EOS if tag_on_source else tag], Decode(beam=2), 1, "test")
        assert row["hypothesis"] == small.vocabulary.decode(found)[0]
    filtered = run({"qaa_Latn": {0: torch.zeros(24), 1: torch.zeros(24)}}, batch=18)
    changed = (plain["hypothesis"] != filtered["hypothesis"]).groupby("src").any()
    assert changed.to_dict() == {"eng_Latn": False, "qaa_Latn": True, "qab_Cyrl": False}


def test_long_sources_are_cut(small, model, rows):
    long = rows[:1].assign(source="dog cat " * 200)
    (hypothesis,) = translate(model, small.vocabulary, long, {}, Decode(), Speed(), 12, True)["hypothesis"].to_pylist()
    cut = rows[:1].assign(source="dog cat " * 5)
    assert translate(model, small.vocabulary, cut, {}, Decode(), Speed(), 12, True)["hypothesis"].to_pylist() == [
        hypothesis
    ]
