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
    pairs, is_baseline = read_table(snakemake.input.pairs, PAIRS), wildcards.method == params.baseline
    names = (wildcards.benchmark, wildcards.method, int(wildcards.seed))
    run = Run(*names, params.config_hash, data_hash(files), commit())
    tiers = {code: tier(pairs, code, benchmark) for code in benchmark.languages if code != benchmark.pivot}
    table = score(
        read_table(snakemake.input.hypotheses, HYPOTHESES),
        None if is_baseline else read_table(snakemake.input.baseline, HYPOTHESES),
        run=run, pivot=benchmark.pivot, tiers=tiers, settings=settings, baseline_name=params.baseline,
        identifier=identifier((read_table(file, SENTENCES) for file in files), settings),
    )  # fmt: skip
    write_table(table, snakemake.output[0], SCORES)
