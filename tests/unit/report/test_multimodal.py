"""The part of the page on translation with images: tables beside the paper's, figures, and what is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from crosstalk.report.data import ReportData
from crosstalk.report.drawings import draw
from crosstalk.report.multimodal_chapter import chapters
from crosstalk.report.multimodal_charts import charts
from crosstalk.report.multimodal_data import Multimodal, variances
from crosstalk.report.section import Chapter

SYSTEMS = {"sft": 40.0, "neumt_40": 42.0, "standard": 43.0, "agnostic": 41.0}
LANGUAGES = ("deu_Latn", "tur_Latn")
PUBLISHED = {
    "sft": "LLaVA-1.5 SFT", "neumt_40": "LLaVA-NeuMT (40%)", "standard": "standard (1:9)", "agnostic": "agnostic only",
}  # fmt: skip


def scores() -> pd.DataFrame:
    rows = []
    for system, value in SYSTEMS.items():
        for split, loss in (("test", 0.0), ("test.shuffled", 5.0), ("test.blank", 4.0)):
            for place, tgt in enumerate((*LANGUAGES, "X")):
                same = {"benchmark": "captions", "method": system, "split": split, "src": "eng_Latn", "tgt": tgt}
                same["tier"] = "all" if tgt == "X" else "captions"
                numbers = {"BLEU": value + place - loss, "chrF++": value, "sense_accuracy": 0.9 if not loss else 0.5}
                numbers |= {} if system == "sft" else {"BLEU_delta": value - SYSTEMS["sft"]}
                rows += [
                    same | {"metric": name, "value": number, "ci_low": number - 1, "ci_high": number + 1}
                    for name, number in numbers.items()
                ]
    return pd.DataFrame(rows)


def layers() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"layer": layer, "module": f"m{layer}", "units": 4, "language": code, "similarity": 0.9 - 0.1 * layer}
            for layer in range(3)
            for code in LANGUAGES
        ]
    )


def partition() -> pd.DataFrame:
    """Unit 0 differs between the languages (variance 4), unit 1 a little (1), the others do not."""
    statistics = {0: (0.0, 4.0), 1: (1.0, 3.0), 2: (2.0, 2.0), 3: (1.0, 1.0)}
    return pd.DataFrame(
        [
            {"layer": 2, "unit": unit, "language": code, "statistic": value,
             "role": ("specific" if place else "other") if unit == 0 else "agnostic"}
            for unit, values in statistics.items()
            for place, (code, value) in enumerate(zip(LANGUAGES, values, strict=True))
        ]
    )  # fmt: skip


def hypotheses() -> pd.DataFrame:
    """The second of two sentences is translated otherwise with another's image."""
    rows = [
        {"split": split, "src": "eng_Latn", "tgt": "deu_Latn", "sentence_id": f"s{n}", "source": f"bat {n}",
         "reference": "r", "hypothesis": f"{n}" if n == 0 or split == "test" else "<b>other</b>"}
        for split in ("test", "test.shuffled")
        for n in range(2)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def parts(tables: Multimodal) -> list[Chapter]:
    return chapters(tables, draw(ReportData(multimodal=tables)))


@pytest.fixture
def tables() -> Multimodal:
    return Multimodal(
        scores(), {"captions": layers()}, {"captions": variances(partition())}, {"sft": "Full", "neumt_40": "NeuMT"},
        PUBLISHED, {"layers": {"neumt_40": 0.4, "standard": 1.0}, "specific": {"standard": 0.1}}, "sft",
        {"captions": "M3-Multi30K"}, {"captions": hypotheses()},
    )  # fmt: skip


def test_variances_are_those_of_the_neurons_in_order():
    found = variances(partition()).set_index("share")
    assert found.loc[[0.02, 0.24, 0.26, 0.5], "variance"].tolist() == [1.0, 1.0, 0.25, 0.25]
    assert found.index.max() == 0.5, "the other half does not vary"
    assert set(found["specific"]) == {0.25}


def test_a_sweep_needs_two_values(tables):
    assert set(charts(tables, "captions")) == {"sweep_layers", "layers", "neurons"}


def test_figures_of_a_benchmark_without_data_are_left_out(tables):
    bare = Multimodal(tables.scores, labels=tables.labels)
    assert charts(bare, "captions") == {}
    (chapter,) = parts(bare)
    assert {section.key for section in chapter.sections if not section.figures and not section.tables} >= {"settings"}


def test_scores_have_the_papers_for_each_language(tables):
    (chapter,) = parts(tables)
    found = {section.key: section for section in chapter.sections}
    bleu = found["scores"].tables[0]
    assert bleu.columns == ["System", *LANGUAGES, "Average", "Difference"]
    full = next(row for row in bleu.rows if row[0].text == "Full")
    assert full[1].text == "40.0"
    assert full[1].note.endswith("paper 42.2"), full[1].note
    assert full[4].text == "–", "the baseline is not compared with itself"


def test_tables_of_the_paper_stand_beside_what_was_measured(tables):
    (chapter,) = parts(tables)
    found = next(section for section in chapter.sections if section.key == "paper")
    both, third = found.tables
    neumt = next(row for row in both.rows if row[0].text == "NeuMT")
    assert [cell.text for cell in neumt[1:3]] == ["44.0", "+2.0"]
    assert any(row[0].text == "GPT-4o" and row[1].text == "–" for row in both.rows)
    agnostic = next(row for row in third.rows if row[0].text == "agnostic")
    # 53.3 and 54.1 in the paper's Table 3.
    assert [cell.text for cell in agnostic[3:5]] == ["53.3", "−0.8"]


def test_the_summary_says_whether_images_matter(tables):
    (chapter,) = parts(tables)
    assert any("Full 90 % (50 %)" in text.replace("\u00a0", " ") for text in chapter.findings)


def test_translations_that_change_with_the_image_can_be_read(tables):
    (chapter,) = parts(tables)
    (read,) = next(section for section in chapter.sections if section.key == "images").folded
    assert [[cell.text for cell in row] for row in read.rows] == [["bat 1", "deu_Latn", "r", "1", "<b>other</b>"]]
    assert read.title.replace("\u00a0", " ").endswith("the first of 50 %")
