"""What a change makes Snakemake run again, after everything has run."""

from __future__ import annotations

import pytest

from tests.workflow.copies import Copy

REPORTED = {"scores": 1, "report": 1}
METHODS = [
    "xlmt", "mnmt", "bilingual", "adapters", "neuron_specialization", "capa", "nrd_ft", "nrd_static", "nrd_drf", "nrd",
    "nrd_unrelated",
]  # fmt: skip
"""Of the smoke preset, which varies nrd's alpha and k beside."""
ALL = len(METHODS) + 2
NRD = {"sets": "paraphrase", "statistic": "variance", "training": "sparse", "filter": "adaptive"}


def test_no_change_runs_nothing(finished: Copy) -> None:
    assert finished.planned() == {}


def test_speed_runs_nothing(finished: Copy) -> None:
    speed = {"batch_sentences": 7, "training_threads": 2, "decoding_threads": 2, "precision": "float32"}
    assert finished.planned(speed=speed) == {}
    assert finished.planned(speed={"device": "cpu"}) == {}


def test_alpha_decodes_and_scores_the_methods_that_filter(finished: Copy) -> None:
    assert finished.planned(filter={"alpha": 0.7}) == {"decode": 5, "score": 5, **REPORTED}


def test_a_method_of_the_same_composition_is_only_decoded_and_scored(finished: Copy) -> None:
    methods = [*METHODS, "nrd_twice"]
    planned = finished.planned(methods={"nrd_twice": {"label": "NRD twice", **NRD}}, nmt={"methods": methods})
    assert planned == {"decode": 1, "score": 1, **REPORTED}


def test_a_label_is_only_reported(finished: Copy) -> None:
    assert finished.planned(methods={"nrd": {"label": "other"}}) == {"report": 1}


def test_fewer_methods_are_only_gathered_anew(finished: Copy) -> None:
    assert finished.planned(nmt={"methods": ["nrd"]}) == REPORTED


@pytest.mark.parametrize(
    ("changes", "planned"),
    [
        ({"score": {"bootstrap": 200}}, {"score": ALL}),
        ({"decode": {"beam": 3}}, {"decode": ALL, "score": ALL}),
        ({"benchmarks": {"world": {"test_sentences": 3}}}, {"tests": 1, "decode": ALL, "score": ALL}),
        ({"gamma": {"batches": 3}}, {"gamma": 4, "decode": 5, "score": 5}),
        (
            {"selection": {"p_syn": 0.3}},
            {"partition": 3, "stability": 1, "truth": 1, "specialise": 3, "gamma": 3, "decode": 7, "score": 7},
        ),
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_change_runs_what_follows_from_it(finished: Copy, changes: dict, planned: dict[str, int]) -> None:
    assert finished.planned(**changes) == {**planned, **REPORTED}
