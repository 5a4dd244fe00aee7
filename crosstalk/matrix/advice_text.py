"""Advice as a person reads it, and as a program does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import pyarrow as pa

from crosstalk.matrix.advice import Advice, Request

_SHOWN = 12
"""Languages that a list of those left out names, at most."""
_OF = {"worst": "the language that is worst off", "mean": "the mean language"}

Row = dict[str, Any]


def text(advice: Advice, request: Request, ranks: pa.Table | None) -> str:
    """What there was to choose from, the mixes, the first of them language by language, and how far to trust all that.

    ``ranks``: ADVICE_RANKS of trained mixes, if there are any.
    """
    mixes = _mixes(advice)
    head = ["", "mix", "expected", "interval", "mean" if request.objective == "worst" else "worst", "worst off"]
    parts = [
        _choice(advice, request),
        _table(head, [_mix(rows, request) for rows in mixes]),
        "The first, language by language:" if len(mixes) > 1 else "Language by language:",
        _table(
            ["language", "suffers", "interval", "costs the others", "the mix without it"],
            [_language(row) for row in mixes[0]],
        ),
        *_drop(mixes[0]),
        "\n".join(_trust(advice, mixes, ranks)),
    ]
    return "\n\n".join(parts) + "\n"


def as_json(advice: Advice, request: Request, ranks: pa.Table | None) -> dict[str, Any]:
    """The same as nested lists; numbers are shares, -0.03 where the text says -3.0 %."""
    of_mix = ("rank", "mix", "expected", "expected_low", "expected_high", "proven", "measured")
    of_language = ("language", "kept", "interference", "ci_low", "ci_high", "costs_others", "without")
    return {
        "keep": list(request.keep),
        "add": request.add,
        "objective": request.objective,
        "candidates": advice.candidates,
        "lacking": advice.lacking,
        "considered": advice.considered,
        "proven": advice.proven,
        "bound": advice.bound if isfinite(advice.bound) else None,
        "mixes": [
            {name: rows[0][name] for name in of_mix}
            | {"languages": [{name: row[name] for name in of_language} for row in rows]}
            for rows in _mixes(advice)
        ],
        "check": None if ranks is None else ranks.to_pylist(),
    }


def _mixes(advice: Advice) -> list[list[Row]]:
    """Rows of each mix."""
    found: dict[int, list[Row]] = {}
    for row in advice.table.to_pylist():
        found.setdefault(row["rank"], []).append(row)
    return list(found.values())


def _choice(advice: Advice, request: Request) -> str:
    kept = ", ".join(request.keep)
    pool = f"{advice.considered:,} {'mix' if advice.considered == 1 else 'mixes'} of {kept + ' and ' if kept else ''}"
    pool += f"{request.add} of {len(advice.candidates)} {'others' if kept else 'languages'}"
    return (
        f"{pool if request.add else f'The mix of {kept}'}, by the expected interference of {_OF[request.objective]}\n"
        "(-3 %: its loss is expected to be 3 % larger than alone; the nearer to 0, or above it, the better)."
    )


def _mix(rows: Sequence[Row], request: Request) -> list[str]:
    first, each = rows[0], [row["interference"] for row in rows]
    return [
        str(first["rank"]),
        " ".join(first["mix"]),
        _percent(first["expected"]),
        _interval(first["expected_low"], first["expected_high"]),
        _percent(sum(each) / len(each) if request.objective == "worst" else min(each)),
        rows[each.index(min(each))]["language"],
    ]


def _language(row: Row) -> list[str]:
    return [
        row["language"] + (" (kept)" if row["kept"] else ""),
        _percent(row["interference"]),
        _interval(row["ci_low"], row["ci_high"]),
        _percent(row["costs_others"]),
        _percent(row["without"]),
    ]


def _drop(rows: Sequence[Row]) -> Iterator[str]:
    """Which language to leave out of the first mix, and which of those to keep, if one may go."""
    if len(rows) < 3:
        return
    told: dict[str, list[str]] = {}
    for these, of in ((rows, "of all"), ([row for row in rows if row["kept"]], "of those to keep")):
        if these:
            best = max(these, key=lambda row: row["without"])
            said = f"{best['language']} ({_percent(best['expected'])} with it, {_percent(best['without'])} without)"
            told.setdefault(said, []).append(of)
    yield "\n".join(f"To drop first, {' and '.join(of)}: {said}." for said, of in told.items())


def _trust(advice: Advice, mixes: Sequence[Sequence[Row]], ranks: pa.Table | None) -> Iterator[str]:
    if advice.proven < len(mixes):
        bound = f"; none is better than {_percent(advice.bound)}" if isfinite(advice.bound) else ""
        count = "none of these" if not advice.proven else f"only the first {advice.proven}"
        yield f"Too many mixes to compare all: {count} proven to be the best in time{bound}."
    shares = sorted(rows[0]["measured"] for rows in mixes)
    if shares[0] < 1:
        said = " to ".join(dict.fromkeys(f"{share:.0%}" for share in (shares[0], shares[-1])))
        yield (
            f"Partly predicted: {said} of the cells of these mixes are measured; the others are guesses, with wider "
            "intervals."
        )
    if advice.lacking:
        more = f" and {len(advice.lacking) - _SHOWN} more" if len(advice.lacking) > _SHOWN else ""
        yield f"Left out, no cell with a language to keep: {', '.join(advice.lacking[:_SHOWN])}{more}."
    yield "An interval is about the pairs alone, as if all of them were wrong in the same direction."
    yield _checked(ranks.to_pylist() if ranks else [])


def _checked(ranks: Sequence[Row]) -> str:
    of = {row["objective"]: row for row in ranks if row["size"] is None}
    if not of:
        return "Not checked by trained mixes here (docs/advisor.md says how)."
    sizes = ", ".join(str(size) for size in sorted({row["size"] for row in ranks if row["size"] is not None}))
    worst, mean, partners = (_correlation(of[name]) for name in ("worst", "mean", "partners"))
    return (
        f"Checked by {of['worst']['mixes']} trained mixes of sizes {sizes}: rank correlation of expected and realised "
        f"interference, within a size,\n{worst} for the language that is worst off, {mean} for the mean, {partners} "
        f"for which partners\na language has. Typical error: {_number(of['language']['error'])} points."
    )


def _correlation(row: Row) -> str:
    found = (row[name] for name in ("rank_correlation", "low", "high"))
    value, low, high = ("unknown" if each is None else f"{each:.2f}" for each in found)
    return f"{value} [{low}, {high}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side; those of numbers end alike."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    right = [all(cell[-1:] in "%]0123456789" for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:>{w}}" if r else f"{cell:<{w}}" for cell, w, r in zip(line, widths, right, strict=True))
        for line in (head, *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)


def _percent(share: float) -> str:
    return f"{_number(share)} %"


def _interval(low: float, high: float) -> str:
    return f"[{_number(low)}, {_number(high)}]"


def _number(share: float) -> str:
    return f"{100 * share + 0:.1f}"
