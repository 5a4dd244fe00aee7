"""Configuration files are merged as Snakemake merges them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from crosstalk.config.files import merged
from crosstalk.errors import CrosstalkError

values = st.none() | st.integers() | st.lists(st.integers(), max_size=2)
mappings = st.dictionaries(
    st.sampled_from("abc"), st.recursive(values, lambda inner: st.dictionaries(st.sampled_from("abc"), inner))
)


@settings(max_examples=50)
@given(files=st.lists(mappings, min_size=1, max_size=3))
def test_files_merge_deeply(tmp_path_factory: pytest.TempPathFactory, files: list[dict]) -> None:
    folder = tmp_path_factory.mktemp("files")
    paths, expected = [], {}
    for number, content in enumerate(files):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(json.dumps(content), encoding="utf-8")
        update_config(expected, load_configfile(paths[-1]))
    assert merged(paths) == expected


@pytest.mark.parametrize("preset", ["paper", "real-matrix", "smoke"])
def test_presets_read_the_same(checkout: Path, preset: str) -> None:
    path = checkout / "config" / "presets" / f"{preset}.yaml"
    assert merged([path]) == load_configfile(path)


@pytest.mark.parametrize(
    "entries",
    [
        ["data_dir=/data/mt"],
        ["world=3", "score=1.5", "speed=True", "filter=False", "decode="],
        ["matrix={budget: 0.1, languages: [qaa_Latn, qab_Cyrl]}"],
        ["matrix={'seeds': [1, 2]}", "matrix={block: 4}"],
        ["data_dir='a b'"],
        ["data_dir=a=b"],
        ["data_dir={unclosed"],
    ],
)
def test_entries_read_as_on_snakemakes_command_line(entries: list[str]) -> None:
    assert merged([], entries) == parse_config(entries)


def test_entries_win_over_files(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("matrix: {budget: 0.5, block: 2}\ndata_dir: /a")
    assert merged([file], ["matrix={budget: 0.1}"]) == {"matrix": {"budget": "0.1", "block": 2}, "data_dir": "/a"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no configuration; expected a mapping"),
        (b"- 1\n- 2\n", "no configuration; expected a mapping"),
        (b"a: [1\nb: 2\n", "not valid YAML"),
        (b"a: \xff\n", "not valid YAML"),
        (b"a: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
    ],
)
def test_unreadable_files_are_told_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(content)
    with pytest.raises(CrosstalkError, match=message) as caught:
        merged([file])
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("entry", ["matrix", "=1", "1a=2", "a.b=1", "-x=1"])
def test_entries_that_are_none(entry: str) -> None:
    with pytest.raises(CrosstalkError, match="expected KEY=VALUE"):
        merged([], [entry])
