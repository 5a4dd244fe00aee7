from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import PARTITION, PROFILE, read_table, write_table
    from crosstalk.config.nrd import Selection
    from crosstalk.neurons.selection import partition

    profile = read_table(snakemake.input[0], PROFILE).to_pandas()
    settings = Selection.model_validate(snakemake.params.settings)
    write_table(partition(profile, settings, snakemake.params.statistic), snakemake.output[0], PARTITION)
