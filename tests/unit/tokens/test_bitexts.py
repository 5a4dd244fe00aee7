from __future__ import annotations

import numpy as np
import pytest

from crosstalk.tokens.bitexts import Bitexts, Direction, supervised, target, zero_shot
from crosstalk.tokens.vocabulary import EOS, PAD

LANGUAGES = ["eng_Latn", "qaa_Latn", "qab_Cyrl"]


def test_directions_of_three_languages():
    assert [str(d) for d in supervised(LANGUAGES, "eng_Latn")] == [
        "qaa_Latn-eng_Latn",
        "qab_Cyrl-eng_Latn",
        "eng_Latn-qaa_Latn",
        "eng_Latn-qab_Cyrl",
    ]
    assert [str(d) for d in zero_shot(LANGUAGES, "eng_Latn")] == ["qaa_Latn-qab_Cyrl", "qab_Cyrl-qaa_Latn"]
    assert len(zero_shot([*map(str, range(10)), "eng_Latn"], "eng_Latn")) == 90


def test_the_tag_of_a_sentence_that_is_not_translated():
    assert target("qaa_Latn", LANGUAGES, "eng_Latn") == "eng_Latn"
    assert target("eng_Latn", LANGUAGES, "eng_Latn") == "qaa_Latn"


@pytest.mark.parametrize("tagged", [True, False])
def test_a_micro_batch_is_aligned_padded_and_tagged(small, tagged):
    direction = Direction("eng_Latn", "qab_Cyrl")
    bitexts = Bitexts.open(small.stores, [direction], "dev", small.vocabulary, 40, tagged)
    micro = bitexts.micro(direction, np.array([3, 0, 7]))
    sources, targets = small.vocabulary.decode(micro.source.tolist()), small.vocabulary.decode(micro.target.tolist())
    assert [len(text.split()) for text in sources] == [len(text.split()) for text in targets]
    assert all(source.isascii() and not aim.isascii() for source, aim in zip(sources, targets, strict=True))
    assert (micro.source[:, 0] == small.vocabulary.tags["qab_Cyrl"]).all() == tagged
    assert ((micro.target == EOS).sum(1) == 1).all()
    assert ((micro.source == EOS).sum(1) == 1).all()
    ends = (micro.target == EOS).argmax(1)
    assert all((row[end + 1 :] == PAD).all() for row, end in zip(micro.target, ends, strict=True))
    assert micro.tokens == (ends + 1).sum()


def test_a_direction_without_pairs_is_left_out(small):
    directions = supervised(LANGUAGES, "eng_Latn")
    assert Bitexts.open(small.stores, directions, "none", small.vocabulary, 40, True).pairs == {}
    assert Bitexts.open(small.stores, directions, "dev", small.vocabulary, 3, True).pairs == {}
    assert list(Bitexts.open(small.stores, directions, "dev", small.vocabulary, 40, True).pairs) == directions
