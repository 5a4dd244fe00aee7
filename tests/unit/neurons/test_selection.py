from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosstalk.config.nrd import Selection
from crosstalk.errors import CrosstalkError
from crosstalk.neurons.selection import partition, units

LANGUAGES = ["aaa_Latn", "bbb_Latn", "ccc_Latn"]
# Ten units, three languages. Ranks are the tens digits; where a language disagrees, ranks are swapped.
STATISTIC = {
    "aaa_Latn": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "bbb_Latn": [2, 10, 1, 3, 5, 4, 6, 9, 7, 8],
    "ccc_Latn": [300, 400, 200, 100, 500, 600, 800, 700, 900, 1000],
}


def frame(statistic: dict[str, list[float]], layers: int = 1, **columns) -> pd.DataFrame:
    """PROFILE rows whose ``within`` is given for each language; units are dealt to ``layers`` of equal size."""
    parts = []
    for language, values in statistic.items():
        size = len(values) // layers
        part = pd.DataFrame({"within": np.array(values, float), "total": 1.0, "mean": 0.0, "active": 0.5})
        part["layer"] = np.repeat(np.arange(layers), size)
        part["unit"] = np.tile(np.arange(size), layers)
        parts.append(part.assign(site="ffn", language=language))
    return pd.concat(parts, ignore_index=True).assign(**columns)


def chosen(profile: pd.DataFrame, language: str, role: str, **how) -> list[int]:
    """Units of a role in layer 0."""
    return units(partition(profile, Selection(**how)).to_pandas(), language, role)[0].tolist()


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        # Mean ranks x 3: 0: 0+1+2=3, 1: 1+9+3=13, 2: 2+0+1=3, 3: 3+2+0=5, 4: 4+4+4=12.
        ("rank", [0, 2, 3]),
        ("intersection", [0, 2]),
        # Bottom three: a {0, 1, 2}, b {2, 0, 3}, c {3, 2, 0}.
        ("vote", [0, 2, 3]),
        # Sums: 0: 303, 1: 412, 2: 204, 3: 107, led by the language of the largest numbers.
        ("mean", [0, 2, 3]),
    ],
)
def test_the_semantic_core_by_hand(semantic, expected):
    for language in LANGUAGES:
        assert chosen(frame(STATISTIC), language, "semantic", semantic=semantic, p_sem=0.3, p_syn=0.0) == expected


def test_mean_rank_and_mean_statistic_differ_where_one_language_has_the_large_numbers():
    profile = frame({"aaa_Latn": [1, 2, 3, 4], "bbb_Latn": [1, 2, 3, 4], "ccc_Latn": [400, 300, 200, 100]})
    assert chosen(profile, "aaa_Latn", "semantic", semantic="rank", p_sem=0.25) == [0]
    assert chosen(profile, "aaa_Latn", "semantic", semantic="mean", p_sem=0.25) == [3]


def test_syntax_sensitive_units_are_the_top_of_each_language():
    how = {"p_sem": 0.0, "p_syn": 0.2}
    assert [chosen(frame(STATISTIC), code, "syntactic", **how) for code in LANGUAGES] == [[8, 9], [1, 7], [8, 9]]


@pytest.mark.parametrize(
    ("overlap", "semantic", "syntactic"),
    [("semantic", [0, 1], [2]), ("syntactic", [0], [1, 2]), ("neither", [0], [2])],
)
def test_a_unit_in_both_sets_goes_where_overlap_says(overlap, semantic, syntactic):
    # Bottom two by mean rank: 0 (ranks 0, 0) and 1 (ranks 1, 2); the top two of bbb are 3 and 1.
    profile = frame({"aaa_Latn": [1, 2, 3, 4], "bbb_Latn": [1, 3, 4, 2]})
    how = {"p_sem": 0.5, "p_syn": 0.5, "overlap": overlap}
    assert chosen(profile, "bbb_Latn", "semantic", **how) == semantic
    assert chosen(profile, "bbb_Latn", "syntactic", **how) == syntactic
    assert chosen(profile, "aaa_Latn", "syntactic", **how) == [2, 3]


def test_percentiles_are_taken_within_layers_or_over_the_model():
    profile = frame({code: [1, 2, 3, 4, 11, 12, 13, 14] for code in LANGUAGES}, layers=2)
    how = {"p_sem": 0.25, "p_syn": 0.25}
    within = units(partition(profile, Selection(scope="layer", **how)).to_pandas(), "aaa_Latn", "semantic")
    over = units(partition(profile, Selection(scope="model", **how)).to_pandas(), "aaa_Latn", "semantic")
    assert {layer: found.tolist() for layer, found in within.items()} == {0: [0], 1: [0]}
    assert {layer: found.tolist() for layer, found in over.items()} == {0: [0, 1], 1: []}


def test_the_icc_divides_by_the_total_variance():
    profile = frame({code: [1, 2, 3, 4] for code in LANGUAGES}, total=[10, 4, 3.5, 0] * 3)
    table = partition(profile, Selection(scale="icc", p_sem=0.25, p_syn=0.25)).to_pandas()
    assert table.query("language == 'bbb_Latn'")["statistic"].tolist() == pytest.approx([0.1, 0.5, 3 / 3.5, 0.0])
    assert units(table, "bbb_Latn", "semantic")[0].tolist() == [3]
    assert units(table, "bbb_Latn", "syntactic")[0].tolist() == [2]


