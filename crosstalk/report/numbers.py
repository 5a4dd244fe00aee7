"""Numbers as people read them; what is missing is a dash."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import SupportsFloat

Real = SupportsFloat | None
Format = Callable[[Real], str]

MISSING = "–"
_SPACE = "\u00a0"
_THIN_SPACE = "\u202f"


def number(value: Real) -> float:
    """The value as a float; nan when it is missing."""
    return math.nan if value is None else float(value)


def fixed(value: Real, digits: int = 1) -> str:
    """``-1.26`` → ``−1.3``; a value that rounds to 0 has no sign."""
    real = number(value)
    if math.isnan(real):
        return MISSING
    text = f"{real:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: Real, digits: int = 1) -> str:
    """``1.26`` → ``+1.3``."""
    text = fixed(value, digits)
    return text if text[0] in "−–" or float(text) == 0 else f"+{text}"


def percent(value: Real, digits: int = 1) -> str:
    """A share from 0 to 1 in per cent."""
    text = fixed(100 * number(value), digits)
    return text if text == MISSING else f"{text}{_SPACE}%"


def significant(value: Real, digits: int = 3) -> str:
    """``digits`` significant digits, in powers of ten where that is shorter."""
    real = number(value)
    if math.isnan(real):
        return MISSING
    mantissa, _, exponent = f"{real:.{digits}g}".partition("e")
    return (f"{mantissa}×10^{int(exponent)}" if exponent else mantissa).replace("-", "−")


def count(value: Real) -> str:
    """Whole numbers with thin spaces between thousands."""
    real = number(value)
    return MISSING if math.isnan(real) else f"{real:,.0f}".replace(",", _THIN_SPACE)


def duration(value: Real) -> str:
    """Seconds: ``3725`` → ``1 h 2 min``."""
    seconds = number(value)
    if math.isnan(seconds):
        return MISSING
    if seconds < 10:
        return f"{seconds:.1f}{_SPACE}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{_SPACE}s"
    if whole < 600:
        return f"{whole // 60}{_SPACE}min {whole % 60}{_SPACE}s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes}{_SPACE}min"
    return f"{count(minutes // 60)}{_SPACE}h {minutes % 60}{_SPACE}min"


def memory(value: Real) -> str:
    """Megabytes: ``2048`` → ``2.0 GB``."""
    megabytes = number(value)
    if math.isnan(megabytes):
        return MISSING
    return f"{megabytes / 1024:.1f}{_SPACE}GB" if megabytes >= 1024 else f"{megabytes:.0f}{_SPACE}MB"


def interval(low: str, high: str) -> str:
    """``0.9 %`` and ``1.7 %`` → ``0.9 to 1.7 %``."""
    plain, _, unit = low.partition(_SPACE)
    return f"{plain} to {high}" if unit and high.endswith(_SPACE + unit) else f"{low} to {high}"
