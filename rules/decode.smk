# Every method translates the same sentences.
# requires: results/models, results/neurons, results/gamma, results/corpora/{benchmark}/tests.parquet
# produces: results/nmt/{benchmark}/{seed}/{method}/hypotheses.parquet
# steps:    decode


rule decode:
    input:
        tests="results/corpora/{benchmark}/tests.parquet",
        vocabulary="results/tokens/{benchmark}/vocabulary",
        model=flow.model,
        partition=lambda wildcards: (
            flow.partition(wildcards)
            if flow.method(wildcards).filter != "none"
            else []
        ),
        gamma=flow.gamma,
    output:
        "results/nmt/{benchmark}/{seed}/{method}/hypotheses.parquet",
    log:
        "results/logs/decode/{benchmark}/{seed}/{method}.log",
    benchmark:
        "results/benchmarks/decode/{benchmark}/{seed}/{method}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("decode"),
    params:
        filter=flow.filter_settings,
        training=lambda wildcards: flow.row(wildcards).training,
        options=flow.options,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        settings=settings.decode.model_dump(mode="json"),
        tag=settings.model.tag,
        max_length=settings.tokens.max_length,
        recipe_version=3,
    script:
        "../scripts/decode.py"
