"""Copies of the checkout in which Snakemake runs, so that no test touches the checkout's own results."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SMOKE = "config/presets/smoke.yaml"
LIMIT = 900
"""Seconds that no run takes."""
NOWHERE = "http://127.0.0.1:9"

Run = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Copy:
    """A checkout in a folder of its own."""

    folder: Path

    @classmethod
    def of_checkout(cls, checkout: Path, folder: Path) -> Copy:
        """What git tracks, and new files that it does not ignore; without the tests."""
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listing, cwd=checkout, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            if ((checkout / name).is_file() or (checkout / name).is_symlink()) and not name.startswith("tests/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(checkout / name, folder / name, follow_symlinks=False)
        return cls(folder)

    def copy(self, folder: Path) -> Copy:
        """Another copy, with its results and their times of change."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, symlinks=True)
        return Copy(folder)

    def run(
        self, *targets: str, options: tuple[str, ...] = (), preset: str | None = SMOKE, data: Path | None = None,
        **changes: Any,
    ) -> Run:  # fmt: skip
        """Run Snakemake here with ``changes`` of the preset and ``data`` as the folder of corpora.

        What it prints to stdout and stderr comes together.
        """
        call = self._call(targets, options, preset, data, changes)
        return subprocess.run(**call, stdout=subprocess.PIPE, timeout=LIMIT, check=False)

    @contextmanager
    def running(
        self, *targets: str, options: tuple[str, ...] = (), preset: str | None = SMOKE, **changes: Any
    ) -> Iterator[subprocess.Popen[str]]:  # fmt: skip
        """Run Snakemake here in the background, with what it prints in ``printed``; killed if it goes on at the end."""
        with self.printed.open("w") as out:
            process = subprocess.Popen(**self._call(targets, options, preset, None, changes), stdout=out)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @property
    def printed(self) -> Path:
        """What the last run in the background printed."""
        return self.folder / "printed"

    def planned(self, *targets: str, **given: Any) -> dict[str, int]:
        """Jobs of each rule that would run."""
        return counts(self.run(*targets, options=("--dry-run",), **given))

    def kill(self, when: Callable[[], bool], *targets: str) -> None:
        """Run Snakemake and kill it with all its jobs (SIGKILL) as soon as ``when()``."""
        with (self.folder / "killed.out").open("w") as out:
            call = self._call(targets, (), SMOKE, None, {})
            process = subprocess.Popen(**call, stdout=out, start_new_session=True)
            until = time.monotonic() + LIMIT
            while not when() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.002)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _call(
        self, targets: tuple[str, ...], options: tuple[str, ...], preset: str | None, data: Path | None,
        changes: dict[str, Any],
    ) -> dict[str, Any]:  # fmt: skip
        """A process that runs Snakemake with this Python, without network and corpora but ``data``."""
        arguments = [sys.executable, "-m", "snakemake", "--cores", "2", *options]
        files = [preset] if preset else []
        if changes:
            with tempfile.NamedTemporaryFile("w", suffix=".json", dir=self.folder, delete=False) as file:
                json.dump(changes, file)
            files.append(file.name)
        arguments += ["--configfile", *files] if files else []
        environment = {name: value for name, value in os.environ.items() if name != "CROSSTALK_DATA"}
        environment |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
        environment |= {"CROSSTALK_DATA": str(data)} if data else {}
        arguments += ["--", *targets]
        return {"args": arguments, "cwd": self.folder, "env": environment, "stderr": subprocess.STDOUT, "text": True}


def counts(run: Run) -> dict[str, int]:
    """Jobs of each rule in the table that Snakemake prints; none when there is nothing to be done."""
    assert run.returncode == 0, run.stdout
    if "Nothing to be done" in run.stdout:
        return {}
    table = re.search(r"^Job stats:\n.*\n-.*\n((?:\w+ +\d+\n)+)", run.stdout, re.M)
    assert table, run.stdout
    rows = dict(line.split() for line in table[1].splitlines())
    return {name: int(count) for name, count in rows.items() if name not in ("all", "total")}


def problem(text: str) -> str:
    """The one line in which ``text`` tells a problem; more of them, or a traceback, are wrong."""
    assert "Traceback" not in text, text
    lines = [line for line in text.splitlines() if line.startswith("crosstalk: ")]
    assert len(lines) == 1, text
    return lines[0]
