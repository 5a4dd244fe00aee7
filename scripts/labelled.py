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
    task, files = Labelled.model_validate(params.settings), [Path(file) for file in snakemake.input.files]
    sentences = read_task(task, params.languages, files, params.targets)
    check_unseen(sentences, params.split, {code: folder / f"{code}.parquet" for code in params.checked})
    write_table(sentences, snakemake.output[0], LABELLED)
