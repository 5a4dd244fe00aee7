"""Numbers as people read them; what is missing is a dash."""

from __future__ import annotations

import math

MISSING = "–"
_SPACE = "\u00a0"
_THIN_SPACE = "\u202f"


def fixed(value: float | None, digits: int = 1) -> str:
    """``-1.26`` → ``−1.3``; a value that rounds to 0 has no sign."""
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float | None, digits: int = 1) -> str:
    """``1.26`` → ``+1.3``."""
    text = fixed(value, digits)
    return text if text[0] in "−–" or float(text) == 0 else f"+{text}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share from 0 to 1 in per cent."""
    return MISSING if value is None or math.isnan(value) else f"{fixed(100 * value, digits)}{_SPACE}%"


def significant(value: float | None, digits: int = 3) -> str:
    """``digits`` significant digits, in powers of ten where that is shorter."""
    if value is None or math.isnan(value):
        return MISSING
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return (f"{mantissa}×10^{int(exponent)}" if exponent else mantissa).replace("-", "−")


def count(value: float | None) -> str:
    """Whole numbers with thin spaces between thousands."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:,.0f}".replace(",", _THIN_SPACE)


def duration(seconds: float | None) -> str:
    """``3725`` → ``1 h 2 min``."""
    if seconds is None or math.isnan(seconds):
        return MISSING
    if seconds < 10:
        return f"{seconds:.1f}{_SPACE}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{_SPACE}s"
    if whole < 600:
        return f"{whole // 60}{_SPACE}min {whole % 60}{_SPACE}s"
    minutes = round(whole / 60)
    return f"{minutes}{_SPACE}min" if minutes < 60 else f"{count(minutes // 60)}{_SPACE}h {minutes % 60}{_SPACE}min"


def memory(megabytes: float | None) -> str:
    """``2048`` → ``2.0 GB``."""
    if megabytes is None or math.isnan(megabytes):
        return MISSING
    return f"{megabytes / 1024:.1f}{_SPACE}GB" if megabytes >= 1024 else f"{megabytes:.0f}{_SPACE}MB"


def interval(low: str, high: str) -> str:
    """``0.9 %`` and ``1.7 %`` → ``0.9 to 1.7 %``."""
    number, _, unit = low.partition(_SPACE)
    return f"{number} to {high}" if unit and high.endswith(_SPACE + unit) else f"{low} to {high}"
