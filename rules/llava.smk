# Part 3, trainings: a LLaVA and its layers and neurons, translators with images from scratch (METHODS §3).
# requires: results/corpora/{benchmark}, images
# produces: results/multimodal/{benchmark}/{seed}/{system}/model, results/neurons/{benchmark}/{seed}/multimodal
# steps:    images, base, train_fusion, tune, importance, choose
#
# recipe_version, not a hash of the code, restarts the trainings: raise it when a change of code changes results.


rule images:
    input:
        captions.image_files,
    output:
        images="results/multimodal/{benchmark}/images.parquet",
        senses="results/multimodal/{benchmark}/senses.parquet",
    log:
        "results/logs/images/{benchmark}.log",
    benchmark:
        "results/benchmarks/images/{benchmark}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("images"),
    params:
        settings=captions.images,
        languages=lambda wildcards: captions.benchmark(wildcards).languages,
        world_seed=settings.world.seed,
        code=code_hash("corpora/images", "world/scenes"),
    script:
        "../scripts/images.py"


rule base:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
    output:
        model=directory("results/models/{benchmark}/{seed}/llava"),
        curve="results/models/{benchmark}/{seed}/llava.curve.parquet",
        vision="results/models/{benchmark}/{seed}/vision.curve.parquet",
    log:
        "results/logs/base/{benchmark}/{seed}.log",
    benchmark:
        "results/benchmarks/base/{benchmark}/{seed}.tsv"
    priority: 2
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.training_threads
    resources:
        **demand.of("base"),
    params:
        captions=captions.settings,
        settings=captions.trainings("base", "vision", "pretraining"),
        recipe_version=2,
    script:
        "../scripts/base.py"


rule train_fusion:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
        base=captions.base,
    output:
        model=directory("results/multimodal/{benchmark}/{seed}/{system}/model"),
        curve="results/multimodal/{benchmark}/{seed}/{system}/curve.parquet",
    log:
        "results/logs/train_fusion/{benchmark}/{seed}/{system}.log",
    benchmark:
        "results/benchmarks/train_fusion/{benchmark}/{seed}/{system}.tsv"
    wildcard_constraints:
        system=captions.names(*SCRATCH),
    priority: 1
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.training_threads
    resources:
        **demand.of("train_fusion"),
    params:
        captions=captions.settings,
        system=lambda wildcards: captions.system(wildcards.system),
        settings=captions.trainings("fusion", "scratch"),
        recipe_version=2,
    script:
        "../scripts/train_fusion.py"


rule tune:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
        base=captions.base,
        partition=captions.partition,
    output:
        model=directory("results/multimodal/{benchmark}/{seed}/{system}/model"),
        curve="results/multimodal/{benchmark}/{seed}/{system}/curve.parquet",
    log:
        "results/logs/tune/{benchmark}/{seed}/{system}.log",
    benchmark:
        "results/benchmarks/tune/{benchmark}/{seed}/{system}.tsv"
    wildcard_constraints:
        system=captions.names("sft", "neumt"),
    priority: 1
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.training_threads * settings.speed.training_processes
    resources:
        **demand.of("tune"),
    params:
        captions=captions.settings,
        system=lambda wildcards: captions.system(wildcards.system),
        settings=captions.trainings("base", "tuning"),
        recipe_version=1,
    script:
        "../scripts/tune.py"


rule importance:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
        base=captions.base,
        sft=captions.sft,
    output:
        layers="results/neurons/{benchmark}/{seed}/multimodal/layers.parquet",
        neurons="results/neurons/{benchmark}/{seed}/multimodal/neurons.parquet",
    log:
        "results/logs/importance/{benchmark}/{seed}.log",
    benchmark:
        "results/benchmarks/importance/{benchmark}/{seed}.tsv"
    priority: 2
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("importance"),
    params:
        captions=captions.settings,
        settings=captions.trainings("base", "tuning", "statistics"),
        recipe_version=1,
    script:
        "../scripts/importance.py"


rule choose:
    input:
        layers="results/neurons/{benchmark}/{seed}/multimodal/layers.parquet",
        neurons="results/neurons/{benchmark}/{seed}/multimodal/neurons.parquet",
    output:
        "results/neurons/{benchmark}/{seed}/multimodal/{system}/partition.parquet",
    log:
        "results/logs/choose/{benchmark}/{seed}/{system}.log",
    benchmark:
        "results/benchmarks/choose/{benchmark}/{seed}/{system}.tsv"
    wildcard_constraints:
        system=captions.names("neumt"),
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("choose"),
    params:
        system=lambda wildcards: captions.system(wildcards.system),
        code=code_hash("multimodal/selection"),
    script:
        "../scripts/choose.py"