def test_units_that_are_hardly_active_take_no_role():
    profile = frame({code: [0, 2, 3, 4, 5, 60] for code in LANGUAGES}, active=[0.0, 0.5, 0.5, 0.5, 0.5, 0.1] * 3)
    profile.loc[(profile["unit"] == 1) & (profile["language"] != "aaa_Latn"), "active"] = 0.0
    assert chosen(profile, "aaa_Latn", "semantic", p_sem=0.25) == [0, 1]
    # Four units are left, unit 1 among them: one language where it is active is enough.
    assert chosen(profile, "aaa_Latn", "semantic", p_sem=0.25, min_active=0.2) == [1]
    assert chosen(profile, "aaa_Latn", "syntactic", p_syn=0.25, min_active=0.2) == [4]


@settings(max_examples=25)
@given(st.integers(2, 40), st.floats(0, 1), st.floats(0, 1), st.integers(0, 5))
def test_sizes_are_the_shares_of_each_layer(size, p_sem, p_syn, seed):
    rng = np.random.default_rng(seed)
    profile = frame({code: rng.random(2 * size).tolist() for code in LANGUAGES}, layers=2)
    for semantic in ("rank", "mean"):
        table = partition(
            profile, Selection(p_sem=p_sem, p_syn=p_syn, overlap="syntactic", semantic=semantic)
        ).to_pandas()
        syntactic = table[table["role"] == "syntactic"].groupby(["layer", "language"]).size()
        assert (syntactic == round(p_syn * size)).all()
        table = partition(profile, Selection(p_sem=p_sem, p_syn=p_syn, semantic=semantic)).to_pandas()
        core = table[table["role"] == "semantic"].groupby(["layer", "language"]).size()
        assert (core == round(p_sem * size)).all()
        roles = table.pivot_table(index=["layer", "unit"], columns="language", values="role", aggfunc="first")
        assert ((roles == "semantic").sum(axis=1).isin([0, len(LANGUAGES)])).all()


def test_ties_are_broken_by_the_seed_alone():
    profile = frame({code: [0.0] * 40 for code in LANGUAGES})
    picks = [chosen(profile, "aaa_Latn", "semantic", seed=seed) for seed in (1, 1, 2)]
    assert picks[0] == picks[1] != picks[2]
    assert len(picks[0]) == 8
    assert picks[0] != list(range(8))
    shuffled = profile.sample(frac=1, random_state=1)
    assert chosen(shuffled, "aaa_Latn", "semantic", seed=1) == picks[0]


@settings(max_examples=25)
@given(st.permutations(LANGUAGES), st.sampled_from(["rank", "mean", "vote", "intersection"]), st.integers(0, 20))
def test_the_semantic_core_does_not_depend_on_the_languages_names(order, semantic, seed):
    values = np.random.default_rng(seed).integers(0, 6, size=(3, 12)).astype(float)
    plain = frame(dict(zip(LANGUAGES, values.tolist(), strict=True)))
    renamed = frame(dict(zip(order, values.tolist(), strict=True)))
    how = {"semantic": semantic, "p_sem": 0.4}
    assert chosen(plain, "aaa_Latn", "semantic", **how) == chosen(renamed, "aaa_Latn", "semantic", **how)


def test_the_site_decides_which_units_are_partitioned():
    profile = pd.concat([frame(STATISTIC), frame(STATISTIC).assign(site="output", layer=3)])
    assert set(partition(profile, Selection()).to_pandas()["layer"]) == {0}
    assert set(partition(profile, Selection(site="output")).to_pandas()["layer"]) == {3}
    with pytest.raises(CrosstalkError, match=r"selection.site: the profile has no units of site 'output'"):
        partition(frame(STATISTIC), Selection(site="output"))


def test_languages_profiled_with_different_models_are_refused():
    profile = frame(STATISTIC)
    profile = profile[(profile["language"] != "bbb_Latn") | (profile["unit"] < 9)]
    with pytest.raises(CrosstalkError, match="some languages lack units"):
        partition(profile, Selection())


def test_units_are_listed_by_layer():
    rows = [(0, 5, "a", "semantic"), (0, 2, "a", "semantic"), (0, 1, "b", "semantic"), (1, 0, "a", "other")]
    table = pd.DataFrame(rows, columns=["layer", "unit", "language", "role"])
    assert {layer: found.tolist() for layer, found in units(table, "a", "semantic").items()} == {0: [2, 5], 1: []}


def test_by_frequency_the_core_is_what_is_active_most_often():
    """Mean activity 0.2, 0.6, 0.5, 0.1 over two languages; the syntactic units are still those that vary most."""
    profile = frame({"aaa_Latn": [1, 2, 3, 4], "bbb_Latn": [4, 3, 2, 1]})
    profile["active"] = [0.3, 0.4, 0.9, 0.1, 0.1, 0.8, 0.1, 0.1]
    settings = Selection(p_sem=0.25, p_syn=0.25)
    table = partition(profile, settings, "frequency").to_pandas()
    assert [units(table, language, "semantic")[0].tolist() for language in LANGUAGES[:2]] == [[1], [1]]
    assert [units(table, language, "syntactic")[0].tolist() for language in LANGUAGES[:2]] == [[3], [0]]


def test_random_units_are_as_many_and_shared_as_often():
    rng = np.random.default_rng(1)
    profile = frame({language: rng.random(60).tolist() for language in LANGUAGES}, layers=2)

    def roles(how: str, seed: int = 1) -> pd.DataFrame:
        table = partition(profile, Selection(p_sem=0.2, p_syn=0.3, seed=seed), how).to_pandas()
        return table.set_index(["layer", "unit", "language"])["role"].unstack("language")

    found, drawn = roles("variance"), roles("random")
    assert not drawn.equals(found)
    for layer in range(2):
        # Units swap places within a layer, each with its roles in all languages.
        assert sorted(map(tuple, drawn.loc[layer].to_numpy())) == sorted(map(tuple, found.loc[layer].to_numpy()))
    assert drawn.equals(roles("random"))
    assert not drawn.equals(roles("random", seed=2))
