from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SETS, read_table, write_table
    from crosstalk.neurons.sets import own_sets

    write_table(own_sets(read_table(snakemake.input[0]), snakemake.wildcards.language), snakemake.output[0], SETS)
