"""Where a number comes from: the commit of the code and the hash of the data."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from crosstalk.artefacts import file_hash


def commit() -> str:
    """The code's git commit, with ``+`` when files differ from it; ``unknown`` outside a checkout."""
    folder = Path(__file__).parent.parent

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def data_hash(files: Iterable[str | Path]) -> str:
    """Twelve hexadecimal digits that name the contents of files, whatever their order."""
    hashes = sorted(file_hash(file) for file in files)
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:12]


def origin(config_hash: str, files: Iterable[str | Path]) -> dict[str, str]:
    """The columns that say where a row comes from: settings, contents of its data, and code."""
    return {"config_hash": config_hash, "data_hash": data_hash(files), "commit": commit()}


def code_hash(*rooms: str) -> str:
    """Names the code of rooms (modules or folders) of the package, so that a change of it reruns a cheap rule."""
    folder = Path(__file__).parent
    files = [file for room in rooms for file in sorted((folder / room).rglob("*.py")) or [folder / f"{room}.py"]]
    return data_hash(files)


def versions() -> dict[str, str]:
    """The code's commit, and the versions of the libraries that numbers depend on."""
    libraries = ("torch", "transformers", "ctranslate2", "sentencepiece", "sacrebleu", "scikit-learn", "snakemake")
    return {"commit": commit(), **{name: metadata.version(name) for name in libraries}}
