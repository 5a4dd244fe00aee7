from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow as pa

    from crosstalk.artefacts import read_table, write_table
    from crosstalk.matrix.measurement import measured
    from crosstalk.matrix.schemas import RUNS, SIMILARITY

    runs = pa.concat_tables(read_table(file, RUNS) for file in snakemake.input.blocks).to_pandas()
    similarity = read_table(snakemake.input.similarity, SIMILARITY).to_pandas()
    for name, table in measured(runs, snakemake.params.languages, similarity, snakemake.params.confidence).items():
        write_table(table, snakemake.output[name])
