"""The clause: phrases put into the order of a language."""

from __future__ import annotations

from dataclasses import dataclass

from crosstalk.world.forms import Form
from crosstalk.world.languages import Language


@dataclass(frozen=True)
class Phrases:
    """The words of a sentence by what they do in it; ``other`` is the object, or the agent of a passive."""

    subject: list[str]
    verb: list[str]
    other: list[str]
    place: list[str]
    time: list[str]


def realised_order(form: Form, language: Language) -> str:
    """The order of subject (S), verb (V) and other argument (O) in a sentence of this form."""
    order = language.scrambled if form.scrambled and language.scrambled else language.order
    if language.verb_second and form.fronted != "none":
        order = "V" + order.replace("V", "")
    return order


def arrange(phrases: Phrases, form: Form, language: Language) -> str:
    """The sentence: fronted adjunct, arguments and verb in order, the other adjuncts in their place."""
    core = {"S": phrases.subject, "V": phrases.verb, "O": phrases.other}
    adjuncts = {"place": phrases.place, "time": phrases.time}
    first = adjuncts.pop(form.fronted, [])
    ordered = [core[role] for role in realised_order(form, language)]
    if language.adjuncts == "middle":
        ordered[1:1] = reversed(adjuncts.values())
    else:
        ordered.extend(adjuncts.values())
    return " ".join(word for phrase in (first, *ordered) for word in phrase)
