"""The stacked encoders beside transformers' XLM-R: what they compute, their gradients, and a training's losses."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest
import torch
from transformers import XLMRobertaForMaskedLM

from crosstalk.config.matrix import Matrix, MatrixModel, MatrixTraining
from crosstalk.config.training import Model
from crosstalk.matrix.blocks import Run
from crosstalk.matrix.encoder import Encoders, parameters
from crosstalk.matrix.engine import Engine, train
from crosstalk.matrix.packing import Sentences, pack
from crosstalk.matrix.streams import Streams
from crosstalk.models.encoder import new_encoder
from crosstalk.tokens.batches import pad
from crosstalk.tokens.vocabulary import PAD

SHAPE = MatrixModel(d_model=16, ffn=24, heads=2, layers=2)
SIZE, LONGEST = 60, 12


def peer(layers: int = 2, seed: int = 1) -> XLMRobertaForMaskedLM:
    """XLM-R of the same shape, every parameter drawn, so that no bias or norm is at its neutral value."""
    model = new_encoder(Model(d_model=16, ffn=24, heads=2, encoder_layers=layers), SIZE, LONGEST, 0.0, seed)
    torch.manual_seed(seed)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.3 * torch.randn_like(value))
    return model


def batch(seed: int, count: int = 9) -> Sentences:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, LONGEST + 1, count)
    ids = rng.integers(4, SIZE, lengths.sum())
    scored = min(11, lengths.sum() // 2)
    positions = np.sort(rng.choice(lengths.sum(), scored, replace=False))
    return Sentences(ids, lengths, positions, rng.integers(4, SIZE, scored))


def padded(sentences: Sentences) -> tuple[torch.Tensor, torch.Tensor]:
    """The same batch as transformers takes it: ids and labels [sentences, longest]."""
    flat = np.full(len(sentences.ids), -100, np.int32)
    flat[sentences.positions] = sentences.labels
    cuts = np.cumsum(sentences.lengths)[:-1]
    return (
        torch.from_numpy(pad(np.split(sentences.ids.astype(np.int32), cuts), PAD)),
        torch.from_numpy(pad(np.split(flat, cuts), -100)),
    )


def their_loss(model: XLMRobertaForMaskedLM, sentences: Sentences) -> torch.Tensor:
    ids, labels = padded(sentences)
    return model(input_ids=ids, attention_mask=(ids != PAD).long(), labels=labels).loss


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_loss_and_gradients_are_those_of_transformers(layers: int, groups: int) -> None:
    shape, model, sentences = SHAPE.model_copy(update={"layers": layers}), peer(layers), batch(2)
    encoders = Encoders.new(shape, SIZE, LONGEST, 1)
    encoders.load_state_dict(model.state_dict())
    loss = Engine(encoders, MatrixTraining()).backward(pack([[sentences]], "cpu", groups))
    expected = their_loss(model, sentences)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    for name, each in parameters(shape, SIZE, LONGEST).items():
        wanted = torch.cat([model.get_parameter(part).grad for part in each.parts])
        torch.testing.assert_close(encoders.gradients[name][0], wanted, atol=1e-5, rtol=1e-4, msg=name)


def test_gradients_in_half_precision_point_the_same_way() -> None:
    """bfloat16 keeps 8 bits: gradients agree to some percent of their size."""
    found = []
    for precision in (nullcontext, partial(torch.autocast, "cpu", torch.bfloat16)):
        encoders = Encoders.new(SHAPE, SIZE, LONGEST, 2)
        for run in range(2):
            encoders.load_state_dict(peer(seed=run).state_dict(), run)
        Engine(encoders, MatrixTraining(), precision).backward(pack([[batch(2)], [batch(3)]], "cpu", 2))
        found.append(encoders.gradients)
    for name, full in found[0].items():
        assert (found[1][name] - full).norm() < 0.05 * full.norm(), name


def test_weights_leave_and_return_unchanged() -> None:
    model, encoders = peer(), Encoders.new(SHAPE, SIZE, LONGEST, 2)
    encoders.load_state_dict(model.state_dict(), 1)
    state = encoders.state_dict(1)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert all("position_ids" in name or "token_type_ids" in name for name in missing)
    for name, value in model.named_parameters():
        assert torch.equal(state[name], value), name
    assert not any(value.any() for value in encoders.state_dict(0).values())


def test_stacked_runs_are_the_separate_ones() -> None:
    """To rounding: sums over another shape may run in another order."""
    seen, models = [[batch(3)], [batch(4, 5), batch(5, 7)], [batch(6, 1)]], [peer(seed=seed) for seed in (1, 2, 3)]
    stacked = Encoders.new(SHAPE, SIZE, LONGEST, 3)
    for run, model in enumerate(models):
        stacked.load_state_dict(model.state_dict(), run)
    settings = MatrixTraining(clip=0.5, weight_decay=0.1)
    together = Engine(stacked, settings)
    losses = torch.stack([together.step(pack(seen, "cpu", 2), 1e-2) for _ in range(3)])
    for run, model in enumerate(models):
        single = Encoders.new(SHAPE, SIZE, LONGEST, 1)
        single.load_state_dict(model.state_dict())
        engine = Engine(single, settings)
        alone = torch.cat([engine.step(pack([seen[run]], "cpu"), 1e-2) for _ in range(3)])
        torch.testing.assert_close(losses[:, run], alone, atol=2e-5, rtol=1e-5)


def test_initial_weights_depend_on_the_seed_alone() -> None:
    encoders = Encoders.new(SHAPE, SIZE, LONGEST, 3)
    encoders.start([1, 2, 1])
    first, second, again = (encoders.state_dict(run) for run in range(3))
    assert all(torch.equal(first[name], again[name]) for name in first)
    words = "roberta.embeddings.word_embeddings.weight"
    assert not torch.equal(first[words], second[words])
    assert not first[words][PAD].any()
    assert first[words].std().item() == pytest.approx(0.02 * np.sqrt(768 / 16), rel=0.1)
    assert (first["lm_head.layer_norm.weight"] == 1).all()
    assert not first["lm_head.bias"].any()


def test_losses_of_a_training_are_those_of_transformers_trainer(small, tmp_path) -> None:
    """Twenty updates: the same start, sentences and masks, cosine schedule, clipping and decay; equal to 1e-4."""
    from transformers import Trainer, TrainingArguments

    training = MatrixTraining(updates=20, sentences=8, learning_rate=1e-2, warmup=4, clip=0.5, weight_decay=0.1)
    settings = Matrix(model=SHAPE, training=training)
    streams = Streams(small.stores, small.vocabulary, training)
    run = Run("qaa_Latn", "eng_Latn", False, 1)
    encoders = Encoders.new(SHAPE, small.vocabulary.size, training.max_length, 1)
    ours = train([run], streams, encoders, training).losses[:, 0]

    encoders.start([run.seed])
    model = new_encoder(
        Model(d_model=16, ffn=24, heads=2, encoder_layers=2), small.vocabulary.size, training.max_length, 0.0, 1
    )
    model.load_state_dict(encoders.state_dict())

    def collate(updates: list[dict[str, int]]) -> dict[str, torch.Tensor]:
        (update,) = (each["update"] for each in updates)
        parts = streams.batch(run, update)
        before = np.cumsum([0, *(len(part.ids) for part in parts)])
        whole = Sentences(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.lengths for part in parts]),
            np.concatenate([part.positions + at for part, at in zip(parts, before, strict=False)]),
            np.concatenate([part.labels for part in parts]),
        )
        ids, labels = padded(whole)
        return {"input_ids": ids, "attention_mask": (ids != PAD).long(), "labels": labels}

    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=20, per_device_train_batch_size=1, learning_rate=1e-2, weight_decay=0.1,
        max_grad_norm=0.5, logging_steps=1, logging_strategy="steps", save_strategy="no", report_to=[], use_cpu=True,
        remove_unused_columns=False, disable_tqdm=True, optim="adamw_torch", lr_scheduler_type="constant",
    )  # fmt: skip
    from crosstalk.training.schedule import learning_rate

    optimiser_of = Trainer(model=model, args=arguments)
    optimiser = optimiser_of.create_optimizer()
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda update: learning_rate(update, training) / 1e-2)

    class InOrder(Trainer):
        def _get_train_sampler(self, *_: object) -> torch.utils.data.Sampler:
            return torch.utils.data.SequentialSampler(self.train_dataset)

    trainer = InOrder(
        model=model, args=arguments, data_collator=collate, optimizers=(optimiser, schedule),
        train_dataset=[{"update": update} for update in range(20)],
    )  # fmt: skip
    trainer.train()
    theirs = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert settings.model is SHAPE
    assert ours[-1] < ours[0] - 0.3
    np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=0)
