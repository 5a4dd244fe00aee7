"""Advice as a person reads it, and as a program does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import pandas as pd

from crosstalk.matrix.advice import Advice, Request

_SHOWN = 12
"""Languages that a list of those left out names, at most."""
_OF = {"worst": "the language that is worst off", "mean": "the mean language"}


def text(advice: Advice, request: Request, ranks: pd.DataFrame | None) -> str:
    """What there was to choose from, the mixes, the first of them language by language, and how far to trust all that.

    ``ranks``: ADVICE_RANKS of trained mixes, if there are any.
    """
    rows = advice.table.to_pandas()
    mixes = rows.drop_duplicates("rank")
    first = rows[rows["rank"] == 1]
    parts = [
        _choice(advice, request),
        _table(
            ["", "mix", "expected", "interval", "mean" if request.objective == "worst" else "worst", "worst off"],
            [_mix(rows[rows["rank"] == mix.rank], request) for mix in mixes.itertuples()],
        ),
        "The first, language by language:" if len(mixes) > 1 else "Language by language:",
        _table(
            ["language", "suffers", "interval", "costs the others", "the mix without it"],
            [
                [
                    row.language + (" (kept)" if row.kept else ""),
                    _percent(row.interference),
                    f"[{_number(row.ci_low)}, {_number(row.ci_high)}]",
                    _percent(row.costs_others),
                    _percent(row.without),
                ]
                for row in first.itertuples()
            ],
        ),
        *_drop(first),
        "\n".join(_trust(advice, mixes, ranks)),
    ]
    return "\n\n".join(parts) + "\n"


def as_json(advice: Advice, request: Request, ranks: pd.DataFrame | None) -> dict[str, Any]:
    """The same as nested lists; numbers are shares, -0.03 where the text says -3.0 %."""
    rows = advice.table.to_pandas()
    of_mix = ["rank", "expected", "expected_low", "expected_high", "proven", "measured"]
    of_language = ["language", "kept", "interference", "ci_low", "ci_high", "costs_others", "without"]
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
            {
                **_record(part.iloc[:1], of_mix)[0],
                "mix": list(part["mix"].iloc[0]),
                "languages": _record(part, of_language),
            }
            for _, part in rows.groupby("rank")
        ],
        "check": None if ranks is None else _record(ranks, list(ranks.columns)),
    }


def _record(rows: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    chosen = rows[columns].astype(object)
    return [dict(zip(columns, row, strict=True)) for row in chosen.where(chosen.notna(), None).itertuples(index=False)]


def _choice(advice: Advice, request: Request) -> str:
    kept = f"{', '.join(request.keep)} and " if request.keep else ""
    pool = f"{advice.considered:,} {'mix' if advice.considered == 1 else 'mixes'} of {kept}{request.add} of "
    pool += f"{len(advice.candidates)} {'others' if kept else 'languages'}"
    if not request.add:
        pool = f"The mix of {', '.join(request.keep)}"
    return (
        f"{pool}, by the expected interference of {_OF[request.objective]}\n"
        "(-3 %: its loss is expected to be 3 % larger than alone; the nearer to 0, or above it, the better)."
    )


def _mix(rows: pd.DataFrame, request: Request) -> list[str]:
    first = rows.iloc[0]
    other = rows["interference"].mean() if request.objective == "worst" else rows["interference"].min()
    return [
        str(first["rank"]),
        " ".join(rows["language"]),
        _percent(first["expected"]),
        f"[{_number(first['expected_low'])}, {_number(first['expected_high'])}]",
        _percent(other),
        rows["language"].iloc[rows["interference"].argmin()],
    ]


def _drop(rows: pd.DataFrame) -> Iterator[str]:
    """Which language to leave out of the first mix, and which of those to keep, if one may go."""
    if len(rows) < 3:
        return
    first: dict[str, list[str]] = {}
    for these, of in ((rows, "of all"), (rows[rows["kept"]], "of those to keep")):
        if len(these):
            best = these.loc[these["without"].idxmax()]
            told = f"{best['language']} ({_percent(best['expected'])} with it, {_percent(best['without'])} without)"
            first.setdefault(told, []).append(of)
    yield "\n".join(f"To drop first, {' and '.join(of)}: {told}." for told, of in first.items())


def _trust(advice: Advice, mixes: pd.DataFrame, ranks: pd.DataFrame | None) -> Iterator[str]:
    if advice.proven < len(mixes):
        bound = f"; none is better than {_percent(advice.bound)}" if isfinite(advice.bound) else ""
        count = "none of these" if not advice.proven else f"only the first {advice.proven}"
        yield f"Too many mixes to compare all: {count} proven to be the best in time{bound}."
    if len(mixes) and mixes["measured"].min() < 1:
        shares = dict.fromkeys(f"{share:.0%}" for share in (mixes["measured"].min(), mixes["measured"].max()))
        yield (
            f"Partly predicted: {' to '.join(shares)} of the cells of these mixes are measured; the others are "
            "guesses, with wider intervals."
        )
    if advice.lacking:
        yield f"Left out, no cell with a language to keep: {_list(advice.lacking)}."
    yield "An interval is about the pairs alone, as if all of them were wrong in the same direction."
    yield _checked(ranks)


def _checked(ranks: pd.DataFrame | None) -> str:
    chosen = ranks[ranks["size"].isna()] if ranks is not None else None
    if chosen is None or chosen.empty:
        return "Not checked by trained mixes here (docs/advisor.md says how)."
    of = {row.objective: row for row in chosen.itertuples()}
    sizes = [f"{size:.0f}" for size in sorted(set(ranks["size"].dropna()))]
    said = [
        f"{_ratio(of[name].rank_correlation)} [{_ratio(of[name].low)}, {_ratio(of[name].high)}]"
        for name in ("worst", "mean", "partners")
    ]
    return (
        f"Checked by {int(of['worst'].mixes)} trained mixes of sizes {', '.join(sizes)}: rank correlation of expected "
        f"and realised interference, within a size,\n{said[0]} for the language that is worst off, {said[1]} for the "
        f"mean, {said[2]} for which partners\na language has. Typical error: {_number(of['language'].error)} points."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side; those of numbers end alike."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    right = [all(cell[-1:] in "%]0123456789" for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            f"{cell:>{w}}" if r else f"{cell:<{w}}" for cell, w, r in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in (head, *rows)
    ]
    return "\n".join(lines)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _percent(share: float) -> str:
    return f"{_number(share)} %"


def _number(share: float) -> str:
    return f"{100 * share + 0:.1f}"


def _ratio(value: float | None) -> str:
    return "unknown" if value is None or value != value else f"{value:.2f}"
