from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, SCORES, SENTENCES, read_table, write_table
    from crosstalk.config.data import Benchmark
    from crosstalk.config.nrd import Score
    from crosstalk.corpora.build import PAIRS, tier
    from crosstalk.provenance import commit, data_hash
    from crosstalk.score import Run, score
    from crosstalk.score.identifier import identifier

    params, wildcards = snakemake.params, snakemake.wildcards
    benchmark, settings = Benchmark.model_validate(params.benchmark), Score.model_validate(params.settings)
    files = [Path(snakemake.input.languages) / f"{code}.parquet" for code in benchmark.languages]
    pairs, provenance = read_table(snakemake.input.pairs, PAIRS), (params.config_hash, data_hash(files), commit())
    others = [code for code in benchmark.languages if code != benchmark.pivot]
    table = score(
        read_table(snakemake.input.hypotheses, HYPOTHESES),
        None if wildcards.method == params.baseline else read_table(snakemake.input.baseline, HYPOTHESES),
        run=Run(wildcards.benchmark, wildcards.method, int(wildcards.seed), *provenance), pivot=benchmark.pivot,
        tiers={code: tier(pairs, code, benchmark) for code in others}, settings=settings, baseline_name=params.baseline,
        identifier=identifier((read_table(file, SENTENCES) for file in files), settings),
    )  # fmt: skip
    write_table(table, snakemake.output[0], SCORES)
