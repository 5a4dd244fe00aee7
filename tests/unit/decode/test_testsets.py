from __future__ import annotations

import pandas as pd
import pytest

from crosstalk.config.data import Benchmark, Source
from crosstalk.decode import testsets
from crosstalk.errors import CrosstalkError

LANGUAGES = ["eng_Latn", "qaa_Latn", "qab_Cyrl"]


def sentences(missing: dict[str, set[int]] | None = None) -> dict[str, pd.DataFrame]:
    """Thirty test sentences in every language, and as many to train on, without those ``missing``."""
    frames = {}
    for language in LANGUAGES:
        rows = [
            (f"{split}{i}", split, f"{language} {split} {i}")
            for split in ("test", "train")
            for i in range(30)
            if i not in (missing or {}).get(language, set())
        ]
        frames[language] = pd.DataFrame(rows, columns=["sentence_id", "split", "text"])
    return frames


def benchmark(**settings) -> Benchmark:
    return Benchmark(languages=LANGUAGES, sources=[Source(reader="world")], **settings)


def ids(frame: pd.DataFrame, src: str, tgt: str) -> list[str]:
    return frame[(frame["src"] == src) & (frame["tgt"] == tgt)]["sentence_id"].tolist()


def test_all_directions_of_a_test_split_are_there():
    table = testsets.testset(sentences(), benchmark())
    assert table.schema == testsets.TESTS
    frame = table.to_pandas()
    assert frame.groupby(["src", "tgt"]).size().to_dict() == {
        (src, tgt): 30 for src in LANGUAGES for tgt in LANGUAGES if src != tgt
    }
    assert set(frame["split"]) == {"test"}
    row = frame[(frame["src"] == "qab_Cyrl") & (frame["tgt"] == "eng_Latn")].iloc[0]
    number = row["sentence_id"].removeprefix("test")
    assert (row["source"], row["reference"]) == (f"qab_Cyrl test {number}", f"eng_Latn test {number}")


def test_a_sample_is_the_same_in_every_direction():
    frame = testsets.testset(sentences(), benchmark(test_sentences=8, zero_shot_sentences=5)).to_pandas()
    english = ids(frame, "eng_Latn", "qaa_Latn")
    assert len(english) == 8
    for src, tgt in (("qaa_Latn", "eng_Latn"), ("eng_Latn", "qab_Cyrl"), ("qab_Cyrl", "eng_Latn")):
        assert ids(frame, src, tgt) == english
    between = ids(frame, "qaa_Latn", "qab_Cyrl")
    assert len(between) == 5
    assert set(between) < set(english)
    assert english != ids(
        testsets.testset(sentences(), benchmark(test_sentences=8, seed=2)).to_pandas(), "eng_Latn", "qaa_Latn"
    )


def test_a_sample_hardly_changes_when_sentences_are_missing():
    whole = testsets.testset(sentences(), benchmark(test_sentences=8)).to_pandas()
    gone = int(ids(whole, "eng_Latn", "qaa_Latn")[0].removeprefix("test"))
    frame = testsets.testset(sentences({"qaa_Latn": {gone}}), benchmark(test_sentences=8)).to_pandas()
    assert ids(frame, "eng_Latn", "qab_Cyrl") == ids(whole, "eng_Latn", "qab_Cyrl")
    assert len(set(ids(frame, "eng_Latn", "qaa_Latn")) - set(ids(whole, "eng_Latn", "qaa_Latn"))) == 1


def test_zero_shot_directions_can_be_left_out():
    frame = testsets.testset(sentences(), benchmark(zero_shot_sentences=0)).to_pandas()
    assert (frame["src"] == "eng_Latn").sum() == (frame["tgt"] == "eng_Latn").sum() == 60
    assert len(frame) == 120


def test_a_split_without_sentences_is_refused():
    with pytest.raises(
        CrosstalkError, match=r"^tests: split 'valid' has no aligned sentences; expected some with eng_Latn$"
    ):
        testsets.testset(sentences(), benchmark(tests=["test", "valid"]))
