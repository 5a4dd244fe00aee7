# Trainings: the masked-LM encoder, XLM-T started from it, and what methods train from XLM-T.
# requires: results/tokens, results/neurons/.../partition.parquet (specialise)
# produces: results/models/{benchmark}/{seed}/{model} and its curve
# steps:    encoder, foundation, specialise
#
# recipe_version, not a hash of the code, restarts these costly rules: raise it when a change of code changes results.
# priority: what other jobs wait for starts before what nothing waits for, or the longest job runs last and alone.


rule encoder:
    input:
        tokens=flow.per_language("results/tokens/{benchmark}/languages/{language}"),
        vocabulary="results/tokens/{benchmark}/vocabulary",
        pretrained=(
            [str(flow.place(settings.model.pretrained))]
            if settings.model.pretrained
            else []
        ),
    output:
        model=directory("results/models/{benchmark}/{seed}/encoder"),
        curve="results/models/{benchmark}/{seed}/encoder.curve.parquet",
    log:
        "results/logs/encoder/{benchmark}/{seed}.log",
    benchmark:
        "results/benchmarks/encoder/{benchmark}/{seed}.tsv"
    priority: 2
    conda:
        "../envs/torch.yaml"
    threads:
        settings.speed.training_threads
        * (1 if settings.model.pretrained else settings.speed.training_processes)
    resources:
        **demand.of("encoder"),
    params:
        model=settings.model.model_dump(mode="json"),
        settings=settings.pretraining.model_dump(mode="json"),
        max_length=settings.tokens.max_length,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        recipe_version=1,
    script:
        "../scripts/encoder.py"


rule foundation:
    input:
        tokens=flow.per_language("results/tokens/{benchmark}/languages/{language}"),
        vocabulary="results/tokens/{benchmark}/vocabulary",
        encoder="results/models/{benchmark}/{seed}/encoder",
    output:
        model=directory("results/models/{benchmark}/{seed}/foundation"),
        curve="results/models/{benchmark}/{seed}/foundation.curve.parquet",
    log:
        "results/logs/foundation/{benchmark}/{seed}.log",
    benchmark:
        "results/benchmarks/foundation/{benchmark}/{seed}.tsv"
    priority: 2
    conda:
        (
            "../envs/fairseq.yaml"
            if settings.foundation.trainer == "fairseq"
            else "../envs/torch.yaml"
        )
    threads: settings.speed.training_threads * settings.speed.training_processes
    resources:
        **demand.of("foundation"),
    params:
        model=settings.model.model_dump(mode="json"),
        settings=settings.foundation.model_dump(mode="json"),
        max_length=settings.tokens.max_length,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        recipe_version=1,
    script:
        "../scripts/foundation.py"


rule specialise:
    input:
        tokens=flow.per_language("results/tokens/{benchmark}/languages/{language}"),
        vocabulary="results/tokens/{benchmark}/vocabulary",
        start=flow.start,
        partition=flow.partition,
    output:
        model=directory("results/models/{benchmark}/{seed}/{tuned}"),
        curve="results/models/{benchmark}/{seed}/{tuned}.curve.parquet",
    log:
        "results/logs/specialise/{benchmark}/{seed}/{tuned}.log",
    benchmark:
        "results/benchmarks/specialise/{benchmark}/{seed}/{tuned}.tsv"
    priority: 1
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.training_threads * settings.speed.training_processes
    resources:
        **demand.of("specialise"),
    params:
        training=lambda wildcards: flow.row(wildcards).training,
        start=lambda wildcards: flow.row(wildcards).start,
        options=flow.options,
        model=settings.model.model_dump(mode="json"),
        settings=flow.training,
        max_length=settings.tokens.max_length,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        recipe_version=2,
    script:
        "../scripts/specialise.py"
