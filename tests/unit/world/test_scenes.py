"""Scenes of the world."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from crosstalk.config.data import World
from crosstalk.world import generate
from crosstalk.world.concepts import AMBIGUOUS_NOUNS, NOUNS, PLACES, VERBS
from crosstalk.world.scenes import SIZE, draw, pictograms, senses


def pixels(scene: dict[str, str | None]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(draw(scene))))


def test_no_two_concepts_look_alike():
    found = pictograms()
    assert len({cells.tobytes() for cells in found.values()}) == len(found) == len({*NOUNS, *VERBS, *PLACES})
    assert all((cells == cells[:, ::-1]).all() for cells in found.values())


def test_the_two_senses_of_a_word_are_two_scenes_that_differ_where_the_patient_is():
    scene = generate(World(train=10, dev=1, test=1), ["eng_Latn"]).meanings.to_pylist()[0]
    first, second = (pixels(scene | {"patient": noun.concept}) for noun in (AMBIGUOUS_NOUNS[0], AMBIGUOUS_NOUNS[4]))
    assert first.shape == (SIZE, SIZE, 3)
    differs = (first != second).any(axis=2)
    assert differs[: SIZE // 2, SIZE // 2 :].any()
    assert not differs[:, : SIZE // 2].any()


def test_translations_have_the_word_of_the_right_sense():
    codes = ["eng_Latn", "qaa_Latn", "qab_Cyrl", "qbb_Grek", "qbc_Deva", "qca_Latn", "qba_Latn", "qac_Latn", "qcb_Cyrl"]
    world = generate(World(train=300, dev=1, test=1, ambiguous=0.5), codes)
    texts = {(row["sentence_id"], row["language"]): set(row["text"].split()) for row in world.sentences.to_pylist()}
    found = list(senses(world.meanings.to_pylist(), codes, 1))
    assert len(found) > 500
    for row in found:
        words = texts[row["sentence_id"], row["language"]]
        assert words & set(row["right"]), row
        assert not words & set(row["wrong"]), row
