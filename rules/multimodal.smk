# Part 3: captions are translated with their images, with other ones and without, and scored.
# requires: results/multimodal/{benchmark}/{seed}/{system}/model
# produces: results/multimodal/{benchmark}/{seed}/{system}/hypotheses.parquet, results/multimodal/scores.parquet
# steps:    caption, prompt_folder, prompt_endpoint, multimodal_scores


rule caption:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
        base=captions.base,
        model=captions.model,
    output:
        "results/multimodal/{benchmark}/{seed}/{system}/hypotheses.parquet",
    log:
        "results/logs/caption/{benchmark}/{seed}/{system}.log",
    benchmark:
        "results/benchmarks/caption/{benchmark}/{seed}/{system}.tsv"
    wildcard_constraints:
        system=captions.names(*TRANSLATING),
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("caption"),
    params:
        captions=captions.settings,
        system=lambda wildcards: captions.system(wildcards.system),
        conditions=lambda wildcards: captions.conditions(wildcards.system),
        settings=captions.trainings("base", "max_new"),
        recipe_version=1,
    script:
        "../scripts/caption.py"


rule prompt_folder:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
        model=captions.model,
    output:
        "results/multimodal/{benchmark}/{seed}/{system}/hypotheses.parquet",
    log:
        "results/logs/prompt_folder/{benchmark}/{seed}/{system}.log",
    benchmark:
        "results/benchmarks/prompt_folder/{benchmark}/{seed}/{system}.tsv"
    wildcard_constraints:
        system=captions.names("folder"),
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("prompt_folder"),
    params:
        captions=captions.settings,
        conditions=lambda wildcards: captions.conditions(wildcards.system),
        instruction=lambda wildcards: settings.multimodal.instruction,
        names=settings.multimodal.base.names,
        max_new=settings.multimodal.max_new,
        recipe_version=1,
    script:
        "../scripts/prompt_folder.py"


# Runs where snakemake does: compute nodes often have no network, and the key stays in its environment.
rule prompt_endpoint:
    input:
        languages="results/corpora/{benchmark}/languages",
        images="results/multimodal/{benchmark}/images.parquet",
    output:
        "results/multimodal/{benchmark}/{seed}/{system}/hypotheses.parquet",
    log:
        "results/logs/prompt_endpoint/{benchmark}/{seed}/{system}.log",
    benchmark:
        "results/benchmarks/prompt_endpoint/{benchmark}/{seed}/{system}.tsv"
    wildcard_constraints:
        system=captions.names("endpoint"),
    localrule: True
    conda:
        "../envs/data.yaml"
    params:
        captions=captions.settings,
        conditions=lambda wildcards: captions.conditions(wildcards.system),
        instruction=lambda wildcards: settings.multimodal.instruction,
        names=settings.multimodal.base.names,
        endpoint=lambda wildcards: captions.system(wildcards.system)["endpoint"],
        answers="results/answers/{benchmark}/{seed}/{system}.jsonl",
        recipe_version=1,
    script:
        "../scripts/prompt_endpoint.py"


rule multimodal_scores:
    input:
        hypotheses=captions.hypotheses(),
        senses=expand(
            "results/multimodal/{benchmark}/senses.parquet",
            benchmark=settings.multimodal.benchmarks,
        ),
        languages=expand(
            "results/corpora/{benchmark}/languages",
            benchmark=settings.multimodal.benchmarks,
        ),
    output:
        "results/multimodal/scores.parquet",
    log:
        "results/logs/multimodal_scores.log",
    benchmark:
        "results/benchmarks/multimodal_scores.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("multimodal_scores"),
    params:
        rows=captions.scored(),
        settings=settings.score.model_dump(mode="json"),
        baseline=settings.multimodal.baseline,
        code=code_hash("score"),
    script:
        "../scripts/multimodal_scores.py"


# Part 3 without the report.
rule multimodal:
    input:
        rules.multimodal_scores.output if captions.systems else [],
