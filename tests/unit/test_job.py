from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from crosstalk.errors import CrosstalkError
from crosstalk.job import job


def test_a_problem_is_one_line_on_stderr_and_in_the_log(tmp_path, capfd):
    log = tmp_path / "logs" / "a.log"
    with pytest.raises(SystemExit) as left, job(log):
        raise CrosstalkError("corpus.tsv, line 3: expected 2 columns, found 1")
    assert left.value.code == 1
    assert capfd.readouterr().err == "crosstalk: corpus.tsv, line 3: expected 2 columns, found 1\n"
    assert log.read_text() == "crosstalk: corpus.tsv, line 3: expected 2 columns, found 1\n"


def test_a_problem_does_not_share_the_line_of_a_progress_bar(tmp_path):
    def work() -> None:
        with job(tmp_path / "a.log"):
            print("\rfoundation:  0%", end="", file=sys.stderr)
            raise CrosstalkError("the loss is nan")

    with pytest.raises(SystemExit):
        work()
    assert (tmp_path / "a.log").read_bytes() == b"\rfoundation:  0%\ncrosstalk: the loss is nan\n"


def test_what_a_job_says_is_in_its_log_too(tmp_path, capfd):
    before = sys.stderr
    with job(tmp_path / "a.log"):
        print("перша", file=sys.stderr)
        sys.stderr.write("second")
        sys.stderr.flush()
        assert (tmp_path / "a.log").read_text("utf-8") == "перша\nsecond"
    assert sys.stderr is before
    assert capfd.readouterr().err == "перша\nsecond"


def test_an_unexpected_error_is_traced_in_the_log(tmp_path):
    before = sys.stderr
    with pytest.raises(ZeroDivisionError), job(tmp_path / "a.log"):
        print(1 / 0)
    assert sys.stderr is before
    log = (tmp_path / "a.log").read_text()
    assert log.startswith("Traceback")
    assert log.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_leaves_stderr(capfd):
    with pytest.raises(SystemExit), job("/dev/full"):
        raise CrosstalkError("results/a: could not be written (No space left on device); nothing was changed")
    assert capfd.readouterr().err.startswith("crosstalk: results/a: could not be written (No space left on device)")


def test_a_log_is_begun_anew(tmp_path):
    for word in ("one", "two"):
        with job(tmp_path / "a.log"):
            print(word, file=sys.stderr)
    assert (tmp_path / "a.log").read_text() == "two\n"


def test_processes_share_the_log_and_say_who_they_are(tmp_path, monkeypatch):
    with job(tmp_path / "a.log"):
        print("begun", file=sys.stderr)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    for rank in ("1", "0"):
        monkeypatch.setenv("RANK", rank)
        with pytest.raises(SystemExit), job(tmp_path / "a.log"):
            raise CrosstalkError("no")
    assert (tmp_path / "a.log").read_text() == "begun\nprocess 1: no\ncrosstalk: no\n"


def test_libraries_stay_off_the_network_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "info")
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    with job(tmp_path / "a.log"):
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        assert os.environ["TRANSFORMERS_VERBOSITY"] == "info"
