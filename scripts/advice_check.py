from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow as pa

    from crosstalk.artefacts import read_table, write_table
    from crosstalk.matrix.advice_check import check, ranks
    from crosstalk.matrix.schemas import ADVICE_CHECK, ADVICE_RANKS, INTERFERENCE, MIX_RUNS, RUNS

    files = snakemake.input
    runs = pa.concat_tables(read_table(file, RUNS) for file in files.blocks).to_pandas()
    tables = [MIX_RUNS.empty_table(), *(read_table(file, MIX_RUNS) for file in files.mixes)]
    mixes = pa.concat_tables(tables).to_pandas()
    checked = check(runs, mixes, read_table(files.interference, INTERFERENCE).to_pandas())
    write_table(checked, snakemake.output.check, ADVICE_CHECK)
    write_table(ranks(checked.to_pandas(), snakemake.params.confidence), snakemake.output.ranks, ADVICE_RANKS)
