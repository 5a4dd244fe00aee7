"""The world as tables: sentences, the truth about them, true paraphrases, and meanings to draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from crosstalk.artefacts import SENTENCES
from crosstalk.config.data import World
from crosstalk.errors import CrosstalkError, nearest
from crosstalk.world import forms
from crosstalk.world.clause import realised_order
from crosstalk.world.forms import Form
from crosstalk.world.languages import ENGLISH, Language, language, languages
from crosstalk.world.meanings import Meaning, sample
from crosstalk.world.seeds import stream
from crosstalk.world.spelling import Speller, speller

SETS = 500
"""Equivalence sets of each language, at most."""

_MEANING = [
    (name, pa.string())
    for name in (
        *("agent", "agent_number", "agent_colour", "agent_size", "action"),
        *("patient", "patient_number", "patient_colour", "patient_size", "tense", "place", "time"),
    )
]

MEANINGS = pa.schema(
    [("sentence_id", pa.string()), ("split", pa.string()), *_MEANING, ("ambiguous", pa.list_(pa.string()))]
)
"""What a scene shows: concepts, singular or plural, null where a meaning has none; ``ambiguous`` English words."""

LABELS = pa.schema(
    [
        ("sentence_id", pa.string()),
        ("language", pa.string()),
        ("split", pa.string()),
        ("voice", pa.string()),
        ("order", pa.string()),
        ("fronted", pa.string()),
        ("synonyms", pa.int32()),
        *_MEANING,
    ]
)
"""The syntax of a sentence (``order`` of subject, verb and other argument as realised) and its meaning."""

PARAPHRASES = pa.schema(
    [("set_id", pa.string()), ("language", pa.string()), ("member", pa.int32()), ("text", pa.string())]
)
"""Spellings of one training meaning in one language: member 0 is the sentence of the corpus, all texts differ."""


@dataclass(frozen=True)
class WorldTables:
    """Everything the world says and the truth about it; rows of one ``sentence_id`` have the same meaning."""

    sentences: pa.Table
    labels: pa.Table
    paraphrases: pa.Table
    meanings: pa.Table


@dataclass(frozen=True)
class _Split:
    name: str
    meanings: list[Meaning]

    def sentence_id(self, index: int) -> str:
        return f"{self.name}-{index:06d}"


def _truth(meaning: Meaning) -> tuple[str | None, ...]:
    agent, patient = meaning.agent, meaning.patient
    return (
        *(agent.noun, agent.number, agent.colour, agent.size, meaning.action),
        *(patient.noun, patient.number, patient.colour, patient.size),
        *(meaning.tense, meaning.place, meaning.time),
    )


def _table(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema)


def _chosen(spoken: Language, split: _Split, settings: World) -> list[Form]:
    """The form of every sentence; translations start from the form of the English one."""

    def draws(code: str) -> list[list[float]]:
        size = (len(split.meanings), forms.DRAWS)
        return stream(settings.seed, "forms", code, split.name).random(size).tolist()

    chosen = [
        forms.draw(meaning, ENGLISH, numbers[1:])
        for meaning, numbers in zip(split.meanings, draws(ENGLISH.code), strict=True)
    ]
    if spoken is ENGLISH:
        return chosen
    return [
        forms.translate(form, meaning, spoken, settings.variation, numbers)
        for form, meaning, numbers in zip(chosen, split.meanings, draws(spoken.code), strict=True)
    ]


def _kept(spoken: Language, split: _Split, settings: World) -> list[int]:
    """The meanings of a split a language has; a smaller share is a part of a larger one."""
    size = len(split.meanings)
    if split.name == "train":
        size = max(1, round(settings.share.get(spoken.code, 1.0) * size))
    order = stream(settings.seed, "share", spoken.code, split.name).permutation(len(split.meanings))
    return sorted(order[:size].tolist())


def _equivalents(
    spoken: Language, split: _Split, kept: list[int], chosen: list[Form], settings: World, spell: Speller
) -> list[tuple[object, ...]]:
    """Rows of the paraphrase table: meanings with enough spellings first, in a seeded order."""
    generator = stream(settings.seed, "paraphrases", spoken.code)
    candidates = np.array(kept)[generator.permutation(len(kept))].tolist()
    open_forms = {index: forms.forms(split.meanings[index], spoken) for index in candidates}
    candidates.sort(key=lambda index: -min(settings.paraphrases, len(open_forms[index])))
    rows: list[tuple[object, ...]] = []
    for index in candidates[:SETS]:
        others = [form for form in open_forms[index] if form != chosen[index]]
        picked = [others[other] for other in generator.permutation(len(others))[: settings.paraphrases - 1]]
        for member, form in enumerate([chosen[index], *picked]):
            rows.append((split.sentence_id(index), spoken.code, member, spell(split.meanings[index], form)))
    return rows


def generate(settings: World, only: Iterable[str] | None = None) -> WorldTables:
    """Sample the meanings and spell them in every language, or in ``only`` these, which changes no sentence.

    Rows come by language, split (train, dev, test) and meaning. Raises CrosstalkError on an unknown language.
    """
    known = [spoken.code for spoken in languages()]
    for code in settings.share:
        if code not in known:
            raise CrosstalkError(f"world.share: the world has no language {code!r}{nearest(code, known)}")
    sizes = {"test": settings.test, "dev": settings.dev, "train": settings.train}
    sampled = sample(settings.seed, sizes, settings.ambiguous)
    splits = [_Split(name, sampled[name]) for name in ("train", "dev", "test")]

    sentences: list[tuple[object, ...]] = []
    labels: list[tuple[object, ...]] = []
    paraphrases: list[tuple[object, ...]] = []
    for spoken in languages() if only is None else map(language, only):
        spell = speller(spoken, settings.seed)
        for split in splits:
            chosen = _chosen(spoken, split, settings)
            kept = _kept(spoken, split, settings)
            for index in kept:
                meaning, form = split.meanings[index], chosen[index]
                name = (split.sentence_id(index), spoken.code, split.name)
                sentences.append((*name, spell(meaning, form)))
                syntax = (form.voice, realised_order(form, spoken), form.fronted, form.synonyms)
                labels.append((*name, *syntax, *_truth(meaning)))
            if split.name == "train":
                paraphrases += _equivalents(spoken, split, kept, chosen, settings, spell)
    drawn = [
        (split.sentence_id(index), split.name, *_truth(meaning), meaning.ambiguous)
        for split in splits
        for index, meaning in enumerate(split.meanings)
    ]
    return WorldTables(
        sentences=_table(sentences, SENTENCES),
        labels=_table(labels, LABELS),
        paraphrases=_table(paraphrases, PARAPHRASES),
        meanings=_table(drawn, MEANINGS),
    )
