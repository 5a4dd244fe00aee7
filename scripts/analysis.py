from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow as pa

    from crosstalk.artefacts import read_table, whole_folder, write_table
    from crosstalk.matrix.advice import Request
    from crosstalk.matrix.measurement import analysed, flat
    from crosstalk.matrix.schemas import INTERFERENCE, RUNS, SIMILARITY

    runs = pa.concat_tables(read_table(file, RUNS) for file in snakemake.input.blocks).to_pandas()
    cells = read_table(snakemake.input.interference, INTERFERENCE)
    similarity = read_table(snakemake.input.similarity, SIMILARITY).to_pandas()
    request = Request(**snakemake.params.advice, seconds=0)  # a proof depends on the time there is
    tables = analysed(runs, cells.to_pandas(), similarity, snakemake.params.confidence, request)
    for name, table in tables.items():
        write_table(table, snakemake.output[name])
    with whole_folder(Path(snakemake.output.csv)) as folder:
        for name, table in {"interference": cells, **tables}.items():
            flat(table).to_csv(folder / f"{name}.csv", index=False)
