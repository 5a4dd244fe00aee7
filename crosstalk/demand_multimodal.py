"""What jobs of part 3 do: from the size of the image + text model, trainings and test sentences."""

from __future__ import annotations

from pathlib import Path

from crosstalk.config import Config
from crosstalk.config.training import Optimisation
from crosstalk.plan_memory import shape
from crosstalk.work import PROCESS, Work
from crosstalk.workflow_multimodal import systems

_TESTED = 1_000
"""Test sentences of a language where the configuration takes all: M3-Multi30K has as many."""
_CONDITIONS = 3
"""Kinds of images that a system is tested with."""


class Captioned:
    """Work of a rule of part 3, that of its largest job."""

    RULES = ("base", "train_fusion", "tune", "importance", "caption", "prompt_folder")

    def __init__(self, config: Config) -> None:
        self._config, self._settings = config, config.multimodal

    def work(self, rule: str) -> Work:
        """A job of a rule."""
        settings, large = self._settings, shape(self._config).all
        if rule == "base":
            return self._trained(large, settings.vision, settings.pretraining)
        if rule == "tune":  # of several processes each reads all weights, and holds a part of what is trained
            parts = self._config.speed.training_processes
            return self._trained(large, settings.tuning)._replace(memory=PROCESS + (4 + 16 / parts) * 1e-6 * large)
        if rule == "train_fusion":
            return self._trained(self._fusion() + large // 10, settings.scratch)
        tokens = settings.max_length
        if rule == "importance":
            sentences = settings.statistics.sentences * self._languages()
            return Work(4 * 6 * large * sentences * tokens, sentences, 0, PROCESS + 16e-6 * large)
        if rule == "prompt_folder":
            large = max((self._folder(one.folder) for one in self._settings.systems.values() if one.folder), default=0)
        sentences = self._tested() * self._languages() * _CONDITIONS
        steps = settings.max_new * sentences / self._config.speed.batch_sentences
        return Work(2 * large * sentences * tokens, steps, 0.001 * sentences, PROCESS + 8e-6 * large)

    def _trained(self, weights: int, *trainings: Optimisation) -> Work:
        micros = sum(one.updates * one.sampling.accumulate for one in trainings)
        tokens = max(one.sampling.batch_tokens for one in trainings)
        return Work(6 * weights * micros * tokens, micros, 0, PROCESS + 20e-6 * weights)

    def _folder(self, name: str) -> int:
        """Weights of a folder, of two bytes each; LLaVA-1.5-7B's when it is not there."""
        folder = Path(self._config.data_dir or "") / name
        return sum(file.stat().st_size for file in folder.glob("*.safetensors")) // 2 or shape(self._config).all

    def _fusion(self) -> int:
        shape, d = self._settings.fusion, self._settings.fusion.d_model
        return self._settings.base.shape.vocabulary * d + shape.layers * (12 * d * d + 4 * d * shape.ffn)

    def _languages(self) -> int:
        """Target languages of the benchmark that has most."""
        names = {name: captions.targets for name, captions in self._settings.benchmarks.items()}
        counts = [len(own or self._config.benchmarks[name].languages[1:]) for name, own in names.items()]
        return max(counts, default=0)

    def _tested(self) -> int:
        counts = [captions.test_sentences or _TESTED for captions in self._settings.benchmarks.values()]
        return max(counts, default=0) if systems(self._config) else 0
