from __future__ import annotations

import shutil

import pytest
import torch

from crosstalk.errors import CrosstalkError
from crosstalk.training.checkpoints import Checkpoint, Checkpoints, beside


def checkpoint(update: int) -> Checkpoint:
    weights = {"w": torch.full((2, 3), float(update)), "b": torch.tensor([1.0, update])}
    return Checkpoint(update, weights, {"w/step": torch.tensor(float(update))}, {"tokens": 10 * update})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model.checkpoints"


def test_a_checkpoint_reads_back(folder):
    kept = Checkpoints(folder, "recipe", 3)
    assert kept.last() is None
    kept.save(checkpoint(4))
    last = Checkpoints(folder, "recipe", 3).last()
    assert (last.update, last.notes) == (4, {"tokens": 40})
    assert torch.equal(last.weights["w"], checkpoint(4).weights["w"])
    assert last.optimiser["w/step"].item() == 4.0


def test_the_last_few_are_kept_and_averaged(folder):
    kept = Checkpoints(folder, "recipe", 3)
    for update in (2, 4, 6, 8, 11):
        kept.save(checkpoint(update))
    assert kept.updates() == [6, 8, 11]
    assert [(folder / f"{update:08d}" / "optimiser.safetensors").exists() for update in (6, 8, 11)] == [
        False,
        True,
        True,
    ]
    average = kept.average()
    torch.testing.assert_close(average["w"], torch.full((2, 3), 25 / 3))
    torch.testing.assert_close(average["b"], torch.tensor([1.0, 25 / 3]))


def test_a_kill_while_a_checkpoint_is_deleted_leaves_those_that_count(folder, monkeypatch):
    def die(path, ignore_errors=False):
        if (path / "header.json").exists():
            (path / "header.json").unlink()
            raise KeyboardInterrupt

    kept = Checkpoints(folder, "recipe", 2)
    kept.save(checkpoint(2))
    kept.save(checkpoint(4))
    monkeypatch.setattr(shutil, "rmtree", die)
    with pytest.raises(KeyboardInterrupt):
        kept.save(checkpoint(6))
    monkeypatch.undo()
    again = Checkpoints(folder, "recipe", 2)
    assert again.updates() == [4, 6]
    assert torch.equal(again.average()["b"], torch.tensor([1.0, 5.0]))
    assert not list(folder.glob(".*"))


def test_checkpoints_of_another_recipe_are_discarded(folder):
    Checkpoints(folder, "one", 3).save(checkpoint(4))
    other = Checkpoints(folder, "other", 3)
    assert other.last() is None
    assert other.updates() == []


def test_what_a_killed_job_left_is_cleared(folder):
    Checkpoints(folder, "recipe", 3).save(checkpoint(4))
    left = folder / ".00000008.abc.part"
    left.mkdir()
    (left / "weights.safetensors").write_bytes(b"half")
    assert Checkpoints(folder, "recipe", 3).updates() == [4]
    assert not left.exists()


@pytest.mark.parametrize("name", ["weights.safetensors", "optimiser.safetensors", "header.json"])
@pytest.mark.parametrize("damage", ["truncated", "one byte", "missing"])
def test_a_damaged_checkpoint_is_refused_in_one_line(folder, name, damage):
    kept = Checkpoints(folder, "recipe", 3)
    kept.save(checkpoint(4))
    file = folder / "00000004" / name
    data = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    else:
        data[5] ^= 0xFF
        file.write_bytes(data[:-7] if damage == "truncated" else data)
    with pytest.raises(
        CrosstalkError, match=rf"00000004/{name}: checkpoint is damaged .*; delete .*00000004 to"
    ) as told:
        kept.last()
    assert "\n" not in str(told.value)


def test_a_save_that_fails_leaves_the_checkpoints_before(folder, monkeypatch):
    kept = Checkpoints(folder, "recipe", 3)
    kept.save(checkpoint(4))

    def full(_tensors, file) -> None:
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crosstalk.training.checkpoints.save_file", full)
    with pytest.raises(CrosstalkError, match="No space left on device"):
        kept.save(checkpoint(8))
    assert [path.name for path in folder.iterdir()] == ["00000004"]
    assert kept.last().update == 4


def test_checkpoints_lie_beside_their_model(tmp_path):
    assert beside(tmp_path / "sparse.paraphrase") == tmp_path / "sparse.paraphrase.checkpoints"
