from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.config.data import Download
    from crosstalk.corpora.download import fetch

    fetch(Download.model_validate(snakemake.params.entry), Path(snakemake.output[0]))
