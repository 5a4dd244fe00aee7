"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from crosstalk.report import numbers


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.fixed(-1.26), "−1.3"),
        (numbers.fixed(-0.04), "0.0"),
        (numbers.fixed(None), "–"),
        (numbers.fixed(math.nan), "–"),
        (numbers.signed(1.26), "+1.3"),
        (numbers.signed(-1.26), "−1.3"),
        (numbers.signed(0.01), "0.0"),
        (numbers.percent(0.123), "12.3 %"),
        (numbers.significant(0.000123456), "0.000123"),
        (numbers.significant(1.5e-7), "1.5×10^−7"),
        (numbers.count(1234567), "1 234 567"),
        (numbers.duration(2.34), "2.3 s"),
        (numbers.duration(59.7), "1 min 0 s"),
        (numbers.duration(3725), "1 h 2 min"),
        (numbers.duration(599.9), "10 min"),
        (numbers.memory(512), "512 MB"),
        (numbers.memory(2048), "2.0 GB"),
        (numbers.interval(numbers.percent(0.009), numbers.percent(0.017)), "0.9 to 1.7 %"),
        (numbers.interval("+0.2", "+1.8"), "+0.2 to +1.8"),
    ],
)
def test_numbers_read_well(text: str, expected: str) -> None:
    assert plain(text) == expected
