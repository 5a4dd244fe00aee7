from pathlib import Path

from snakemake.script import snakemake

from crosstalk.job import job

with job(snakemake.log[0]):
    from crosstalk.corpora.download import fetch

    from crosstalk.config.data import Download

    fetch(Download.model_validate(snakemake.params.entry), Path(snakemake.output[0]))
