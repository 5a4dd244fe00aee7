"""The examples in docs/world.md are what the world says; ``PYTHONPATH=. python`` on this file writes them anew."""

from __future__ import annotations

from pathlib import Path

from crosstalk.world import gloss, languages, lexicon
from crosstalk.world.concepts import AMBIGUOUS_NOUNS
from crosstalk.world.forms import CANONICAL, Form, forms
from crosstalk.world.languages import ENGLISH
from crosstalk.world.meanings import Entity, Meaning
from crosstalk.world.spelling import speller

PAGE = Path(__file__).parents[3] / "docs" / "world.md"
SEED = 1
MEANING = Meaning(
    agent=Entity("dog", "plural", size="small"),
    action="see",
    patient=Entity("bird", "singular", colour="red"),
    tense="past",
    place="garden",
    time="yesterday",
)


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def grammars() -> str:
    header = ["code", "name", "family", "order", "adjective", "adposition", "roles", "agreement", "marking"]
    rows = []
    for spoken in languages():
        extras = [f"place and time in the {spoken.adjuncts}"] if spoken.adjuncts == "middle" else []
        extras += [f"article {spoken.article} the noun phrase"] if spoken.article != "none" else []
        extras += ["adjectives agree"] if spoken.concord else []
        extras += ["verb second after a fronted phrase"] if spoken.verb_second else []
        extras += [f"may scramble to {spoken.scrambled}"] if spoken.scrambled else []
        row = [f"`{spoken.code}`", spoken.name, spoken.family.name, spoken.order, spoken.adjective, spoken.adposition]
        marking = "-" if spoken is ENGLISH else spoken.marking
        rows.append([*row, spoken.roles, spoken.agreement, marking, "; ".join(extras)])
    return table([*header, "besides"], rows)


def spellings() -> str:
    blocks = []
    for spoken in languages():
        spell = speller(spoken, SEED)
        shown = [("plain", CANONICAL), ("passive", Form("passive")), ("time fronted", Form(fronted="time"))]
        shown += [("scrambled", Form(scrambled=True))] if spoken.scrambled else []
        shown += [("second words", Form(synonyms=1))]
        lines = [f"{spoken.name} (`{spoken.code}`), {len(forms(MEANING, spoken))} spellings:", "", "```text"]
        for name, form in shown:
            lines.append(f"{name + ':':<14}{spell(MEANING, form)}")
            if spoken is not ENGLISH:
                lines.append(f"{'':<14}{gloss(MEANING, form, spoken.code)}")
        blocks.append("\n".join([*lines, "```"]))
    return "\n\n".join(blocks)


def cognates() -> str:
    concepts = ["dog", "bird", "see", "red", "garden"]
    words = {spoken: lexicon(spoken.code, SEED) for spoken in languages()}
    rows = [
        [spoken.family.name, f"`{spoken.code}`", *(words[spoken][concept] for concept in concepts)] for spoken in words
    ]
    return table(["family", "code", *concepts], rows)


def ambiguous() -> str:
    words = {spoken.code: lexicon(spoken.code, SEED) for spoken in languages()}
    rows = [
        [words["eng_Latn"][noun.concept], f"`{noun.concept}`", *(words[code][noun.concept] for code in list(words)[1:])]
        for noun in sorted(AMBIGUOUS_NOUNS, key=lambda noun: noun.words)
    ]
    return table(["English", "concept", *(f"`{code}`" for code in list(words)[1:])], rows)


EXAMPLES = {"grammars": grammars, "spellings": spellings, "cognates": cognates, "ambiguous": ambiguous}


def renewed(page: str) -> str:
    for name, example in EXAMPLES.items():
        before, place, rest = page.partition(f"<!-- {name} -->")
        _, end, after = rest.partition("<!-- end -->")
        assert end, f"{PAGE.name}: no place for {name}"
        page = f"{before}{place}\n\n{example()}\n\n{end}{after}"
    return page


def test_examples_have_not_drifted() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page), f"run PYTHONPATH=. python {Path(__file__).relative_to(PAGE.parents[1])}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
