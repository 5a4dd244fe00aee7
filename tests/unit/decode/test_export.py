"""From a trained model to folders that translate, through the command line."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from transformers import BartForConditionalGeneration

from crosstalk import __main__ as command_line
from crosstalk.artefacts import GAMMA, PARTITION, write_table
from crosstalk.config.nrd import Decode
from crosstalk.decode.filtered import folded
from crosstalk.decode.search import beam_search
from crosstalk.tokens.vocabulary import EOS

LANGUAGES = ["eng_Latn", "qaa_Latn", "qab_Cyrl"]
FACTORS = {"eng_Latn": 0.5 * (1 + 0.2), "qaa_Latn": 0.5 * (1 - 0.9), "qab_Cyrl": 0.5 * (1 + 1.0)}
"""1 - alpha (1 - gamma), alpha 0.5."""


@pytest.fixture(scope="module")
def parts(small, learnt, tmp_path_factory) -> Path:
    """A model folder, a partition whose every other unit is syntax-sensitive, and gammas 0.2, -0.9 and 1."""
    folder = tmp_path_factory.mktemp("parts")
    learnt.save_pretrained(folder / "model")
    rows = [("ffn", layer, unit, code, 0.0, ["syntactic", "other"][unit % 2])
            for layer in range(2) for unit in range(24) for code in LANGUAGES]  # fmt: skip
    write_table(pa.table(dict(zip(PARTITION.names, map(list, zip(*rows, strict=True)), strict=True))),
                folder / "partition.parquet", PARTITION)  # fmt: skip
    gammas = [(code, gamma, 1, 1, 0.0, 0.0, 0.0) for code, gamma in zip(LANGUAGES, (0.2, -0.9, 1.0), strict=True)]
    write_table(pa.table(dict(zip(GAMMA.names, map(list, zip(*gammas, strict=True)), strict=True))),
                folder / "gamma.parquet", GAMMA)  # fmt: skip
    return folder


def export(small, parts: Path, out: Path, *more: str, filtered: bool = True) -> int:
    filters = ["--partition", str(parts / "partition.parquet"), "--gamma", str(parts / "gamma.parquet")]
    model = ["--model", str(parts / "model"), "--vocabulary", str(small.folder / "vocabulary")]
    return command_line.main(["export", *model, *(filters if filtered else []), "--out", str(out), *more])


@pytest.fixture(scope="module")
def exported(small, parts, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "nrd"
    assert export(small, parts, out) == 0
    return out


@pytest.fixture
def translate(monkeypatch) -> Callable[..., tuple[int, bytes]]:
    """Run the command on some bytes; its exit status and output."""

    def run(model: Path, given: bytes, *options: str) -> tuple[int, bytes]:
        output = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given)))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=output))
        status = command_line.main(["translate", "--model", str(model), "--threads", "1", *options])
        return status, output.getvalue()

    return run


def expected(small, model, source: str, target: str, text: str) -> str:
    """What decoding in the workflow gives."""
    (ids,) = small.vocabulary.encode([text])
    mask = {layer: 1 - (1 - FACTORS[source]) * (np.arange(24) % 2 == 0) for layer in range(2)}
    import torch

    with folded(model, {layer: torch.from_numpy(row.astype(np.float32)) for layer, row in mask.items()}):
        row = np.array([small.vocabulary.tags[target], *ids[:46], EOS], np.int32)
        (found,) = beam_search(model, [row], [EOS], Decode(), 1, "")
    return small.vocabulary.decode([found])[0]


PAIRS = [("qaa_Latn", "eng_Latn", "canu vidas ruga felo"), ("qab_Cyrl", "eng_Latn", "пес види кот"),
         ("eng_Latn", "qaa_Latn", "small dog sees cat"), ("qaa_Latn", "qab_Cyrl", "blua domo")]  # fmt: skip


def test_every_folder_has_what_it_needs(exported):
    assert sorted(path.name for path in exported.iterdir()) == LANGUAGES
    for language in LANGUAGES:
        for kind, weights in (("ctranslate2", "model.bin"), ("transformers", "model.safetensors")):
            folder = exported / language / kind
            card = json.loads((folder / "crosstalk.json").read_text(encoding="utf-8"))
            assert (card["kind"], card["source"], card["targets"]) == (kind, language, LANGUAGES)
            assert card["filter"]["factor"] == pytest.approx(FACTORS[language])
            assert len(card["provenance"]["sha256"]) == 4
            for name in (weights, "sentencepiece.model", "languages.json", "config.json"):
                assert (folder / name).stat().st_size > 0


@pytest.mark.parametrize("kind", ["ctranslate2", "transformers"])
def test_mixed_languages_are_translated_as_in_the_workflow(small, model, exported, translate, kind):
    given = "".join("\t".join(row) + "\n" for row in PAIRS)
    status, output = translate(exported, given.encode(), "--tsv", "--engine", kind, "--batch", "3")
    assert status == 0
    assert output.decode().splitlines() == [expected(small, model, *row) for row in PAIRS]


@pytest.mark.parametrize("form", ["", "qaa_Latn", "qaa_Latn/ctranslate2", "qaa_Latn/transformers"])
def test_one_language_from_any_of_the_folders(small, model, exported, translate, form):
    status, output = translate(exported / form, b"canu vidas\nblua domo", "--src", "qaa", "--tgt", "en")
    assert status == 0
    assert output.decode() == "".join(
        expected(small, model, "qaa_Latn", "eng_Latn", text) + "\n" for text in ("canu vidas", "blua domo")
    )


def test_as_many_lines_out_as_in(small, model, exported, translate, capfd):
    lines = [
        "\ufeffcanu vidas", "", "   ", "blua\u2028domo", "canu\u0085felo", "olda\rdomo", "eta\tcanu\tfelo", "rivo\r",
        "canu \x0b\x0c\x1c felo", "\u200b", "canu " * 200, "漢字", "domo",
    ]  # fmt: skip
    status, output = translate(
        exported, "\n".join(lines).encode(), "--src", "qaa_Latn", "--tgt", "eng_Latn", "--batch", "1"
    )
    assert status == 0
    found = output.decode().split("\n")
    assert len(found) == len(lines) + 1
    assert found[-1] == ""
    assert len(output.decode().splitlines()) == len(lines)
    assert [i for i, line in enumerate(found[:-1]) if not line] == [
        1,
        2,
        *([9] if not small.vocabulary.encode(["\u200b"])[0] else []),
    ]
    assert found[0] == expected(small, model, "qaa_Latn", "eng_Latn", "canu vidas")
    assert found[3] == expected(small, model, "qaa_Latn", "eng_Latn", "blua domo")
    assert found[6] == expected(small, model, "qaa_Latn", "eng_Latn", "eta canu felo")
    told = capfd.readouterr().err
    assert "crosstalk: line 2 is empty, and so is its translation" in told
    assert "crosstalk: line 11 is longer than the model takes, and was cut" in told


def test_nothing_in_nothing_out(exported, translate):
    assert translate(exported, b"", "--src", "qaa", "--tgt", "eng") == (0, b"")


def test_text_may_hold_tabs_and_empty_lines_stay_among_columns(small, model, exported, translate):
    given = "qaa\teng\tcanu\tfelo\n\nqab\teng\tпес\n"
    status, output = translate(exported, given.encode(), "--tsv")
    assert status == 0
    first, second, third = output.decode().splitlines()
    assert (first, second) == (expected(small, model, "qaa_Latn", "eng_Latn", "canu felo"), "")
    assert third == expected(small, model, "qab_Cyrl", "eng_Latn", "пес")


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        (b"canu\n\xff\n", ("--src", "qaa", "--tgt", "eng"), "line 2: not UTF-8 (byte 0xff at 0); expected UTF-8"),
        (b"", ("--src", "qab_Latn", "--tgt", "eng"), "unknown language 'qab_Latn'; did you mean 'qaa_Latn'?"),
        (b"", ("--src", "qaa", "--tgt", "tlh"), "unknown language 'tlh'; known: eng_Latn, qaa_Latn, qab_Cyrl"),
        (b"qaa\teng\tcanu\nqaa\tcanu\n", ("--tsv",), "line 2: 2 columns; expected source<TAB>target<TAB>text"),
        (b"qaa\teng_latn\tcanu\n", ("--tsv",), "line 1: unknown language 'eng_latn'; did you mean 'eng_Latn'?"),
        (b"", ("--src", "qaa"), "expected --src and --tgt, or --tsv and neither"),
        (b"", ("--src", "qaa", "--tgt", "eng", "--tsv"), "expected --src and --tgt, or --tsv and neither"),
        (b"", ("--tsv", "--batch", "0"), "--threads and --batch: expected 1 or more"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_line(exported, translate, capfd, given, options, told):
    status, _ = translate(exported, given, *options)
    assert status == 1
    assert f"crosstalk: {told}" in capfd.readouterr().err.splitlines()[-1]


def test_missing_and_damaged_folders_are_told_in_one_line(exported, translate, capfd, tmp_path):
    pair = ("--src", "qaa", "--tgt", "eng")
    assert translate(tmp_path / "none", b"canu\n", *pair)[0] == 1
    assert "none: no such folder; expected one that" in capfd.readouterr().err
    assert translate(tmp_path, b"canu\n", *pair)[0] == 1
    assert "no exported model in it; expected crosstalk.json" in capfd.readouterr().err
    (tmp_path / "crosstalk.json").write_text("{")
    assert translate(tmp_path, b"canu\n", *pair)[0] == 1
    assert "crosstalk.json: not readable (" in capfd.readouterr().err
    card = (exported / "qaa_Latn/ctranslate2/crosstalk.json").read_text(encoding="utf-8")
    (tmp_path / "crosstalk.json").write_text(card, encoding="utf-8")
    assert translate(tmp_path, b"canu\n", *pair)[0] == 1
    assert "not a readable vocabulary" in capfd.readouterr().err


def test_a_model_without_a_filter_is_one_folder_for_all(small, model, parts, tmp_path, translate):
    assert export(small, parts, tmp_path / "xlmt", "--quantization", "int8", filtered=False) == 0
    assert [path.name for path in (tmp_path / "xlmt").iterdir()] == ["any"]
    card = json.loads((tmp_path / "xlmt/any/ctranslate2/crosstalk.json").read_text(encoding="utf-8"))
    assert (card["source"], card["quantization"], card["filter"]) == (None, "int8", {"name": "none", "factor": 1.0})
    status, output = translate(
        tmp_path / "xlmt", b"qaa\teng\tcanu\neng\tqaa\tdog\n", "--tsv", "--engine", "transformers"
    )
    assert status == 0
    ids = [np.array([small.vocabulary.tags[tgt], *small.vocabulary.encode([text])[0], EOS], np.int32)
           for tgt, text in (("eng_Latn", "canu"), ("qaa_Latn", "dog"))]  # fmt: skip
    assert output.decode().splitlines() == small.vocabulary.decode(beam_search(model, ids, [EOS] * 2, Decode(), 2, ""))


def test_transformers_alone_gives_the_same(small, model, exported):
    import torch

    alone = BartForConditionalGeneration.from_pretrained(exported / "qaa_Latn/transformers").eval()
    (ids,) = small.vocabulary.encode(["canu vidas"])
    given = torch.tensor([[small.vocabulary.tags["eng_Latn"], *ids, EOS]])
    text = small.vocabulary.decode(alone.generate(given, max_length=2 * given.shape[1] + 10)[:, 1:].tolist())
    assert text == [expected(small, model, "qaa_Latn", "eng_Latn", "canu vidas")]


def test_only_some_languages_and_again(small, parts, tmp_path, capfd):
    for _ in range(2):
        assert export(small, parts, tmp_path / "out", "--languages", "qab") == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["qab_Cyrl"]
    (tmp_path / "out/eng_Latn").mkdir()
    assert export(small, parts, tmp_path / "out", "--languages", "en") == 1
    assert "eng_Latn: is there already, and is no export; choose another --out" in capfd.readouterr().err
    assert export(small, parts, tmp_path / "out", "--languages", "qax") == 1
    assert "unknown language 'qax'; known: eng_Latn, qaa_Latn, qab_Cyrl" in capfd.readouterr().err


def test_parts_that_do_not_fit_are_told(small, parts, tmp_path, capfd):
    options = ["export", "--out", str(tmp_path / "out"), "--model", str(parts / "model"), "--vocabulary"]
    assert command_line.main([*options, str(tmp_path)]) == 1
    assert "sentencepiece.model: no such file" in capfd.readouterr().err
    assert command_line.main([*options, str(small.folder / "vocabulary"), "--gamma", str(parts / "gamma.parquet")]) == 1
    assert "--gamma needs --partition" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()
