"""Timing two programs in turn, A B A B ..., so that a drift of the machine's speed touches both."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from crosstalk.artefacts import whole_file


@dataclass(frozen=True)
class Row:
    """One comparison; ``ratio`` is ours / peer, ``target`` reads as ``>= 0.8`` or ``<= 1.02``."""

    name: str
    ours: float
    peer: float
    ratio: float
    target: str
    met: bool


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], object], peer: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median seconds of both and the median of their ratios ours / peer, after one round that is not counted."""
    ours(), peer()
    times = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    ratios = [mine / other for mine, other in times]
    return statistics.median(t for t, _ in times), statistics.median(t for _, t in times), statistics.median(ratios)


def judged(name: str, ours: float, peer: float, ratio: float, target: str) -> Row:
    """A row with its verdict."""
    sign, bound = target.split()
    met = ratio >= float(bound) if sign == ">=" else ratio <= float(bound)
    return Row(name, round(ours, 4), round(peer, 4), round(ratio, 4), target, met)


def write(rows: list[Row], path: Path) -> None:
    """Print the rows and write them as CSV."""
    with whole_file(path) as part, part.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(asdict(rows[0])))
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    width = max(len(row.name) for row in rows)
    for row in rows:
        verdict = "met" if row.met else "NOT met"
        print(f"{row.name:{width}}  {row.ours:12,.4f}  {row.peer:12,.4f}  {row.ratio:7.3f}  {row.target:8}  {verdict}")
