from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import write_table
    from crosstalk.config.downstream import Labelled
    from crosstalk.downstream.schemas import LABELLED
    from crosstalk.downstream.tasks import check_unseen, read_task

    params, folder = snakemake.params, Path(snakemake.input.languages)
    task = Labelled.model_validate(params.settings)
    sentences = read_task(task, params.languages, [Path(file) for file in snakemake.input.files])
    check_unseen(sentences, task.protocol.split, {code: folder / f"{code}.parquet" for code in params.languages})
    write_table(sentences, snakemake.output[0], LABELLED)
