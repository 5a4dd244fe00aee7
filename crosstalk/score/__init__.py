"""From hypotheses to score rows: metrics, intervals, comparisons and what went wrong."""

from crosstalk.score.identifier import Identifier
from crosstalk.score.rows import Run, score

__all__ = ["Identifier", "Run", "score"]
