# Translations become rows of scores.
# requires: results/nmt/{benchmark}/{seed}/{method}/hypotheses.parquet, the baseline's too
# produces: results/nmt/{benchmark}/{seed}/{method}/scores.parquet, results/nmt/scores.parquet
# steps:    score, scores


rule score:
    input:
        hypotheses="results/nmt/{benchmark}/{seed}/{method}/hypotheses.parquet",
        baseline=f"results/nmt/{{benchmark}}/{{seed}}/{settings.nmt.baseline}/hypotheses.parquet",
        languages="results/corpora/{benchmark}/languages",
        pairs="results/corpora/{benchmark}/pairs.parquet",
    output:
        "results/nmt/{benchmark}/{seed}/{method}/scores.parquet",
    log:
        "results/logs/score/{benchmark}/{seed}/{method}.log",
    benchmark:
        "results/benchmarks/score/{benchmark}/{seed}/{method}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("score"),
    params:
        settings=settings.score.model_dump(mode="json"),
        benchmark=flow.benchmark_settings,
        baseline=settings.nmt.baseline,
        config_hash=flow.method_hash,
        code=code_hash("score"),
    script:
        "../scripts/score.py"


rule scores:
    input:
        flow.paths(
            "results/nmt/{benchmark}/{seed}/{method}/scores.parquet",
            method=grid.methods(settings),
        ),
    output:
        "results/nmt/scores.parquet",
    log:
        "results/logs/scores.log",
    benchmark:
        "results/benchmarks/scores.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("scores"),
    script:
        "../scripts/scores.py"


# Part 1 without the report.
rule nmt:
    input:
        rules.scores.output,
