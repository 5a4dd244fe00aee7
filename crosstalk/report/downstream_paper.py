"""What Tables 1 to 3 of the matrix paper say, in the form of the tables here."""

from __future__ import annotations

from typing import NamedTuple

from crosstalk.report.published import published_rows


class Published(NamedTuple):
    """A row of a table: accuracies in per cent, and the languages behind them."""

    benchmark: str
    language: str
    alone: float | None
    low: float
    high: float
    low_languages: str
    high_languages: str


def table_1() -> list[Published]:
    """Pairs, both of a kind put together: the paper lists low-interference partners first."""
    return [_with_partners(benchmark, target, *_halves(benchmark, target, "1")) for benchmark, target in _targets()]


def table_2() -> list[Published]:
    """Groups: the one of low interference first."""
    return [_with_partners(benchmark, target, *_halves(benchmark, target, "2")) for benchmark, target in _targets()]


def table_3() -> list[Published]:
    """A group and what is added to it, for each of its members."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in _rows("3"):
        found.setdefault((row["benchmark"], row["setting"]), {})[row["system"]] = float(row["value"])
    rows = []
    for (benchmark, language), values in found.items():
        (low, first), (high, second) = values.items()
        added = [system.split(" + ")[1] for system in (low, high)]
        rows.append(Published(benchmark, language, None, first, second, *added))
    return rows


def _rows(table: str) -> list[dict[str, str]]:
    return [row for row in published_rows("Interference Matrix", "%") if row["table"] == table]


def _targets() -> list[tuple[str, str]]:
    return [(row["benchmark"], row["system"]) for row in _rows("1") if "-" not in row["system"]]


def _halves(benchmark: str, target: str, table: str) -> tuple[dict[str, float], dict[str, float]]:
    """Partners -> accuracy, of low and of high interference."""
    mine = {
        row["system"].removeprefix(f"{target}-"): float(row["value"])
        for row in _rows(table)
        if row["benchmark"] == benchmark and row["system"].startswith(f"{target}-")
    }
    names = list(mine)
    low, high = names[: len(names) // 2], names[len(names) // 2 :]
    return {name: mine[name] for name in low}, {name: mine[name] for name in high}


def _with_partners(benchmark: str, target: str, low: dict[str, float], high: dict[str, float]) -> Published:
    alone = {(row["benchmark"], row["system"]): float(row["value"]) for row in _rows("1")}[benchmark, target]
    mean, other = (sum(values.values()) / len(values) for values in (low, high))
    return Published(benchmark, target, alone, mean, other, ", ".join(low), ", ".join(high))
