"""What jobs of the downstream evaluation do: from the encoder's size, its training and the labelled sentences."""

from __future__ import annotations

from crosstalk import grid
from crosstalk.config import Config
from crosstalk.downstream.mixtures import mixtures
from crosstalk.downstream.schemas import GROUP
from crosstalk.plan_time import LENGTH, vocabulary_size
from crosstalk.work import PROCESS, READER, Work

_LABELLED = 15_000
"""Sentences of a language that a task trains on and tests: MASSIVE has as many."""
_CLASSIFIER = 0.02
"""Seconds of a logistic regression for each of its training sentences."""


class Classified:
    """Work of a rule of the downstream evaluation, that of its largest job."""

    RULES = ("mixture", "classify", "downstream_scores")

    def __init__(self, config: Config) -> None:
        self._config, self._settings = config, config.downstream

    def work(self, rule: str) -> Work:
        """A job of a rule."""
        return {"mixture": self._mixture, "classify": self._classify, "downstream_scores": self._scores}[rule]()

    def _weights(self) -> int:
        d, ffn, layers = self._settings.model.d_model, self._settings.model.ffn, self._settings.model.layers
        return d * vocabulary_size(self._config, []) + layers * (4 * d * d + 2 * d * ffn)

    def _mixture(self) -> Work:
        """A training; of several processes each holds a part of weights, gradients and Adam's moments."""
        training, weights = self._settings.training, self._weights()
        micros, tokens = training.updates * training.sampling.accumulate, training.sampling.batch_tokens
        parts = self._config.speed.training_processes
        activations = 0.0
        if self._config.speed.device == "cpu":
            model = self._settings.model
            activations = 4e-6 * tokens * model.layers * (16 * model.d_model + 4 * model.ffn)
        memory = PROCESS + (4 + 16 / parts) * 1e-6 * weights + activations
        return Work(6 * weights * micros * tokens, micros, 0, memory)

    def _classify(self) -> Work:
        """Every encoder of a seed on every task of its languages."""
        embedded = self._classified() * len(self._settings.tasks) * _LABELLED
        labels = 60
        fitted = sum(one.protocol.experiments * one.protocol.samples_per_label for one in self._settings.tasks.values())
        seconds = _CLASSIFIER * labels * fitted * self._classified()
        steps = embedded / self._config.speed.batch_sentences
        return Work(2 * self._weights() * embedded * LENGTH, steps, seconds, PROCESS + 8e-6 * self._weights())

    def _scores(self) -> Work:
        """A row for each test sentence, experiment and encoder."""
        seeds, experiments = (
            len(self._settings.seeds),
            sum(t.protocol.experiments for t in self._settings.tasks.values()),
        )
        rows = self._classified() * seeds * experiments * _LABELLED / 4
        return Work(seconds=4e-6 * rows, memory=READER + 4e-4 * rows)

    def _classified(self) -> int:
        """Languages that are classified, once for each encoder."""
        size = len(self._settings.friends.languages or []) or self._settings.friends.size
        known = grid.downstream_languages(self._config)
        return sum(size if one.target == GROUP else 1 for one in mixtures(self._settings, known))
