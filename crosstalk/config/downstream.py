"""Downstream evaluation of the matrix: classification with encoders of languages that it chooses (Matrix §5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import LanguageCode, Name, Section
from crosstalk.config.matrix import MatrixModel
from crosstalk.config.training import Pretraining


class Texts(Section):
    """Where the sentences of a labelled table are that it has no text of."""

    path: str
    """A Parquet table with columns ``language`` and ``text``, relative to data_dir unless absolute."""
    key: str
    """Column of the labelled table that names the sentence, null where there is a text."""
    sentence_id: str
    """Column of this table that ``key`` is found in."""


class Protocol(Section):
    """How an encoder is judged by a classifier on its sentence embeddings: MTEB's (``mteb`` 2.26.24)."""

    split: str = "test"
    """Split that is classified."""
    experiments: Annotated[int, Field(ge=1)] = 10
    """Classifiers, each trained on sentences of its own; accuracy is their mean."""
    samples_per_label: Annotated[int, Field(ge=1)] = 8
    """Training sentences of each label that a classifier sees."""
    max_iterations: Annotated[int, Field(ge=1)] = 100
    """Iterations of the logistic regression."""
    seed: Annotated[int, Field(ge=0)] = 42
    """Seed of the draws."""


class Labelled(Section):
    """A classification task: labelled sentences of several languages, in a split to train on and one to test."""

    reader: Literal["parquet", "sib200", "massive", "mteb", "world"]
    """parquet: one table; sib200 and massive: as published, {language}/{split}.tsv and {locale}.jsonl; mteb: what the
    library ``mteb`` calls ``task``, which it fetches and evaluates itself; world: the embedded world's sentences."""
    path: str = ""
    """parquet: the table; sib200, massive: the folder; relative to data_dir unless absolute."""
    columns: dict[Literal["sentence_id", "language", "split", "label", "text"], str] = {}
    """parquet: columns, ours -> theirs."""
    texts: Texts | None = None
    """parquet: another table, with sentences that this one only names."""
    label: Annotated[str, Field(pattern=r"^[a-z_]+$")] = "intent"
    """massive: intent or scenario; world: what of a sentence is to be told, as agent, action, place, tense."""
    task: str = ""
    """mteb: name of the task."""
    codes: dict[LanguageCode, str] = {}
    """massive, mteb: what they call a language, where it is not the FLORES code or OPUS-100's two letters."""
    protocol: Protocol = Protocol()
    """How encoders are judged."""
    published: Literal["", "MassiveIntent", "MassiveScenario"] = ""
    """What the paper calls it; its accuracies are then shown beside."""

    @model_validator(mode="after")
    def _placed(self) -> Labelled:
        needed = {"mteb": "task", "world": "label"}.get(self.reader, "path")
        if not getattr(self, needed):
            raise ValueError(f"reader {self.reader!r} needs {needed}")
        if self.reader == "massive" and self.label not in ("intent", "scenario"):
            raise ValueError(f"reader 'massive' has no label {self.label!r}; expected intent or scenario")
        if self.texts is not None and self.reader != "parquet":
            raise ValueError(f"reader {self.reader!r} takes no texts; they are for 'parquet'")
        return self


class Chosen(Section):
    """Partners of a target language that are named, not chosen from the matrix; those that the benchmark lacks are left
    out, and the log says so."""

    low: list[LanguageCode] | None = None
    """Instead of its low-interference partners."""
    high: list[LanguageCode] | None = None
    """Instead of its high-interference partners."""
    low_group: list[LanguageCode] | None = None
    """Instead of its low-interference group."""
    high_group: list[LanguageCode] | None = None
    """Instead of its high-interference group."""


class Friends(Section):
    """A group of languages that disturb each other little, to which others are added (Matrix §5.4, Table 3)."""

    size: Annotated[int, Field(ge=2)] = 4
    """Languages of a group that is chosen from the matrix: the best pair, and then always the best to add."""
    among: list[LanguageCode] | None = None
    """Languages that the group is chosen from, as they are classified and need labelled sentences; None takes all."""
    languages: list[LanguageCode] | None = None
    """The group itself, instead."""
    added: Annotated[int, Field(ge=0)] = 2
    """Friendly and as many unfriendly languages, each added to the group in a training of its own; 0 leaves it out."""


class Downstream(Section):
    """What is trained and classified."""

    targets: dict[LanguageCode, Chosen] = {}
    """Languages whose partners are chosen; none leaves this part out."""
    tasks: dict[Name, Labelled] = {}
    """Classification tasks by name."""
    benchmark: Name | None = None
    """Name under benchmarks, whose sentences and vocabulary the encoders have; None takes the matrix's. Partners are
    those of its languages that the matrix has too."""
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    """Seeds of the trainings."""
    pairs: Annotated[int, Field(ge=0)] = 2
    """Low- and as many high-interference partners of a target, each in a training of its own (Table 1)."""
    group: Annotated[int, Field(ge=0)] = 4
    """Languages of a target's low- and of its high-interference group (Table 2); 0 leaves groups out."""
    friends: Friends = Friends()
    """An unfriendly addition to a group (Table 3)."""
    predicted: bool = True
    """Whether partners may be chosen by cells that were predicted, not measured."""
    half: bool = True
    """Train each target also alone with half of every batch, as much as a pair leaves it."""
    untrained: bool = True
    """Classify with each target's encoder as it is before training, too: what words alone tell."""
    model: MatrixModel = MatrixModel(layers=4)
    """The encoder's shape."""
    output_bias: Literal["zero", "frequency"] = "zero"
    """Start of the output bias, as ``matrix.training.output_bias``."""
    training: Pretraining = Pretraining()
    """The training; languages share ``sampling.batch_tokens`` of every batch equally, whatever
    ``sampling.temperature``."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Coverage of intervals."""

    @model_validator(mode="after")
    def _others(self) -> Downstream:
        for target, chosen in self.targets.items():
            for kind, languages in chosen:
                if languages and (target in languages or len(set(languages)) < len(languages)):
                    raise ValueError(f"targets.{target}.{kind}: expected other languages than the target, each once")
        return self
