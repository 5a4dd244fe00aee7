from __future__ import annotations

import copy

import pytest
import torch
from accelerate import Accelerator

from crosstalk.config.data import Sampling
from crosstalk.config.training import Specialisation
from crosstalk.models.units import feed_forwards
from crosstalk.training import recipes
from crosstalk.training.units import Allowed, UnitUpdater

LENGTH = 40
UNITS = {"eng_Latn": [[0, 3, 5], [1, 2]], "qaa_Latn": [[3, 7], [2, 9]], "qab_Cyrl": [[3], [2, 11]]}


def allowed() -> dict[str, Allowed]:
    return {code: Allowed(tuple(torch.tensor(layer) for layer in layers)) for code, layers in UNITS.items()}


@pytest.fixture
def model(small, shape):
    encoder = recipes.new_encoder(shape, small.vocabulary.size, LENGTH, 0.0, 1)
    return recipes.from_encoder(encoder, shape, small.vocabulary.size, 0.0, 1).train()


def settings(**changes) -> Specialisation:
    chosen = Specialisation(updates=20, clip=0.0, dropout=0.0, weight_decay=0.01, sampling=Sampling(batch_tokens=64))
    return chosen.model_copy(update=changes)


def train(small, shape, model, updates: int, chosen: Specialisation, languages: set[str] | None = None) -> UnitUpdater:
    task = recipes.translation(small.stores, small.vocabulary, shape, chosen, LENGTH, "eng_Latn", 1)
    updater = UnitUpdater(model, allowed(), chosen, Accelerator(cpu=True))
    done, update = 0, 0
    while done < updates:
        micro = task.micro(update % 20, 0)
        update += 1
        if languages is None or task.language(micro) in languages:
            updater.begin(task.language(micro))
            (task.loss(model, micro) / task.tokens(micro)).backward()
            updater.step(1e-2)
            done += 1
    return updater


def test_everything_but_the_chosen_units_stays_bit_identical(small, shape, model):
    before = copy.deepcopy(model.state_dict())
    train(small, shape, model, 12, settings())
    union = [sorted({u for layers in UNITS.values() for u in layers[depth]}) for depth in range(2)]
    for name, value in model.state_dict().items():
        changed = (value != before[name]).nonzero()
        if ".encoder.layers." in name and ".fc1." in name:
            assert sorted(set(changed[:, 0].tolist())) == union[int(name.split("layers.")[1][0])]
        elif ".encoder.layers." in name and name.endswith("fc2.weight"):
            assert sorted(set(changed[:, 1].tolist())) == union[int(name.split("layers.")[1][0])]
        else:
            assert len(changed) == 0, name


def test_a_language_moves_its_own_units_only_even_after_others_gave_them_momentum(small, shape, model):
    updater = train(small, shape, model, 6, settings())
    before = copy.deepcopy(model.state_dict())
    task = recipes.translation(small.stores, small.vocabulary, shape, settings(), LENGTH, "eng_Latn", 1)
    micro = next(m for m in (task.micro(u, 0) for u in range(20)) if task.language(m) == "qaa_Latn")
    updater.begin("qaa_Latn")
    (task.loss(model, micro) / task.tokens(micro)).backward()
    updater.step(1e-2)
    for depth, block in enumerate(feed_forwards(model)):
        moved = (block.inner[0].weight != before[f"model.encoder.layers.{depth}.fc1.weight"]).any(1).nonzero()[:, 0]
        assert moved.tolist() == UNITS["qaa_Latn"][depth]


def test_the_masked_gradient_reading_moves_units_by_momentum(small, shape, model):
    updater = train(small, shape, model, 6, settings(freezing="masked_gradient"))
    before = copy.deepcopy(model.state_dict())
    updater.begin("qab_Cyrl")
    updater.step(1e-2)
    moved = (
        (feed_forwards(model)[0].inner[0].weight != before["model.encoder.layers.0.fc1.weight"]).any(1).nonzero()[:, 0]
    )
    assert set(moved.tolist()) > {3}


def test_gradients_of_units_equal_autograd(small, shape, model):
    plain = copy.deepcopy(model)
    task = recipes.translation(small.stores, small.vocabulary, shape, settings(), LENGTH, "eng_Latn", 1)
    micro = task.micro(0, 0)
    task.loss(plain, micro).backward()
    updater = UnitUpdater(model, allowed(), settings(), Accelerator(cpu=True))
    language = task.language(micro)
    updater.begin(language)
    task.loss(model, micro).backward()
    for depth, (layer, block) in enumerate(zip(updater._layers, feed_forwards(plain), strict=True)):
        units = torch.tensor(UNITS[language][depth])
        at = torch.searchsorted(layer.units, units)
        gradients = (
            block.inner[0].weight.grad[units],
            block.inner[0].bias.grad[units, None],
            block.second.weight.grad[:, units].T,
        )
        for part, expected in zip(layer.gradients.values(), gradients, strict=True):
            torch.testing.assert_close(part[at], expected, rtol=1e-4, atol=1e-6)
            assert part.abs().sum() == pytest.approx(part[at].abs().sum().item())


