from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SENTENCES, read_table, write_table
    from crosstalk.config.data import Benchmark
    from crosstalk.decode.testsets import testset

    benchmark = Benchmark.model_validate(snakemake.params.settings)
    folder = Path(snakemake.input[0])
    sentences = {code: read_table(folder / f"{code}.parquet", SENTENCES).to_pandas() for code in benchmark.languages}
    write_table(testset(sentences, benchmark), snakemake.output[0])
