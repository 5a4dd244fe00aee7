from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow.compute as pc

    from crosstalk.artefacts import SENTENCES, whole_folder, write_table
    from crosstalk.config.data import Benchmark
    from crosstalk.corpora.build import build

    benchmark = Benchmark.model_validate(snakemake.params.settings)
    roots = [Path(root) for root in snakemake.params.roots]
    translated = snakemake.params.translated
    corpus = build(benchmark, lambda source: roots[benchmark.sources.index(source)], translated)
    with whole_folder(snakemake.output.languages) as folder:
        for code in benchmark.languages:
            rows = corpus.sentences.filter(pc.equal(corpus.sentences["language"], code))
            write_table(rows, folder / f"{code}.parquet", SENTENCES)
    write_table(corpus.counts, snakemake.output.counts)
    write_table(corpus.pairs, snakemake.output.pairs)
