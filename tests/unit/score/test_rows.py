"""The table of score rows: directions, averages, comparisons with a baseline, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
import sacrebleu
from numpy.random import default_rng

from crosstalk.artefacts import HYPOTHESES, SCORES
from crosstalk.config.nrd import Score
from crosstalk.errors import CrosstalkError
from crosstalk.score import Identifier, Run, score

SETTINGS = Score(bootstrap=200)
RUN = Run("toy", "nrd", 1, config_hash="c0", data_hash="d0", commit="e0")
TIERS = {"deu_Latn": "high", "fra_Latn": "high", "fin_Latn": "low"}
LEXICON = {
    "eng_Latn": ["the", "cat", "sees", "two", "small", "dogs", "run", "past", "old", "house"],
    "deu_Latn": ["die", "Katze", "sieht", "zwei", "kleine", "Hunde", "laufen", "vorbei", "altes", "Haus"],
    "fra_Latn": ["le", "chat", "voit", "deux", "petits", "chiens", "courir", "devant", "vieille", "maison"],
    "fin_Latn": ["se", "kissa", "näkee", "kaksi", "pientä", "koiraa", "juosta", "ohi", "vanha", "talo"],
}
DIRECTIONS = [(a, b) for a in LEXICON for b in LEXICON if a != b]


def sentence(language: str, meaning: list[int]) -> str:
    return " ".join(LEXICON[language][word] for word in meaning)


def translations(noise: float, seed: int = 0, sentences: int = 30, split: str = "test") -> pa.Table:
    """Word-by-word translations in which a share of the words is left in the source language."""
    generator = default_rng(seed)
    meanings = [default_rng(number).integers(10, size=8).tolist() for number in range(sentences)]
    rows = []
    for src, tgt in DIRECTIONS:
        for number, meaning in enumerate(meanings):
            source, reference = sentence(src, meaning), sentence(tgt, meaning)
            pairs = zip(source.split(), reference.split(), strict=True)
            hypothesis = " ".join(left if generator.random() < noise else right for left, right in pairs)
            rows.append((split, src, tgt, f"toy:{number}", source, reference, hypothesis))
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    return pa.Table.from_arrays(columns, schema=HYPOTHESES)


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    generator = default_rng(1)
    meanings = [generator.integers(10, size=8).tolist() for _ in range(40)]
    texts = [sentence(language, meaning) for language in LEXICON for meaning in meanings]
    return Identifier(texts, [language for language in LEXICON for _ in meanings])


Scorer = Callable[..., pa.Table]


@pytest.fixture(scope="module")
def scored(identifier: Identifier) -> Scorer:
    def run(hypotheses: pa.Table, baseline: pa.Table | None = None, **changes: object) -> pa.Table:
        fixed = {"run": RUN, "pivot": "eng_Latn", "tiers": TIERS, "settings": SETTINGS, "identifier": identifier}
        return score(hypotheses, baseline, baseline_name="xlmt", **(fixed | changes))

    return run


@pytest.fixture(scope="module")
def compared(scored: Scorer) -> pa.Table:
    return scored(translations(0.2), translations(0.5, seed=1))


def row(table: pa.Table, metric: str, src: str, tgt: str, tier: str | None = None) -> dict:
    found = [
        each
        for each in table.to_pylist()
        if (each["metric"], each["src"], each["tgt"]) == (metric, src, tgt) and tier in (None, each["tier"])
    ]
    assert len(found) == 1
    return found[0]


def test_schema_and_shared_columns(compared: pa.Table) -> None:
    assert compared.schema == SCORES
    first = compared.to_pylist()[0]
    assert {name: first[name] for name in ("benchmark", "method", "seed", "config_hash", "data_hash", "commit")} == {
        "benchmark": "toy",
        "method": "nrd",
        "seed": 1,
        "config_hash": "c0",
        "data_hash": "d0",
        "commit": "e0",
    }


def test_direction_equals_sacrebleu(compared: pa.Table) -> None:
    rows = [each for each in translations(0.2).to_pylist() if (each["src"], each["tgt"]) == ("deu_Latn", "fra_Latn")]
    hypotheses = [each["hypothesis"] for each in rows]
    expected = sacrebleu.corpus_bleu(hypotheses, [[each["reference"] for each in rows]]).score
    found = row(compared, "BLEU", "deu_Latn", "fra_Latn")
    assert found["value"] == expected
    assert found["ci_low"] < expected < found["ci_high"]
    assert (found["tier"], found["n"], found["higher_is_better"]) == ("zero_shot", 30, True)


def test_tiers_of_directions(compared: pa.Table) -> None:
    assert row(compared, "chrF++", "eng_Latn", "fin_Latn")["tier"] == "low"
    assert row(compared, "chrF++", "deu_Latn", "eng_Latn")["tier"] == "high"


@pytest.mark.parametrize(
    ("src", "tgt", "tier", "members"),
    [
        ("X", "eng_Latn", "high", [("deu_Latn", "eng_Latn"), ("fra_Latn", "eng_Latn")]),
        ("X", "eng_Latn", "all", [(code, "eng_Latn") for code in TIERS]),
        ("eng_Latn", "X", "low", [("eng_Latn", "fin_Latn")]),
        ("X", "X", "zero_shot", [pair for pair in DIRECTIONS if "eng_Latn" not in pair]),
    ],
)
@pytest.mark.parametrize("metric", ["BLEU", "off_target", "length_ratio", "chrF++_delta"])
def test_averages_are_macro_averages(
    compared: pa.Table, src: str, tgt: str, tier: str, members: list[tuple[str, str]], metric: str
) -> None:
    average = row(compared, metric, src, tgt, tier)
    assert average["value"] == pytest.approx(np.mean([row(compared, metric, *pair)["value"] for pair in members]))
    assert average["n"] == 30 * len(members)
    if len(members) == 1:
        single = row(compared, metric, *members[0])
        assert (average["ci_low"], average["ci_high"]) == (single["ci_low"], single["ci_high"])


def test_tiers_without_directions_have_no_rows(compared: pa.Table) -> None:
    assert "medium" not in compared["tier"].to_pylist()


def test_a_better_system_is_seen(compared: pa.Table) -> None:
    delta = row(compared, "BLEU_delta", "X", "X")
    single = row(compared, "BLEU_delta", "deu_Latn", "fra_Latn")
    assert 0 < delta["ci_low"] < delta["value"] < delta["ci_high"]
    assert delta["ci_high"] - delta["ci_low"] < single["ci_high"] - single["ci_low"]
    assert row(compared, "BLEU_p", "X", "X")["value"] == pytest.approx(1 / 201)
    assert delta["signature"].endswith("|bs:200|seed:1|baseline:xlmt")


def test_a_system_does_not_differ_from_itself(scored: Scorer) -> None:
    same = scored(translations(0.4), translations(0.4)).to_pylist()
    deltas = [each for each in same if each["metric"].endswith("_delta")]
    assert {(each["value"], each["ci_low"], each["ci_high"]) for each in deltas} == {(0.0, 0.0, 0.0)}
    assert {each["value"] for each in same if each["metric"].endswith("_p")} == {1.0}


def test_swapping_systems_flips_the_difference(scored: Scorer, compared: pa.Table) -> None:
    swapped = row(scored(translations(0.5, seed=1), translations(0.2)), "chrF++_delta", "X", "eng_Latn", "all")
    delta = row(compared, "chrF++_delta", "X", "eng_Latn", "all")
    flipped = [-delta["value"], -delta["ci_high"], -delta["ci_low"]]
    assert [swapped["value"], swapped["ci_low"], swapped["ci_high"]] == pytest.approx(flipped)


def test_order_of_rows_does_not_matter(scored: Scorer, compared: pa.Table) -> None:
    shuffled = [
        table.take(default_rng(7).permutation(table.num_rows)) for table in (translations(0.2), translations(0.5, 1))
    ]
    assert scored(*shuffled).equals(compared)


def test_splits_are_apart(scored: Scorer) -> None:
    both = scored(pa.concat_tables([translations(0.1), translations(0.6, split="flores")]))
    values = {each["split"]: each["value"] for each in both.to_pylist() if each["src"] == each["tgt"] == "X"}
    assert set(values) == {"test", "flores"}
    assert all(each["n"] <= 30 * 6 for each in both.to_pylist())


def test_without_baseline_there_are_no_differences(scored: Scorer) -> None:
    metrics = set(scored(translations(0.2))["metric"].to_pylist())
    shares = {"off_target", "empty_rate", "copy_rate", "loop_rate", "own_reference"}
    assert metrics == {"BLEU", "chrF++", "length_ratio"} | shares


@pytest.mark.parametrize("hypothesis", ["", "die Katze", "chat"])
def test_one_sentence_gives_numbers(scored: Scorer, hypothesis: str) -> None:
    one = pa.Table.from_pylist(
        [dict(zip(HYPOTHESES.names, ["test", "deu_Latn", "eng_Latn", "1", "die", "the", hypothesis], strict=True))],
        schema=HYPOTHESES,
    )
    rows = scored(one, one.set_column(6, "hypothesis", pa.array(["the"]))).to_pylist()
    assert np.isfinite([each["value"] for each in rows]).all()
    assert all(np.isfinite([each["ci_low"], each["ci_high"]]).all() for each in rows if each["ci_low"] is not None)
    assert row(pa.Table.from_pylist(rows), "BLEU_p", "deu_Latn", "eng_Latn")["value"] == 1


def test_refusals(scored: Scorer) -> None:
    table = translations(0.2, sentences=3)
    other = table.to_pylist()
    other[0]["reference"] = "another"
    with pytest.raises(CrosstalkError, match="no rows"):
        scored(table.slice(0, 0))
    with pytest.raises(CrosstalkError, match="'toy:0' is twice in test eng_Latn-deu_Latn"):
        scored(pa.concat_tables([table, table.slice(0, 1)]))
    with pytest.raises(CrosstalkError, match=r"'fin_Latn'.*none"):
        scored(table, tiers={"deu_Latn": "high", "fra_Latn": "low"})
    with pytest.raises(CrosstalkError, match="only one has 'toy:0' of test eng_Latn-deu_Latn"):
        scored(table, table.slice(1))
    with pytest.raises(CrosstalkError, match="only one has 'toy:2' of test fin_Latn-fra_Latn"):
        scored(table.slice(0, table.num_rows - 1), table)
    with pytest.raises(CrosstalkError, match="references differ"):
        scored(table, pa.Table.from_pylist(other, schema=HYPOTHESES))
    with pytest.raises(CrosstalkError, match="'hypothesis' lacks values"):
        scored(table.set_column(6, "hypothesis", pa.nulls(table.num_rows, pa.string())))


def test_directions_that_a_method_leaves_out_are_not_compared(scored: Scorer) -> None:
    whole, baseline = translations(0.2), translations(0.4, seed=1)
    rows = whole.to_pandas()
    kept = (rows["src"] == "eng_Latn") | (rows["tgt"] == "eng_Latn") & (rows["src"] != "deu_Latn")
    part = pa.Table.from_pandas(rows[kept], schema=HYPOTHESES, preserve_index=False)
    found = scored(part, baseline).to_pandas()
    directions = set(found[["src", "tgt"]].itertuples(index=False, name=None))
    assert ("deu_Latn", "eng_Latn") not in directions
    assert ("X", "X") not in directions
    into = found[(found["src"] == "X") & (found["tgt"] == "eng_Latn")]
    # Of high and low the latter is whole; of all directions into English one lacks.
    assert set(into["tier"]) == {"low"}
    same = scored(whole, baseline).to_pandas().merge(found, on=["src", "tgt", "tier", "metric"])
    assert len(same) == len(found)
    assert (same["value_x"] == same["value_y"]).all()


def test_a_sentence_that_one_direction_lacks_is_refused(scored: Scorer) -> None:
    rows = translations(0.2).to_pandas()[1:]
    part = pa.Table.from_pandas(rows, schema=HYPOTHESES, preserve_index=False)
    with pytest.raises(CrosstalkError, match="expected the same sentences"):
        scored(part, translations(0.4, seed=1))
