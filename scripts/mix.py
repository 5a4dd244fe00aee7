from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.config import load
    from crosstalk.matrix.mixes import Mix
    from crosstalk.matrix.runner import write_block
    from crosstalk.matrix.schemas import MIX_RUNS
    from crosstalk.provenance import origin
    from crosstalk.training import device

    params, files, speed = snakemake.params, snakemake.input, load(snakemake.config).speed
    write_block(
        Path(snakemake.output[0]), [Mix(*run) for run in params.runs], files.tokens, files.vocabulary,
        params.settings, device.launch(speed, speed.matrix_threads),
        origin(params.config_hash, [Path(store) / "ids.npy" for store in files.tokens]), MIX_RUNS,
    )  # fmt: skip
