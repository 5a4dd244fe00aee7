"""Arithmetic of a training, counted by hand."""

from __future__ import annotations

from crosstalk.config.matrix import MatrixModel
from crosstalk.config.root import Speed
from crosstalk.matrix.cost import flops_per_token, matrix_product_rate


def test_flops_per_token_by_hand() -> None:
    # d 8, ffn 16: four 8 x 8 and two 8 x 16 matrices are 512 weights a layer.
    shape = MatrixModel(d_model=8, ffn=16, heads=2, layers=3)
    attention, output = 3 * 12 * 5 * 8, 0.25 * 6 * (64 + 100 * 8)
    assert flops_per_token(shape, 100, 5.0, 0.25) == 6 * 3 * 512 + attention + output


def test_more_of_anything_costs_more() -> None:
    shape = MatrixModel(d_model=8, ffn=16, heads=2)
    least = flops_per_token(shape, 100, 5.0, 0.15)
    more = [
        flops_per_token(shape, 200, 5.0, 0.15),
        flops_per_token(shape, 100, 6.0, 0.15),
        flops_per_token(shape, 100, 5.0, 0.3),
        flops_per_token(shape.model_copy(update={"layers": 3}), 100, 5.0, 0.15),
    ]
    assert min(more) > least


def test_a_rate_is_timed_and_its_device_named() -> None:
    rate, device = matrix_product_rate(Speed(device="cpu", matrix_threads=1), seconds=0.01)
    assert rate > 1e8
    assert device == "the CPU, threads: 1, float32"
