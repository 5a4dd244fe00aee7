"""Checkpoints of a training: whole or absent, verified on load, averaged at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from crosstalk.artefacts import file_hash, whole_folder
from crosstalk.errors import CrosstalkError


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands after ``update`` updates."""

    update: int
    weights: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    notes: dict[str, Any]


def beside(folder: Path) -> Path:
    """Where the checkpoints of the training that writes the model folder ``folder`` lie."""
    return folder.with_name(folder.name + ".checkpoints")


class Checkpoints:
    """The checkpoints of one training in a folder of their own; all but the last two keep only their weights."""

    def __init__(self, folder: Path, recipe: str, keep: int) -> None:
        """``recipe`` names data and settings; checkpoints of another recipe are discarded, not continued."""
        self._folder, self._recipe, self._keep = folder, recipe, keep
        for stale in folder.glob(".*.part"):
            shutil.rmtree(stale, ignore_errors=True)
        if self.updates() and self._header(self.updates()[-1]).get("recipe") != recipe:
            shutil.rmtree(folder)

    def updates(self) -> list[int]:
        """Updates at which there is a checkpoint, in order."""
        return sorted(int(path.name) for path in self._folder.glob("[0-9]*"))

    def save(self, checkpoint: Checkpoint, averaged: bool = True) -> None:
        """Write a checkpoint and drop what is no longer needed; one that is not ``averaged`` only until the next."""
        with whole_folder(self._folder / f"{checkpoint.update:08d}") as part:
            hashes = {}
            for name, tensors in (("weights", checkpoint.weights), ("optimiser", checkpoint.optimiser)):
                file = part / f"{name}.safetensors"
                save_file({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, file)
                hashes[name] = file_hash(file)
            header = {"recipe": self._recipe, "sha256": hashes, "averaged": averaged, "notes": checkpoint.notes}
            (part / "header.json").write_text(json.dumps(header))
        for update in self.updates()[:-1]:
            if not self._header(update).get("averaged", True):
                self._drop(update)
        for update in self.updates()[:-2]:
            (self._path(update) / "optimiser.safetensors").unlink(missing_ok=True)
        for update in self.updates()[: -self._keep]:
            self._drop(update)

    def _drop(self, update: int) -> None:
        """Delete a checkpoint; it loses its name first, so that what is left of it after a kill is none."""
        dropped = self._path(update).rename(self._folder / f".{update:08d}.dropped.part")
        shutil.rmtree(dropped)

    def last(self) -> Checkpoint | None:
        """The newest checkpoint, or None; CrosstalkError when it is damaged."""
        if not self.updates():
            return None
        update = self.updates()[-1]
        header = self._header(update)
        return Checkpoint(
            update, self._tensors(update, "weights"), self._tensors(update, "optimiser"), header.get("notes", {})
        )

    def average(self) -> dict[str, Tensor]:
        """The mean of the kept checkpoints' weights (NRD §4.3: the last five)."""
        updates = self.updates()
        total: dict[str, Tensor] = {}
        for update in updates:
            for name, value in self._tensors(update, "weights").items():
                total[name] = total[name] + value.double() if name in total else value.double()
        return {name: (value / len(updates)).float() for name, value in total.items()}

    def _path(self, update: int) -> Path:
        return self._folder / f"{update:08d}"

    def _header(self, update: int) -> Mapping[str, Any]:
        try:
            return json.loads((self._path(update) / "header.json").read_text())
        except (OSError, ValueError) as error:
            raise self._damaged(self._path(update) / "header.json") from error

    def _tensors(self, update: int, name: str) -> dict[str, Tensor]:
        file = self._path(update) / f"{name}.safetensors"
        try:
            if file_hash(file) != self._header(update)["sha256"][name]:
                raise self._damaged(file)
            return load_file(file)
        except (OSError, KeyError) as error:
            raise self._damaged(file) from error

    @staticmethod
    def _damaged(file: Path) -> CrosstalkError:
        return CrosstalkError(
            f"{file}: checkpoint is damaged (its checksum does not match); "
            f"delete {file.parent} to go on from the one before"
        )