def test_all_units_allowed_equals_adamw_on_the_feed_forward_weights(small, shape, model):
    """With every unit allowed, the per-unit optimiser is AdamW on fc1 and the columns of fc2."""
    plain = copy.deepcopy(model)
    everything = {code: Allowed((torch.arange(24), torch.arange(24))) for code in UNITS}
    chosen = settings(weight_decay=0.0)
    task = recipes.translation(small.stores, small.vocabulary, shape, chosen, LENGTH, "eng_Latn", 1)
    updater = UnitUpdater(model, everything, chosen, Accelerator(cpu=True))
    weights = [
        w for block in feed_forwards(plain) for w in (block.inner[0].weight, block.inner[0].bias, block.second.weight)
    ]
    plain.requires_grad_(False)
    for weight in weights:
        weight.requires_grad_(True)
    adam = torch.optim.AdamW(weights, lr=1e-3, betas=chosen.betas, eps=chosen.eps, weight_decay=0.0)
    for update in range(4):
        micro = task.micro(update, 0)
        updater.begin(task.language(micro))
        (task.loss(model, micro) / task.tokens(micro)).backward()
        updater.step(1e-3)
        (task.loss(plain, micro) / task.tokens(micro)).backward()
        adam.step()
        adam.zero_grad()
    for (name, value), (_, expected) in zip(model.named_parameters(), plain.named_parameters(), strict=True):
        torch.testing.assert_close(value, expected, rtol=1e-4, atol=2e-5, msg=name)


def test_optimiser_state_is_kept_for_updatable_units_only(model):
    updater = UnitUpdater(model, allowed(), settings(), Accelerator(cpu=True))
    union = [len({u for layers in UNITS.values() for u in layers[depth]}) for depth in range(2)]
    width = 16
    expected = sum(count * (2 * (width + 1 + width) + 1) for count in union)
    assert sum(value.numel() for value in updater.state().values()) == expected


def test_a_unit_counts_its_own_updates(small, shape, model):
    """Adam's first step moves every weight by the learning rate, whenever a unit has its first step."""
    train(small, shape, model, 5, settings(weight_decay=0.0), {"eng_Latn"})
    before = feed_forwards(model)[1].inner[0].weight[11].detach().clone()
    updater = UnitUpdater(model, allowed(), settings(weight_decay=0.0, eps=1e-20), Accelerator(cpu=True))
    task = recipes.translation(small.stores, small.vocabulary, shape, settings(), LENGTH, "eng_Latn", 1)
    micro = next(m for m in (task.micro(u, 0) for u in range(20)) if task.language(m) == "qab_Cyrl")
    updater.begin("qab_Cyrl")
    (task.loss(model, micro) / task.tokens(micro)).backward()
    updater.step(1e-2)
    change = (feed_forwards(model)[1].inner[0].weight[11] - before).abs()
    torch.testing.assert_close(change, torch.full_like(change, 1e-2), rtol=1e-2, atol=0)


@pytest.mark.parametrize("others", ["decoder", "all"])
def test_other_parameters_train_when_asked(small, shape, model, others):
    before = copy.deepcopy(model.state_dict())
    train(small, shape, model, 2, settings(others=others))
    moved = {name for name, value in model.named_parameters() if not torch.equal(value, before[name])}
    assert "model.decoder.layers.0.fc1.weight" in moved
    assert ("model.encoder.layers.0.self_attn.q_proj.weight" in moved) == (others == "all")
    assert "model.encoder.layers.0.fc2.bias" not in moved


def test_state_restored_continues_identically(small, shape, model):
    chosen = settings()
    task = recipes.translation(small.stores, small.vocabulary, shape, chosen, LENGTH, "eng_Latn", 1)

    def steps(updater: UnitUpdater, trained, span: range) -> None:
        for update in span:
            micro = task.micro(update, 0)
            updater.begin(task.language(micro))
            (task.loss(trained, micro) / task.tokens(micro)).backward()
            updater.step(1e-2)

    first = UnitUpdater(model, allowed(), chosen, Accelerator(cpu=True))
    steps(first, model, range(4))
    encoder = recipes.new_encoder(shape, small.vocabulary.size, LENGTH, 0.0, 1)
    copied = recipes.from_encoder(encoder, shape, small.vocabulary.size, 0.0, 1)
    copied.load_state_dict(model.state_dict())
    state = {name: value.clone() for name, value in first.state().items()}
    second = UnitUpdater(copied.train(), allowed(), chosen, Accelerator(cpu=True))
    second.restore(state)
    steps(first, model, range(4, 8))
    steps(second, copied, range(4, 8))
    both = zip(model.state_dict().values(), copied.state_dict().values(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in both)
