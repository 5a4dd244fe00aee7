"""What the world is made of: the concepts a meaning is built from, and the English words for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

ANIMATE = ("person", "animal")
EVERYTHING = ("person", "animal", "thing", "food")


@dataclass(frozen=True)
class Noun:
    """A noun of some kind; each English word is (singular, plural), a second one is a synonym."""

    concept: str
    kind: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Verb:
    """A transitive verb; each English word is (base, third person, past, participle), a second one is a synonym."""

    concept: str
    agents: tuple[str, ...]
    patients: tuple[str, ...]
    words: tuple[tuple[str, str, str, str], ...]


def _add_s(word: str) -> str:
    if re.search(r"(s|x|sh|ch)$", word):
        return f"{word}es"
    return re.sub(r"(?<![aeiou])y$", "ie", word) + "s"


def _add_ed(word: str) -> str:
    return re.sub(r"(?<![aeiou])y$", "ie", word).removesuffix("e") + "ed"


def _nouns(kind: str, *entries: str) -> list[Noun]:
    """Read ``concept[:word][/plural][=synonym[/plural]]``; the word is the concept's name unless given."""
    nouns = []
    for entry in entries:
        concept, _, spelled = entry.partition(":")
        words = []
        for word in (spelled or concept).split("="):
            singular, _, plural = word.partition("/")
            words.append((singular, plural or _add_s(singular)))
        nouns.append(Noun(concept if spelled else words[0][0], kind, tuple(words)))
    return nouns


def _verbs(agents: tuple[str, ...], patients: tuple[str, ...], *entries: str) -> list[Verb]:
    """Read ``base[/past[/participle]][=synonym...]``; what is left out is regular."""
    verbs = []
    for entry in entries:
        words = []
        for word in entry.split("="):
            base, past, participle = [*word.split("/"), "", ""][:3]
            past = past or _add_ed(base)
            words.append((base, _add_s(base), past, participle or past))
        verbs.append(Verb(words[0][0], agents, patients, tuple(words)))
    return verbs


PLAIN_NOUNS = (
    *_nouns("person", "man/men", "woman/women=lady", "boy", "girl", "doctor=physician", "teacher", "farmer"),
    *_nouns("person", "king", "baker"),
    *_nouns("animal", "dog=hound", "cat", "bird", "horse", "cow", "fox", "rabbit=bunny", "frog", "bear", "lion"),
    *_nouns("thing", "ball", "box", "book", "cup=mug", "chair", "hat", "car=automobile", "stone=rock", "lamp"),
    *_nouns("thing", "umbrella"),
    *_nouns("food", "apple", "cake", "egg", "carrot"),
)
AMBIGUOUS_NOUNS = (
    *_nouns("animal", "bat.animal:bat", "crane.bird:crane", "mouse.animal:mouse/mice", "seal.animal:seal"),
    *_nouns("thing", "bat.club:bat", "crane.machine:crane", "mouse.device:mouse/mice", "seal.stamp:seal"),
)
"""Two senses under one English word; every other language has two words."""

NOUNS = {noun.concept: noun for noun in (*PLAIN_NOUNS, *AMBIGUOUS_NOUNS)}

VERBS = {
    verb.concept: verb
    for verb in (
        *_verbs(ANIMATE, EVERYTHING, "see/saw/seen", "watch=observe", "find/found=discover", "touch", "push", "pull"),
        *_verbs(ANIMATE, ANIMATE, "follow", "chase", "fear"),
        *_verbs(ANIMATE, ("food",), "eat/ate/eaten", "smell"),
        *_verbs(ANIMATE, ("animal", "thing", "food"), "carry"),
        *_verbs(ANIMATE, ("thing", "food"), "drop/dropped", "steal/stole/stolen"),
        *_verbs(("person",), EVERYTHING, "draw/drew/drawn=sketch", "paint", "describe"),
        *_verbs(("person",), ("animal", "thing", "food"), "buy/bought=purchase", "sell/sold", "wash", "bring/brought"),
        *_verbs(("person",), ("animal", "thing"), "catch/caught", "lift"),
        *_verbs(("person",), ("thing", "food"), "break/broke/broken"),
        *_verbs(("person",), ANIMATE, "help=assist", "call"),
    )
}

COLOURS = ("red", "blue", "green", "yellow", "black", "white", "orange", "purple")
SIZES = {"tiny": ("tiny",), "small": ("small", "little"), "big": ("big", "large")}
ADJECTIVES = {**{colour: (colour,) for colour in COLOURS}, **SIZES}

PLACES = {
    "garden": ("in", ("garden",)),
    "forest": ("in", ("forest", "woods")),
    "kitchen": ("in", ("kitchen",)),
    "market": ("at", ("market",)),
    "school": ("at", ("school",)),
    "river": ("near", ("river",)),
    "tower": ("near", ("tower",)),
    "bridge": ("under", ("bridge",)),
    "road": ("on", ("road", "street")),
    "hill": ("on", ("hill",)),
}
"""Landmark: its relation to the event, and its English words."""

RELATIONS = ("in", "at", "near", "under", "on")

TIMES = {
    "yesterday": "past",
    "last night": "past",
    "this morning": "past",
    "now": "present",
    "today": "present",
    "every day": "present",
    "tomorrow": "future",
    "tonight": "future",
}
"""Time: the tense it goes with."""

TENSES = ("past", "present", "future")

SYNONYMS = frozenset(
    [noun.concept for noun in NOUNS.values() if len(noun.words) > 1]
    + [verb.concept for verb in VERBS.values() if len(verb.words) > 1]
    + [adjective for adjective, words in ADJECTIVES.items() if len(words) > 1]
    + [place for place, (_, words) in PLACES.items() if len(words) > 1]
)
"""Concepts with a second word: the same ones in every language."""

CONCEPTS = (*NOUNS, *VERBS, *ADJECTIVES, *PLACES, *TIMES)

GRAMMATICAL = ("PL", "ACC", "ERG", "INS", "PASS", "PST", "FUT", "3PL", "INAN", "DEF", "AGT")
"""Leipzig glosses of the grammatical morphemes; AGT is the adposition of a passive's agent."""
