import shutil
from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import write_table
    from crosstalk.config import load
    from crosstalk.config.matrix import Matrix
    from crosstalk.matrix.mixes import Mix
    from crosstalk.matrix.runner import run_block
    from crosstalk.matrix.schemas import MIX_RUNS
    from crosstalk.provenance import origin
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed, output = snakemake.params, load(snakemake.config).speed, Path(snakemake.output[0])
    finished, stores = output.with_suffix(".runs"), snakemake.input.tokens
    table = run_block(
        [Mix(*run) for run in params.runs], open_stores(stores), Vocabulary.load(snakemake.input.vocabulary),
        Matrix.model_validate(params.settings), device.launch(speed, speed.matrix_threads), finished,
        origin(params.config_hash, [Path(store) / "ids.npy" for store in stores]), schema=MIX_RUNS,
    )  # fmt: skip
    write_table(table, output, MIX_RUNS)
    shutil.rmtree(finished)
