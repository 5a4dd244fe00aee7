"""Findings of part 2 in words, each derived from rows; what an interval does not separate from 0 is not shown."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crosstalk.report import matrix_charts
from crosstalk.report.data import frame, records, stacked
from crosstalk.report.matrix_charts import shares, spread
from crosstalk.report.matrix_data import PART, MatrixTables
from crosstalk.report.numbers import Format, Real, count, fixed, percent, signed
from crosstalk.report.scores import verdict
from crosstalk.report.table import between

_NOT_SHOWN = "not shown, the interval includes 0"
_SHARED = {"family": "a family", "script": "a script", "resource_level": "a resource level"}


def findings(tables: MatrixTables) -> list[str]:
    """Sentences on the matrix; empty when nothing was measured."""
    found = [
        _cells(tables),
        *_predicted(tables),
        _trained(tables),
        _read(tables),
        _outliers(tables),
        _asymmetric(tables),
    ]
    found += [_shared(tables), _compared(tables), _controlled(tables), _unchanged(tables)]
    return [sentence for sentence in [*found, *_similar(tables)] if sentence]


def _cells(tables: MatrixTables) -> str:
    rows = tables.cells
    if rows.empty:
        return ""
    measured = rows[rows["measured"].astype(bool) & rows["interference"].notna()]
    if measured.empty:
        return ""
    said = pd.Series([verdict(row["ci_low"], row["ci_high"]) for row in records(measured)]).value_counts()
    total = len(measured)
    counted = ", ".join(
        f"{word} in {count(said.get(kind, 0))}"
        for kind, word in (("worse", "harm is shown"), ("better", "help is shown"), ("same", "neither is shown"))
    )
    return (
        f"Adding a language changes the loss of another by {shares(measured['interference'].mean())} on average over "
        f"{count(total)} measured ordered pairs of {count(len(tables.languages))} languages "
        f"({between(measured['interference'].min(), measured['interference'].max(), shares)}; negative is harm): "
        f"{counted}."
    )


def _predicted(tables: MatrixTables) -> list[str]:
    rows, said = tables.cells, []
    predicted = 0 if rows.empty else int((~rows["measured"].astype(bool) & rows["interference"].notna()).sum())
    if predicted:
        text = f"{count(predicted)} of {count(len(rows))} cells are predictions, not measurements, and marked so"
        said.append(f"{text}; asymmetry and sharing, below, count measured pairs alone.")
    found = _of(frame(tables.validation), chosen=True)
    tried = []
    for _, draws in [] if found.empty else found.groupby("pairs"):
        given, held = draws["pairs"].mean(), draws["held_out"].mean()
        share = percent(given / (given + held), 0)
        tried.append(
            f"from {share} of them a rank correlation of {fixed(draws['rank_correlation'].mean(), 2)}, with "
            f"{percent(draws['coverage'].mean())} of the values inside intervals of "
            f"{percent(draws['confidence'].mean(), 0)}"
        )
    if tried:
        said.append(f"Held out for a test, measured pairs are predicted from others: {'; '.join(tried)}.")
    return said


def _trained(tables: MatrixTables) -> str:
    rows = matrix_charts.trainings(tables)
    if rows.empty:
        return ""
    least = records(rows.assign(kept=rows["last"] / rows["first"]).nlargest(1, "kept"))[0]

    def fall(first: Real, last: Real) -> str:
        return f"from {fixed(first, 2)} to {fixed(last, 2)}"

    return (
        f"Training loss alone falls {fall(rows['first'].mean(), rows['last'].mean())} nats on average, least for "
        f"{tables.name(least['language'])} ({fall(least['first'], least['last'])})."
    )


def _read(tables: MatrixTables) -> str:
    rows = frame(tables.convergence)
    if rows.empty:
        return ""
    below = int((rows["loss_alone"] < rows["frequency_loss"]).sum())
    text = (
        f"Alone, models of {count(below)} of {count(len(rows))} languages do better on the test sentences than "
        f"guessing tokens by their frequency ({fixed(rows['loss_alone'].mean(), 2)} nats on average, guessing "
        f"{fixed(rows['frequency_loss'].mean(), 2)})"
    )
    return f"{text}." if 2 * below > len(rows) else f"{text}: what follows says little about languages; train longer."


def _outliers(tables: MatrixTables) -> str:
    rows = frame(tables.convergence)
    if rows.empty:
        return ""
    names = [tables.name(code) for code in rows.loc[rows["outlier"].astype(bool), "language"]]
    if not names:
        return "No language is an outlier of the mean losses."
    return f"Outliers of the mean losses, left out of what follows: {', '.join(names)}."


def _asymmetric(tables: MatrixTables) -> str:
    rows = _of(frame(tables.asymmetry), part=PART)
    if rows.empty:
        return ""
    row = records(rows)[0]
    difference = f"{_plain(row['mean_difference'])}"
    if interval := between(row["mean_difference_low"], row["mean_difference_high"], _plain):
        difference += f" ({interval})"
    text = f"The two directions of a pair differ by {difference} on average"
    if pd.isna(row["noise"]) or pd.isna(row["mean_difference_low"]):
        return f"{text}; what noise alone would give is unknown."
    text += (
        f", where noise alone would give {_plain(row['noise'])}; "
        f"{percent(row['beyond_noise'], 0)} of {count(row['pairs'])} pairs differ beyond their intervals"
    )
    shown = row["mean_difference_low"] > row["noise"]
    return f"{text}. Interference is asymmetric." if shown else f"{text}. Asymmetry: not shown."


def _shared(tables: MatrixTables) -> str:
    rows = _of(frame(tables.sharing), part=PART, adjusted=False)
    rows = rows if rows.empty else rows[rows["by"].isin(_SHARED) & rows["difference"].notna()]
    words = {"better": "less interference", "worse": "more interference", "same": _NOT_SHOWN, "unknown": "no interval"}
    said = [
        f"{_SHARED[row['by']]} {shares(row['difference'])}{spread(row, 'difference_low', 'difference_high')}, "
        f"{words[verdict(row['difference_low'], row['difference_high'])]}"
        for row in records(rows)
    ]
    return f"Pairs that share something against those that do not: {'; '.join(said)}." if said else ""


def _compared(tables: MatrixTables) -> str:
    """Whether script says more than family, before and after row and column means are taken out."""
    rows = _of(frame(tables.sharing), part=PART, by="script - family")
    said = []
    for row in records(rows):
        if not pd.isna(row["explained"]):
            how = "with row and column means taken out" if row["adjusted"] else "of the cells' variance as it is"
            judged = verdict(row["explained_low"], row["explained_high"])
            answer = {"better": "script says more", "worse": "family says more", "same": _NOT_SHOWN}
            found = f"{_points(row['explained'])} points"
            if interval := between(row["explained_low"], row["explained_high"], _points):
                found += f" ({interval})"
            said.append(f"{found} {how}: {answer.get(judged, 'no interval')}")
    return f"Sharing a script explains more than sharing a family by {'; by '.join(said)}." if said else ""


def _controlled(tables: MatrixTables) -> str:
    rows = frame(tables.exposure)
    if rows.empty:
        return ""
    found = {row["quantity"]: row for row in records(rows) if not pd.isna(row["value"])}
    said = []
    if share := found.get("dilution_share"):
        said.append(
            f"half of each batch alone makes {_valued(share, lambda v: percent(v, 0))} of the mean interference"
        )
    for name in ("cells", "robustness", "friendliness"):
        if row := found.get(name):
            said.append(f"{name} {_valued(row, lambda v: signed(v, 2))}")
    if not said:
        return ""
    first, rest = (said[0], said[1:]) if "dilution_share" in found else ("", said)
    ranks = f"rank correlation of interference with what is left (conflict): {', '.join(rest)}" if rest else ""
    text = "; ".join(filter(None, (first, ranks)))
    return f"Exposure control: {text}."


def _unchanged(tables: MatrixTables) -> str:
    """Whether an answer on sharing differs once dilution is taken out."""
    rows = frame(tables.sharing)
    answers = {part: _answers(_of(rows, part=part, adjusted=False)) for part in (PART, "conflict")}
    both = [by for by in answers[PART] if by in answers["conflict"]]
    if not both:
        return ""
    changed = [by for by in both if answers[PART][by] != answers["conflict"][by]]
    if not changed:
        return "Without dilution, every answer on sharing stays what it is."
    words = {"better": "less interference", "worse": "more interference", "same": "not shown"}
    said = (f"{_SHARED[by]}: {words[answers[PART][by]]} becomes {words[answers['conflict'][by]]}" for by in changed)
    return f"Without dilution, answers on sharing change: {'; '.join(said)}."


def _answers(rows: pd.DataFrame) -> dict[str, str]:
    found = {row["by"]: verdict(row["difference_low"], row["difference_high"]) for row in records(rows)}
    return {by: answer for by, answer in found.items() if by in _SHARED and answer != "unknown"}


def _similar(tables: MatrixTables) -> list[str]:
    rows = _of(stacked(tables.correlation, "embedder"), over="rows", part=PART)
    said = []
    for row in records(rows):
        if pd.isna(row["rank_correlation"]):
            continue
        judged = verdict(row["low"], row["high"])
        answer = {"better": "closer languages interfere less", "worse": "closer languages interfere more"}
        said.append(
            f"Embedding similarity ({row['embedder']}) and a language's row: mean rank correlation "
            f"{signed(row['rank_correlation'], 2)} ({between(row['low'], row['high'], lambda v: signed(v, 2))}); "
            f"{answer.get(judged, 'a relation is ' + _NOT_SHOWN)}."
        )
    return said


def _of(rows: pd.DataFrame, **values: Any) -> pd.DataFrame:
    for column, value in values.items():
        rows = rows if rows.empty else rows[rows[column] == value]
    return rows


def _valued(row: dict[str, Any], write: Format) -> str:
    interval = between(row["low"], row["high"], write)
    return write(row["value"]) + (f" ({interval})" if interval else "")


def _plain(value: Real) -> str:
    return percent(value, 2)


def _points(value: Real) -> str:
    return signed(100 * float("nan") if value is None else 100 * float(value), 1)
