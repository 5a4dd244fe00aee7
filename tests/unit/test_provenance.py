from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from crosstalk import provenance


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package of its own in a checkout of its own."""
    folder = tmp_path / "checkout" / "crosstalk"
    (folder / "room" / "inner").mkdir(parents=True)
    for name in ("room/one.py", "room/inner/two.py", "alone.py", "other.py"):
        (folder / name).write_text(f'"""{name}"""\n')
    (folder / "provenance.py").write_text("")
    monkeypatch.setattr(provenance, "__file__", str(folder / "provenance.py"))
    return folder


def test_the_hash_of_data_ignores_the_order_and_sees_every_byte(tmp_path):
    files = [tmp_path / name for name in "abc"]
    for file in files:
        file.write_text(file.name)
    first = provenance.data_hash(files)
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    assert provenance.data_hash(map(str, files[::-1])) == first
    assert provenance.data_hash(files[:2]) != first
    files[1].write_text("B")
    assert provenance.data_hash(files) != first


@pytest.mark.parametrize(
    ("changed", "rooms", "differs"),
    [
        ("room/one.py", ["room"], True),
        ("room/inner/two.py", ["room"], True),
        ("room/inner/two.py", ["room/one"], False),
        ("room/one.py", ["room/one"], True),
        ("alone.py", ["alone"], True),
        ("other.py", ["room", "alone"], False),
    ],
)
def test_the_hash_of_code_changes_with_its_rooms_alone(package, changed, rooms, differs):
    before = provenance.code_hash(*rooms)
    (package / changed).write_text("changed = True\n")
    assert (provenance.code_hash(*rooms) != before) == differs


def test_a_new_module_changes_the_hash_of_its_room(package):
    before = provenance.code_hash("room")
    (package / "room" / "three.py").write_text("")
    assert provenance.code_hash("room") != before


def test_the_commit_tells_of_changes(package):
    assert provenance.commit() == "unknown"
    folder = package.parent

    def git(*words: str) -> str:
        settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=True).stdout

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--no-verify", "--message", "one")
    commit = git("rev-parse", "HEAD")[:12]
    assert provenance.commit() == commit
    (package / "new.py").write_text("")
    assert provenance.commit() == commit
    (package / "alone.py").write_text("changed = True\n")
    assert provenance.commit() == commit + "+"


def test_versions_of_what_numbers_depend_on():
    versions = provenance.versions()
    assert {"commit", "torch", "transformers", "sentencepiece", "sacrebleu"} <= set(versions)
    assert all(re.match(r"\d+\.\d+", version) for name, version in versions.items() if name != "commit")
