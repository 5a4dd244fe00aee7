from __future__ import annotations

import pandas as pd
import pytest

from crosstalk.config.nrd import Filter
from crosstalk.errors import CrosstalkError
from crosstalk.methods.filtering import factors_of
from crosstalk.methods.filters import adaptive, static
from crosstalk.methods.registry import available, module

PARTITION = pd.DataFrame({"language": ["aaa_Latn", "bbb_Latn", "bbb_Latn"], "role": ["syntactic"] * 3})
GAMMA = pd.DataFrame({"language": ["bbb_Latn", "aaa_Latn"], "gamma": [0.4, 0.8]})


@pytest.mark.parametrize(
    ("alpha", "gamma", "expected"),
    [(0.5, 0.4, 0.7), (0.5, 1.0, 1.0), (0.0, -1.0, 1.0), (0.5, -1.0, 0.0), (1.0, 0.25, 0.25), (1.5, 0.1, 0.0)],
)
def test_eq_3_factor_by_hand(alpha, gamma, expected):
    assert adaptive.factor(Filter(alpha=alpha), gamma) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, 0.0), ({"static": "one_minus_alpha", "alpha": 0.3}, 0.7), ({"static": "one_minus_alpha", "alpha": 1.8}, 0.0)],
)
def test_the_static_factor_is_the_same_for_every_gamma(settings, expected):
    assert [static.factor(Filter(**settings), gamma) for gamma in (-1.0, 0.5)] == pytest.approx([expected] * 2)


def test_every_language_of_the_partition_has_its_factor():
    assert factors_of(PARTITION, GAMMA, {"name": "adaptive", "alpha": 0.5}) == pytest.approx(
        {"aaa_Latn": 0.9, "bbb_Latn": 0.7}
    )
    assert factors_of(PARTITION, None, {"name": "static", "static": "zero"}) == {"aaa_Latn": 0.0, "bbb_Latn": 0.0}


@pytest.mark.parametrize("gamma", [None, GAMMA[:1]])
def test_a_language_without_gamma_is_refused(gamma):
    with pytest.raises(CrosstalkError, match=r"^gamma: aaa_Latn has none"):
        factors_of(PARTITION, gamma, {"name": "adaptive"})


def test_every_module_of_methods_defines_what_its_factor_needs():
    assert available("filter") == ["adaptive", "static"]
    for name in available("filter"):
        assert callable(module("filter", name).factor)
        assert isinstance(module("filter", name).NEEDS_GAMMA, bool)
    assert "sparse" in available("training")
    for name in available("training"):
        assert callable(module("training", name).updater)
