from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow as pa

    from crosstalk.artefacts import SCORES, read_table, write_table

    write_table(pa.concat_tables(read_table(file, SCORES) for file in snakemake.input), snakemake.output[0], SCORES)
