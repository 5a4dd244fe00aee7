# Sentences become token ids, once for each language.
# requires: results/corpora
# produces: results/tokens/{benchmark}/vocabulary, results/tokens/{benchmark}/languages/{language}
# steps:    vocabulary, encode


rule vocabulary:
    input:
        languages="results/corpora/{benchmark}/languages",
        model=[str(flow.place(settings.tokens.model))] if settings.tokens.model else [],
    output:
        directory("results/tokens/{benchmark}/vocabulary"),
    log:
        "results/logs/vocabulary/{benchmark}.log",
    benchmark:
        "results/benchmarks/vocabulary/{benchmark}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("vocabulary"),
    params:
        settings=settings.tokens.model_dump(mode="json"),
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        code=code_hash("tokens/vocabulary"),
    script:
        "../scripts/vocabulary.py"


rule encode:
    input:
        languages="results/corpora/{benchmark}/languages",
        vocabulary="results/tokens/{benchmark}/vocabulary",
    output:
        directory("results/tokens/{benchmark}/languages/{language}"),
    log:
        "results/logs/encode/{benchmark}/{language}.log",
    benchmark:
        "results/benchmarks/encode/{benchmark}/{language}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("encode"),
    params:
        code=code_hash("tokens/store"),
    script:
        "../scripts/encode.py"
