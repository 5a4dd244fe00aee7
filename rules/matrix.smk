# Part 2: every language alone and with every other one, in small models (METHODS §2).
# requires: results/tokens/{benchmark}
# produces: results/matrix/blocks, results/matrix/interference.parquet and the tables of its analysis; on demand
#           results/matrix/advice_check.parquet
# steps:    block, similarity, interference, analysis; mix, advice_check
#
# recipe_version, not a hash of the code, restarts the trainings: raise it when a change of code changes results.


rule block:
    input:
        tokens=pairs.tokens,
        vocabulary=pairs.vocabulary,
    output:
        "results/matrix/blocks/{language}.{block}.parquet",
    log:
        "results/logs/block/{language}.{block}.log",
    benchmark:
        "results/benchmarks/block/{language}.{block}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.matrix_threads
    resources:
        **demand.of("block"),
    params:
        runs=pairs.runs,
        settings=pairs.run_settings(),
        config_hash=pairs.hash(),
        recipe_version=3,
    script:
        "../scripts/block.py"


rule similarity:
    input:
        languages=f"results/corpora/{pairs.benchmark}/languages",
        vocabulary=pairs.vocabulary,
        encoder=pairs.encoder(),
    output:
        "results/matrix/similarity.parquet",
    log:
        "results/logs/similarity.log",
    benchmark:
        "results/benchmarks/similarity.tsv"
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("similarity"),
    params:
        languages=pairs.languages,
        settings=settings.matrix.similarity.model_dump(mode="json"),
        split=settings.matrix.evaluation.split,
        max_length=settings.tokens.max_length,
        code=code_hash("matrix/similarity", "matrix/embedders"),
    script:
        "../scripts/similarity.py"


rule interference:
    input:
        blocks=pairs.blocks(),
        similarity="results/matrix/similarity.parquet",
    output:
        **{name: f"results/matrix/{name}.parquet" for name in MEASURED},
    log:
        "results/logs/interference.log",
    benchmark:
        "results/benchmarks/interference.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("interference"),
    params:
        languages=pairs.languages,
        confidence=settings.matrix.confidence,
        code=code_hash("matrix"),
    script:
        "../scripts/interference.py"


rule analysis:
    input:
        blocks=pairs.blocks(),
        interference="results/matrix/interference.parquet",
        similarity="results/matrix/similarity.parquet",
    output:
        **{name: f"results/matrix/{name}.parquet" for name in ANALYSED},
        csv=directory("results/matrix/csv"),
    log:
        "results/logs/analysis.log",
    benchmark:
        "results/benchmarks/analysis.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("analysis"),
    params:
        advice=settings.matrix.advice.model_dump(mode="json"),
        confidence=settings.matrix.confidence,
        code=code_hash("matrix"),
    script:
        "../scripts/analysis.py"


# Mixes of {size} languages, trained as pairs are.
rule mix:
    input:
        tokens=pairs.mix_tokens,
        vocabulary=pairs.vocabulary,
    output:
        "results/matrix/mixes/{size}.parquet",
    log:
        "results/logs/mix/{size}.log",
    benchmark:
        "results/benchmarks/mix/{size}.tsv"
    wildcard_constraints:
        size=pairs.sizes(),
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.matrix_threads
    resources:
        **demand.of("mix"),
    params:
        runs=pairs.mix_runs,
        settings=pairs.run_settings(),
        config_hash=pairs.hash(),
        recipe_version=1,
    script:
        "../scripts/mix.py"


# How well the pairs foretold the mixes: not among the default's targets.
rule advice_check:
    input:
        blocks=pairs.blocks(),
        mixes=pairs.mixes(),
        interference="results/matrix/interference.parquet",
    output:
        check="results/matrix/advice_check.parquet",
        ranks="results/matrix/advice_ranks.parquet",
    log:
        "results/logs/advice_check.log",
    benchmark:
        "results/benchmarks/advice_check.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("advice_check"),
    params:
        confidence=settings.matrix.confidence,
        code=code_hash("matrix"),
    script:
        "../scripts/advice_check.py"


# Part 2 without the report.
rule matrix:
    input:
        rules.analysis.output,
