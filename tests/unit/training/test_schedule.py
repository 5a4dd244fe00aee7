from __future__ import annotations

import pytest

from crosstalk.config.training import Optimisation
from crosstalk.training.schedule import learning_rate


def rates(updates: list[int], **settings) -> list[float]:
    chosen = Optimisation(**({"updates": 100, "learning_rate": 0.8, "warmup": 4} | settings))
    return [learning_rate(update, chosen) for update in updates]


def test_the_warm_up_is_linear_to_the_peak():
    for schedule in ("inverse_sqrt", "cosine", "constant"):
        assert rates([0, 1, 2, 3], schedule=schedule) == pytest.approx([0.2, 0.4, 0.6, 0.8])


@pytest.mark.parametrize(
    ("schedule", "updates", "expected"),
    [
        ("inverse_sqrt", [15, 63, 399], [0.4, 0.2, 0.08]),  # 0.8 sqrt(4 / 16), sqrt(4 / 64), sqrt(4 / 400)
        ("cosine", [51, 27, 99, 150], [0.4, 0.8 * 0.5 * (1 + 0.5**0.5), 0.0, 0.0]),  # halfway, a quarter, the end
        ("constant", [4, 99], [0.8, 0.8]),
    ],
)
def test_rates_after_the_warm_up_by_hand(schedule, updates, expected):
    assert rates(updates, schedule=schedule) == pytest.approx(expected)


def test_without_a_warm_up_training_starts_at_the_peak():
    assert rates([0, 3], warmup=0) == pytest.approx([0.8, 0.4])
    assert rates([0], warmup=0, schedule="constant") == [0.8]
