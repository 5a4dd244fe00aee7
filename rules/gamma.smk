# How far each language's gradient agrees with the mean gradient.
# requires: results/models, results/tokens
# produces: results/gamma/{benchmark}/{seed}/{model}.parquet
# steps:    gamma


rule gamma:
    input:
        tokens=flow.per_language("results/tokens/{benchmark}/languages/{language}"),
        vocabulary="results/tokens/{benchmark}/vocabulary",
        model="results/models/{benchmark}/{seed}/{model}",
    output:
        "results/gamma/{benchmark}/{seed}/{model}.parquet",
    log:
        "results/logs/gamma/{benchmark}/{seed}/{model}.log",
    benchmark:
        "results/benchmarks/gamma/{benchmark}/{seed}/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("gamma"),
    params:
        settings=settings.gamma.model_dump(mode="json"),
        tag=settings.model.tag,
        max_length=settings.tokens.max_length,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        code=code_hash("gamma"),
    script:
        "../scripts/gamma.py"
