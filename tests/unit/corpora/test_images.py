"""Images from Parquet files and from lists of image files."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crosstalk.artefacts import IMAGES
from crosstalk.config.multimodal import Images
from crosstalk.corpora.images import files, read_images
from crosstalk.errors import CrosstalkError

LISTS = Images(
    reader="files", source="m30k", path="{split}.txt", folder="images", splits={"train": "train", "dev": "val"}
)


def listed(tmp_path, names: str = "b.jpg#0\na.jpg\n"):
    (tmp_path / "images").mkdir()
    for name in "ab":
        (tmp_path / "images" / f"{name}.jpg").write_bytes(name.encode())
    (tmp_path / "train.txt").write_text(names)
    (tmp_path / "val.txt").write_text("a.jpg\n")
    settings = LISTS.model_copy(update={"folder": str(tmp_path / "images")})
    batches, senses = read_images(settings, files(settings, "k", tmp_path), [], 1)
    assert senses.num_rows == 0
    return pa.Table.from_batches(batches, schema=IMAGES).to_pylist()


def test_a_line_of_a_list_is_the_image_of_the_same_line_of_the_texts(tmp_path):
    assert listed(tmp_path) == [
        {"sentence_id": "m30k:train.1", "image": b"b"},
        {"sentence_id": "m30k:train.2", "image": b"a"},
        {"sentence_id": "m30k:dev.1", "image": b"a"},
    ]


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/hostname"])
def test_a_list_cannot_leave_its_folder(tmp_path, name):
    (tmp_path / "secret.jpg").write_bytes(b"s")
    with pytest.raises(CrosstalkError, match=r"train\.txt:1: .* is outside of"):
        listed(tmp_path, f"{name}\n")


def test_an_image_that_is_missing_is_named_with_its_line(tmp_path):
    with pytest.raises(CrosstalkError, match=r"train\.txt:2: no image .*c\.jpg"):
        listed(tmp_path, "a.jpg\nc.jpg\n")


def test_parquet_keeps_several_images_of_a_sentence(tmp_path):
    pq.write_table(pa.table({"emoji_id": [7, 7], "png": [b"x", b"y"]}), tmp_path / "images.parquet")
    settings = Images(
        reader="parquet", source="emoji", path="images.parquet", columns={"sentence_id": "emoji_id", "image": "png"}
    )
    batches, _ = read_images(settings, files(settings, "k", tmp_path), [], 1)
    assert pa.Table.from_batches(batches).to_pylist() == [
        {"sentence_id": "emoji:7", "image": b"x"},
        {"sentence_id": "emoji:7", "image": b"y"},
    ]


def test_a_column_that_is_missing_is_named_with_the_nearest_one(tmp_path):
    pq.write_table(pa.table({"sentence_id": ["a"], "imagE": [b"x"]}), tmp_path / "i.parquet")
    settings = Images(reader="parquet", path="i.parquet")
    with pytest.raises(CrosstalkError, match=r"column 'image' is missing; did you mean 'imagE'"):
        read_images(settings, files(settings, "k", tmp_path), [], 1)


@pytest.mark.parametrize(
    "settings",
    [
        Images(reader="parquet"),
        Images(reader="files", path="{split}.txt"),
        Images(reader="files", path="{x}", folder="f"),
    ],
)
def test_settings_that_do_not_say_where_are_refused(settings, tmp_path):
    with pytest.raises(CrosstalkError, match=r"^key"):
        files(settings, "key", tmp_path)
