"""The tables: what is in them, that labels tell the truth, and what they depend on."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from crosstalk.artefacts import SENTENCES
from crosstalk.config.data import World
from crosstalk.errors import CrosstalkError
from crosstalk.world import Language, WorldTables, generate, languages, lexicon, tables
from crosstalk.world.concepts import ADJECTIVES, NOUNS, PLACES, SYNONYMS, VERBS
from crosstalk.world.lexicon import phonemes
from crosstalk.world.scripts import write
from crosstalk.world.tables import LABELS, MEANINGS, PARAPHRASES

CODES = [language.code for language in languages()]
SMALL = World(train=200, dev=40, test=40, ambiguous=0.2)


def of(table: pa.Table, code: str) -> pa.Table:
    return table.filter(pc.field("language") == code)


def texts(table: pa.Table) -> dict[tuple[str, str], str]:
    rows = table.to_pylist()
    return {(row["language"], row["sentence_id"]): row["text"] for row in rows}


def test_schemas_and_sizes(world: WorldTables) -> None:
    assert world.sentences.schema == SENTENCES
    assert world.labels.schema == LABELS
    assert world.paraphrases.schema == PARAPHRASES
    assert world.meanings.schema == MEANINGS
    assert world.sentences.num_rows == world.labels.num_rows == 9 * 280
    assert world.meanings.num_rows == 280
    assert pc.unique(world.sentences["language"]).to_pylist() == CODES
    names = ["sentence_id", "language", "split"]
    assert world.sentences.select(names) == world.labels.select(names)


def test_every_language_has_the_same_meanings(world: WorldTables) -> None:
    ids = world.meanings["sentence_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    for code in CODES:
        assert of(world.sentences, code)["sentence_id"].to_pylist() == ids


def test_no_meaning_and_no_text_is_in_two_splits(world: WorldTables) -> None:
    parts = [name for name in MEANINGS.names if name not in {"sentence_id", "split", "ambiguous"}]
    rows = world.meanings.select(parts).to_pylist()
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    split_of: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in world.sentences.to_pylist():
        split_of[row["language"], row["text"]].add(row["split"])
    assert {len(splits) for splits in split_of.values()} == {1}


def test_sentences_have_a_natural_length(world: WorldTables) -> None:
    for code in CODES:
        words = [len(text.split()) for text in of(world.sentences, code)["text"].to_pylist()]
        assert min(words) >= 4
        assert max(words) <= 15
        assert 5.5 <= sum(words) / len(words) <= 10


def test_deterministic_in_every_process(world: WorldTables, checkout: Path) -> None:
    code = (
        "import hashlib; from crosstalk.config.data import World; from crosstalk.world import generate\n"
        "w = generate(World(train=200, dev=40, test=40, ambiguous=0.2))\n"
        "rows = (w.sentences.to_pylist(), w.labels.to_pylist(), w.paraphrases.to_pylist(), w.meanings.to_pylist())\n"
        "print(hashlib.sha256(repr(rows).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "123"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )
    ours = (world.sentences, world.labels, world.paraphrases, world.meanings)
    here = hashlib.sha256(repr(tuple(table.to_pylist() for table in ours)).encode()).hexdigest()
    assert done.stdout.strip() == here


def test_another_seed_is_another_world(world: WorldTables) -> None:
    other = texts(generate(World(seed=2, train=20, dev=5, test=5), ["qaa_Latn"]).sentences)
    assert not set(other.values()) & set(texts(of(world.sentences, "qaa_Latn")).values())


def test_a_language_does_not_depend_on_the_others(world: WorldTables) -> None:
    alone = generate(SMALL, ["qbb_Grek"])
    assert alone.sentences == of(world.sentences, "qbb_Grek")
    assert alone.labels == of(world.labels, "qbb_Grek")
    assert alone.paraphrases == of(world.paraphrases, "qbb_Grek")
    assert alone.meanings == world.meanings


def test_share_takes_a_part_of_the_training_meanings(world: WorldTables) -> None:
    def ids(share: float) -> set[str]:
        settings = SMALL.model_copy(update={"share": {"qba_Latn": share}})
        sentences = generate(settings, ["qba_Latn"]).sentences
        assert texts(sentences).items() <= texts(world.sentences).items()
        assert sentences.filter(pc.field("split") != "train").num_rows == 80
        return set(sentences.filter(pc.field("split") == "train")["sentence_id"].to_pylist())

    tenth, half = ids(0.1), ids(0.5)
    assert (len(tenth), len(half)) == (20, 100)
    assert tenth < half


def test_share_of_an_unknown_language_is_refused() -> None:
    with pytest.raises(CrosstalkError, match=r"^world\.share: the world has no language 'qzz_Latn'"):
        generate(World(share={"qzz_Latn": 0.5}))


NOUN_SUFFIXES = [(), ("PL",)], [(), ("ACC",), ("ERG",), ("INS",)]
VERB_SUFFIXES = [(), ("PASS",)], [(), ("PST",), ("FUT",)], [(), ("INAN",)], [(), ("3PL",)]


def parses(language: Language) -> dict[str, tuple[str, frozenset[str]]]:
    """Every word a language could have -> the concept (or gloss) and the suffixes in it."""
    morphemes = phonemes(language, 1)
    words = {}
    for key in morphemes:
        concept = key.removesuffix("/2")
        suffixes = VERB_SUFFIXES if concept in VERBS else NOUN_SUFFIXES if concept in {*NOUNS, *ADJECTIVES} else ()
        for chosen in product(*suffixes):
            glosses = [gloss for part in chosen for gloss in part]
            word = write("".join(morphemes[gloss] for gloss in (key, *glosses)), language.script)
            assert word not in words
            words[word] = (key, frozenset(glosses))
    return words


@pytest.mark.parametrize("language", languages()[1:], ids=lambda language: language.code)
def test_labels_agree_with_the_words(world: WorldTables, language: Language) -> None:
    known = parses(language)
    sentences = of(world.sentences, language.code)["text"].to_pylist()
    for label, text in zip(of(world.labels, language.code).to_pylist(), sentences, strict=True):
        keys = [known[word][0] for word in text.split()]
        suffixes = [known[word][1] for word in text.split()]
        where = {key.removesuffix("/2"): index for index, key in enumerate(keys)}
        parts = ["agent_colour", "agent_size", "patient_colour", "patient_size", "place", "time"]
        assert {label[name] for name in ("agent", "patient", "action", *parts)} - {None} <= set(where)
        verb, agent, patient = (where[label[name]] for name in ("action", "agent", "patient"))

        passive = "PASS" in keys or "PASS" in suffixes[verb]
        assert passive == (label["voice"] == "passive")
        subject, other = (patient, agent) if passive else (agent, patient)
        order = sorted([(subject, "S"), (verb, "V"), (other, "O")])
        assert "".join(role for _, role in order) == label["order"]
        assert any(key.endswith("/2") for key in keys) == (label["synonyms"] == 1)
        for name in ("place", "time"):
            fronted = label[name] is not None and where[label[name]] < min(verb, agent, patient)
            assert fronted == (label["fronted"] == name)

        plural = [label["agent_number"], label["patient_number"]].count("plural")
        tense = {"past": "PST", "future": "FUT", "present": None}[label["tense"]]
        if language.marking == "word":
            assert keys.count("PL") == plural
            assert {"PST", "FUT"} & set(keys) == {tense} - {None}
        else:
            assert ("PL" in suffixes[agent]) == (label["agent_number"] == "plural")
            assert ("PL" in suffixes[patient]) == (label["patient_number"] == "plural")
            assert {"PST", "FUT"} & suffixes[verb] == {tense} - {None}
        assert ("3PL" in suffixes[verb]) == ("PL" in suffixes[subject] and language.agreement != "none")


def english_forms(concept: str, second_word: int) -> set[str]:
    words = NOUNS[concept].words if concept in NOUNS else VERBS[concept].words
    return set(words[min(second_word, len(words) - 1)])


def test_english_labels_agree_with_the_words(world: WorldTables) -> None:
    sentences = of(world.sentences, "eng_Latn")["text"].to_pylist()
    for label, text in zip(of(world.labels, "eng_Latn").to_pylist(), sentences, strict=True):
        words = text.split()
        assert (" by the " in text) == (label["voice"] == "passive")
        assert label["order"] == "SVO"
        for name in ("agent", "patient", "action"):
            assert english_forms(label[name], label["synonyms"]) & set(words)
        for name in ("agent", "patient"):
            singular, plural = NOUNS[label[name]].words[min(label["synonyms"], len(NOUNS[label[name]].words) - 1)]
            assert (plural if label[f"{name}_number"] == "plural" else singular) in words
        adjuncts = {"time": label["time"], "place": label["place"] and PLACES[label["place"]][0]}
        for name, start in adjuncts.items():
            assert start is None or f" {start} " in f" {text} "
            assert text.startswith(f"{start} ") == (label["fronted"] == name)
        concepts = [label[name] for name in label if name.startswith(("agent", "patient", "action", "place"))]
        if label["synonyms"]:
            assert SYNONYMS & set(concepts)


def test_translations_keep_the_form_unless_they_vary() -> None:
    def labels(variation: float) -> list[dict[str, object]]:
        return generate(World(train=300, dev=1, test=1, variation=variation), CODES[:2]).labels.to_pylist()

    def kept(rows: list[dict[str, object]]) -> float:
        by_id: defaultdict[object, list[tuple[object, ...]]] = defaultdict(list)
        for row in rows:
            by_id[row["sentence_id"]].append((row["voice"], row["fronted"], row["synonyms"]))
        return sum(len(set(forms)) == 1 for forms in by_id.values()) / len(by_id)

    assert kept(labels(0.0)) == 1
    same_by_chance = kept(labels(1.0))
    assert 0.2 < same_by_chance < 0.5
    assert kept(labels(0.3)) == pytest.approx(0.7 + 0.3 * same_by_chance, abs=0.07)


def test_canonical_forms_are_more_frequent_than_marked_ones(world: WorldTables) -> None:
    for language in languages():
        labels = of(world.labels, language.code)
        assert pc.mean(pc.equal(labels["voice"], "active")).as_py() > 0.6
        assert pc.mean(pc.equal(labels["fronted"], "none")).as_py() > 0.5
        assert pc.mean(pc.equal(labels["synonyms"], 0)).as_py() > 0.6
        unfronted = labels.filter(pc.field("fronted") == "none")
        assert 0.8 < pc.mean(pc.equal(unfronted["order"], language.order)).as_py() <= 1


def test_paraphrases_have_one_meaning_and_many_texts(world: WorldTables) -> None:
    corpus = texts(world.sentences)
    sets: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in world.paraphrases.to_pylist():
        key = (row["language"], row["set_id"])
        assert row["member"] == len(sets[key])
        sets[key].append(row["text"])
    assert {code for code, _ in sets} == set(CODES)
    sizes = []
    for (code, set_id), members in sets.items():
        assert set_id.startswith("train-")
        assert members[0] == corpus[code, set_id]
        assert len(set(members)) == len(members)
        sizes.append(len(members))
    assert max(sizes) == SMALL.paraphrases
    assert min(sizes) >= 4
    owner: dict[tuple[str, str], str] = {}
    for (code, set_id), members in sets.items():
        for text in members:
            assert owner.setdefault((code, text), set_id) == set_id


def test_richest_meanings_come_first_into_the_paraphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SETS", 50)
    paraphrases = generate(World(train=200, dev=1, test=1), ["eng_Latn"]).paraphrases
    sizes = paraphrases.group_by("set_id").aggregate([("text", "count")])["text_count"]
    assert len(sizes) == 50
    assert set(sizes.to_pylist()) == {5}


def test_ambiguous_words_are_marked(world: WorldTables) -> None:
    english = {row["sentence_id"]: row["text"] for row in of(world.sentences, "eng_Latn").to_pylist()}
    forms = {"bat": "bats", "crane": "cranes", "mouse": "mice", "seal": "seals"}
    for row in world.meanings.to_pylist():
        words = english[row["sentence_id"]].split()
        assert row["ambiguous"] == [word for word, plural in forms.items() if {word, plural} & set(words)]


def test_lexicon_names_every_concept() -> None:
    assert lexicon("eng_Latn", 1)["bat.club"] == "bat"
    assert set(lexicon("qab_Cyrl", 1)) == set(lexicon("eng_Latn", 1)) > set(ADJECTIVES)
