"""What a run of the matrix costs, and what a machine can do."""

from __future__ import annotations

from crosstalk.config.matrix import MatrixModel
from crosstalk.config.root import Speed


def flops_per_token(model: MatrixModel, vocabulary: int, length: float, scored: float) -> float:
    """Floating-point operations of one training token, forward and backward.

    Six for each weight of the encoder; 12 ``length`` d_model a layer for attention inside sentences of ``length``
    tokens; and for the share ``scored`` of the tokens, the output layer over ``vocabulary`` ids.
    """
    d = model.d_model
    weights = model.layers * (4 * d * d + 2 * d * model.ffn)
    attention = model.layers * 12 * length * d
    return 6 * weights + attention + scored * 6 * (d * d + vocabulary * d)


def matrix_product_rate(speed: Speed, seconds: float) -> tuple[float, str]:
    """Floating-point operations per second of matrix products, timed for ``seconds``, and what they were timed on."""
    import torch
    from torch.utils.benchmark import Timer

    gpu = torch.cuda.is_available() and speed.device != "cpu"
    half = speed.precision == "bfloat16" or (speed.precision == "auto" and gpu and torch.cuda.is_bf16_supported())
    kind, size = torch.bfloat16 if half else torch.float32, 4096 if gpu else 512
    matrix = torch.ones(size, size, dtype=kind, device="cuda" if gpu else "cpu")
    timer = Timer("matrix @ matrix", globals={"matrix": matrix}, num_threads=speed.matrix_threads)
    product = timer.blocked_autorange(min_run_time=seconds).median
    device = torch.cuda.get_device_name() if gpu else f"the CPU, threads: {speed.matrix_threads}"
    return 2 * size**3 / product, f"{device}, {str(kind).removeprefix('torch.')}"
