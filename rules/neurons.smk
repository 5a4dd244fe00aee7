# From sentences that mean the same to the units that follow syntax.
# requires: results/models/.../foundation, results/corpora, results/world/labels.parquet (truth)
# produces: results/sets, results/neurons/{benchmark}/{seed}/{sets}/...
# steps:    paraphrases | own_sets | control_sets, profile, partition, stability, truth


rule paraphrases:
    input:
        languages="results/corpora/{benchmark}/languages",
        vocabulary="results/tokens/{benchmark}/vocabulary",
        model="results/models/{benchmark}/{seed}/foundation",
    output:
        "results/sets/{benchmark}/{seed}/paraphrase/{language}.parquet",
    log:
        "results/logs/paraphrases/{benchmark}/{seed}/{language}.log",
    benchmark:
        "results/benchmarks/paraphrases/{benchmark}/{seed}/{language}.tsv"
    priority: 1
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("paraphrases"),
    params:
        settings=settings.sets.model_dump(mode="json"),
        limits=settings.decode.model_dump(
            mode="json", include={"max_ratio", "max_extra"}
        ),
        tag=settings.model.tag,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        recipe_version=1,
    script:
        "../scripts/paraphrases.py"


rule own_sets:
    input:
        str(flow.place(settings.sets.file or "sets.file")),
    output:
        "results/sets/{benchmark}/{seed}/file/{language}.parquet",
    log:
        "results/logs/own_sets/{benchmark}/{seed}/{language}.log",
    benchmark:
        "results/benchmarks/own_sets/{benchmark}/{seed}/{language}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("own_sets"),
    params:
        settings=settings.sets.model_dump(mode="json"),
    script:
        "../scripts/own_sets.py"


rule control_sets:
    input:
        languages="results/corpora/{benchmark}/languages",
    output:
        "results/sets/{benchmark}/{seed}/{sets}/{language}.parquet",
    log:
        "results/logs/control_sets/{benchmark}/{seed}/{sets}/{language}.log",
    benchmark:
        "results/benchmarks/control_sets/{benchmark}/{seed}/{sets}/{language}.tsv"
    wildcard_constraints:
        sets="|".join(grid.CONTROLS),
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("control_sets"),
    params:
        settings=settings.sets.model_dump(mode="json"),
        code=code_hash("neurons/sets"),
    script:
        "../scripts/control_sets.py"


rule profile:
    input:
        sets=flow.sets,
        vocabulary="results/tokens/{benchmark}/vocabulary",
        model="results/models/{benchmark}/{seed}/foundation",
    output:
        "results/neurons/{benchmark}/{seed}/{sets}/profile.parquet",
    log:
        "results/logs/profile/{benchmark}/{seed}/{sets}.log",
    benchmark:
        "results/benchmarks/profile/{benchmark}/{seed}/{sets}.tsv"
    priority: 1
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("profile"),
    params:
        pooling=lambda wildcards: flow.selection(wildcards)["pooling"],
        k=lambda wildcards: flow.selection(wildcards)["k"],
        tag=settings.model.tag,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        max_length=settings.tokens.max_length,
        code=code_hash("neurons/profile", "neurons/statistics", "models/units"),
    script:
        "../scripts/profile.py"


rule partition:
    input:
        "results/neurons/{benchmark}/{seed}/{sets}/profile.parquet",
    output:
        "results/neurons/{benchmark}/{seed}/{sets}/{statistic}/partition.parquet",
    log:
        "results/logs/partition/{benchmark}/{seed}/{sets}/{statistic}.log",
    benchmark:
        "results/benchmarks/partition/{benchmark}/{seed}/{sets}/{statistic}.tsv"
    priority: 1
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("partition"),
    params:
        settings=flow.selection,
        statistic=flow.statistic,
        code=code_hash("neurons/selection"),
    script:
        "../scripts/partition.py"


rule stability:
    input:
        sets=flow.sets,
        vocabulary="results/tokens/{benchmark}/vocabulary",
        model="results/models/{benchmark}/{seed}/foundation",
    output:
        "results/neurons/{benchmark}/{seed}/{sets}/{statistic}/stability.parquet",
    log:
        "results/logs/stability/{benchmark}/{seed}/{sets}/{statistic}.log",
    benchmark:
        "results/benchmarks/stability/{benchmark}/{seed}/{sets}/{statistic}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("stability"),
    params:
        settings=flow.selection,
        statistic=flow.statistic,
        tag=settings.model.tag,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        max_length=settings.tokens.max_length,
        code=code_hash("neurons", "models/units"),
    script:
        "../scripts/stability.py"


rule truth:
    input:
        sentences="results/world/sentences.parquet",
        labels="results/world/labels.parquet",
        vocabulary="results/tokens/{benchmark}/vocabulary",
        model="results/models/{benchmark}/{seed}/foundation",
        partition="results/neurons/{benchmark}/{seed}/{sets}/{statistic}/partition.parquet",
    output:
        "results/neurons/{benchmark}/{seed}/{sets}/{statistic}/truth.parquet",
    log:
        "results/logs/truth/{benchmark}/{seed}/{sets}/{statistic}.log",
    benchmark:
        "results/benchmarks/truth/{benchmark}/{seed}/{sets}/{statistic}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("truth"),
    params:
        pooling=settings.selection.pooling,
        tag=settings.model.tag,
        pivot=lambda wildcards: flow.benchmark(wildcards).pivot,
        max_length=settings.tokens.max_length,
        languages=lambda wildcards: flow.benchmark(wildcards).languages,
        sentences=1000,
        code=code_hash("neurons"),
    script:
        "../scripts/truth.py"
