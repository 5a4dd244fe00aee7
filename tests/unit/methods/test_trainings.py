"""Methods whose model has weights of its own for each direction."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import product

import pytest
import torch

from crosstalk.errors import CrosstalkError
from crosstalk.methods.registry import keys
from crosstalk.methods.training import capa
from crosstalk.models import adapters
from crosstalk.neurons.importance import kept_shares, largest, maps
from crosstalk.tokens.bitexts import Direction

ENG, QAA, QAB = "eng_Latn", "qaa_Latn", "qab_Cyrl"
SUPERVISED = {f"{a}-{b}" for a, b in ((ENG, QAA), (QAA, ENG), (ENG, QAB), (QAB, ENG))}
IDS = torch.tensor([[9, 12, 14, 2], [7, 8, 2, 1]])


def logits(model) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=IDS, attention_mask=(IDS != 1).long(), decoder_input_ids=IDS).logits


def whole(given, trained):
    """The model with all trained weights, without variants."""
    model = copy.deepcopy(given.model)
    model.load_state_dict(trained.weights, strict=False)
    return model.eval()


def test_a_new_adapter_changes_nothing_and_a_trained_one_its_own_languages(given, train, read):
    before = logits(given.model)
    start = copy.deepcopy(given.model.state_dict())
    trained, folder = train("adapters", bottleneck=4)
    model, variants = read(folder)
    for name, value in model.state_dict().items():
        assert ".adapter." in name or torch.equal(value, start[name]), name
    assert torch.equal(logits(model), before)
    assert variants.adapters
    found = {}
    for pair in product([ENG, QAA, QAB], repeat=2):
        with variants.applied(*pair):
            found[pair] = logits(model)
    assert torch.equal(logits(model), before)
    assert len({tuple(some.flatten().tolist()) for some in found.values()}) == 9
    # The training's own model says the same.
    adapters.choose(given.model, QAA, ENG)
    own = copy.deepcopy(given.model)
    own.load_state_dict(trained.weights, strict=False)
    torch.testing.assert_close(logits(own.eval()), found[QAA, ENG])


def test_adapters_of_a_direction_compose_through_the_pivot(train, read):
    _, folder = train("adapters", bottleneck=4, by="direction")
    model, variants = read(folder)
    assert {file.stem for file in (folder / "variants").iterdir()} == SUPERVISED
    chosen = keys("adapters", {"by": "direction"}, ENG)
    assert chosen(QAA, QAB) == (f"{QAA}-{ENG}", f"{ENG}-{QAB}")
    assert chosen(QAA, ENG) == (f"{QAA}-{ENG}", f"{QAA}-{ENG}")
    with variants.applied(*chosen(QAA, QAB)):
        logits(model)
    assert keys("adapters", {"by": "language"}, ENG)(QAA, QAB) == (QAA, QAB)


def test_adapters_of_languages_outside_an_update_stay_bit_identical(given, train):
    from crosstalk.training.adapters import AdapterUpdater

    updater = AdapterUpdater(given.model, {"a": (QAA, ENG), "b": (QAB, ENG)}, 4, given.settings, given.accelerator, 1)

    def step(language: str) -> None:
        updater.begin(language)
        given.model(input_ids=IDS, decoder_input_ids=IDS).logits.square().sum().backward()
        updater.step(1e-2)

    step("a")
    step("b")
    before = copy.deepcopy(given.model.state_dict())
    step("b")
    changed = {n for n, v in given.model.state_dict().items() if not torch.equal(v, before[n])}
    assert changed
    assert all((f".encoder.layers.{n[21]}.adapter.each.{QAB}." in n) or f".adapter.each.{ENG}." in n for n in changed)
    assert not [n for n in changed if QAA in n]


def test_bilingual_models_are_those_of_a_training_on_the_pair_alone(given, train, read):
    trained, folder = train("bilingual")
    model, variants = read(folder)
    assert {file.stem for file in (folder / "variants").iterdir()} == {f"{ENG}-{QAA}", f"{ENG}-{QAB}"}
    own = logits(model)
    with variants.applied(f"{ENG}-{QAA}", f"{ENG}-{QAA}"):
        one = logits(model)
    with variants.applied(f"{ENG}-{QAB}", f"{ENG}-{QAB}"):
        other = logits(model)
    assert not torch.equal(one, other)
    assert torch.equal(logits(model), own)
    alone, _ = train("bilingual", "alone", pairs=[(QAA, ENG)])
    # Six updates for one pair, three for each of two.
    assert alone.curve["step"].to_pylist()[-1] == trained.curve["step"].to_pylist()[-1] == 6
    chosen = keys("bilingual", {"pairs": None}, ENG)
    assert chosen(QAA, ENG) == chosen(ENG, QAA) == (f"{ENG}-{QAA}",) * 2
    assert chosen(QAA, QAB) is None
    assert keys("bilingual", {"pairs": [(QAB, QAA)]}, ENG)(QAA, QAB) == (f"{QAA}-{QAB}",) * 2


def test_any_pair_may_be_bilingual_if_it_has_sentences(train):
    trained, _ = train("bilingual", pairs=[(QAA, QAB)])
    assert list(trained.variants) == [f"{QAA}-{QAB}"]
    with pytest.raises(CrosstalkError, match=r"^bilingual: eng_Latn-xxx_Latn has no training sentences"):
        train("bilingual", "none", pairs=[(ENG, "xxx_Latn")])


@pytest.mark.parametrize(("training", "options"), [("capa", {}), ("neuron_specialization", {"share": 0.6})])
def test_masked_methods_translate_with_the_weights_they_were_trained_with(given, train, read, training, options):
    trained, folder = train(training, **options)
    model, variants = read(folder)
    assert set(trained.variants) == SUPERVISED
    for key, masks in trained.variants.items():
        masked = whole(given, trained)
        with torch.no_grad():
            for name, mask in masks.items():
                masked.get_parameter(name).mul_(mask)
        with variants.applied(key, key):
            assert torch.equal(logits(model), logits(masked))
    assert torch.equal(logits(model), logits(whole(given, trained)))
    with variants.applied(f"{QAA}-{ENG}", f"{ENG}-{QAB}"):
        composed = logits(model)
    with variants.applied(f"{QAA}-{ENG}", f"{QAA}-{ENG}"):
        assert not torch.equal(logits(model), composed)
    with (
        pytest.raises(CrosstalkError, match=r"^variants: none for 'qaa_Latn-qab_Cyrl'"),
        variants.applied(f"{QAA}-{QAB}", "y"),
    ):
        pass


def test_capa_keeps_more_where_gradients_agree_by_hand():
    shares = kept_shares(torch.tensor([[0.1, 0.3], [0.5, 0.7]]), 0.7, 0.1, 0.6)
    z = [-0.3 / 0.2236068, -0.1 / 0.2236068, 0.1 / 0.2236068, 0.3 / 0.2236068]
    expected = torch.tensor([0.7 + 0.1 * value for value in z]).clamp(0.6, 1)
    torch.testing.assert_close(shares.flatten(), expected)
    assert kept_shares(torch.full((2, 2), 0.4), 0.7, 0.1, 0.3).unique().tolist() == pytest.approx([0.7])
    assert largest(torch.tensor([[3.0, 1.0], [2.0, 4.0]]), 0.5).tolist() == [[True, False], [False, True]]


def test_capas_masks_keep_about_the_base_share_of_every_map(given):
    masks = capa.updater(replace(given, options=capa.Options().model_dump())).masks
    assert set(masks) == SUPERVISED
    assert set(masks[f"{QAA}-{ENG}"]) == set(maps(given.model))
    kept = [float(mask.float().mean()) for some in masks.values() for mask in some.values()]
    assert sum(kept) / len(kept) == pytest.approx(0.7, abs=0.03)
    assert Direction(QAA, ENG) in given.bitexts("train").pairs
