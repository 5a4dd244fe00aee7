from pathlib import Path

from snakemake.script import snakemake

from crosstalk.job import job

with job(snakemake.log[0]):
    from crosstalk.corpora.build import build

    from crosstalk.artefacts import whole_folder, write_table
    from crosstalk.config.data import Benchmark

    benchmark = Benchmark.model_validate(snakemake.params.settings)
    sentences, counts, pairs = build(benchmark, [Path(root) for root in snakemake.params.roots])
    with whole_folder(snakemake.output.languages) as folder:
        for language, table in sentences.items():
            write_table(table, folder / f"{language}.parquet")
    write_table(counts, snakemake.output.counts)
    write_table(pairs, snakemake.output.pairs)
