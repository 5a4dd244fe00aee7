# The matrix put to use: encoders of languages that it chooses, and classification with them (Matrix §5).
# requires: results/matrix/interference.parquet, results/tokens/{benchmark}
# produces: results/downstream/partners.parquet, results/downstream/{seed}/{mixture}, results/downstream/scores.parquet
# steps:    partners, labelled, mixture, classify, downstream_scores
#
# A mixture is a training, named by what it is for: {target}.{condition}. Its languages stand in partners.parquet.
# recipe_version, not a hash of the code, restarts the trainings: raise it when a change of code changes results.


rule partners:
    input:
        "results/matrix/interference.parquet",
    output:
        "results/downstream/partners.parquet",
    log:
        "results/logs/partners.log",
    benchmark:
        "results/benchmarks/partners.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("partners"),
    params:
        settings=downstream.choosing(),
        languages=downstream.languages,
        code=code_hash("downstream/choice", "downstream/mixtures"),
    script:
        "../scripts/partners.py"


rule labelled:
    input:
        files=downstream.task_files,
        languages=f"results/corpora/{downstream.benchmark}/languages",
    output:
        "results/downstream/tasks/{task}.parquet",
    log:
        "results/logs/labelled/{task}.log",
    benchmark:
        "results/benchmarks/labelled/{task}.tsv"
    wildcard_constraints:
        task=downstream.names("task"),
    conda:
        ("../envs/mteb.yaml" if downstream.reads("mteb") else "../envs/data.yaml")
    resources:
        **demand.of("labelled"),
    params:
        settings=downstream.task,
        split=downstream.split,
        targets=downstream.targets(),
        checked=downstream.classified(),
        languages=downstream.languages,
        code=code_hash("downstream/tasks", "downstream/through_mteb"),
    script:
        "../scripts/labelled.py"


rule mixture:
    input:
        partners="results/downstream/partners.parquet",
        tokens=downstream.tokens(),
        vocabulary=f"results/tokens/{downstream.benchmark}/vocabulary",
    output:
        model=directory("results/downstream/{seed}/{mixture}/model"),
        curve="results/downstream/{seed}/{mixture}/curve.parquet",
    log:
        "results/logs/mixture/{seed}/{mixture}.log",
    benchmark:
        "results/benchmarks/mixture/{seed}/{mixture}.tsv"
    wildcard_constraints:
        mixture=downstream.names("mixture"),
    conda:
        "../envs/torch.yaml"
    threads: settings.speed.training_threads * settings.speed.training_processes
    resources:
        **demand.of("mixture"),
    params:
        settings=downstream.training(),
        max_length=settings.tokens.max_length,
        recipe_version=1,
    script:
        "../scripts/mixture.py"


rule classify:
    input:
        partners="results/downstream/partners.parquet",
        tasks=downstream.tasks(),
        models=downstream.models,
        vocabulary=f"results/tokens/{downstream.benchmark}/vocabulary",
    output:
        "results/downstream/{seed}/predictions.parquet",
    log:
        "results/logs/classify/{seed}.log",
    benchmark:
        "results/benchmarks/classify/{seed}.tsv"
    conda:
        ("../envs/mteb.yaml" if downstream.reads("mteb") else "../envs/torch.yaml")
    threads: settings.speed.decoding_threads
    resources:
        **demand.of("classify"),
    params:
        settings=downstream.settings_of_tasks(),
        max_length=settings.tokens.max_length,
        recipe_version=1,
    script:
        "../scripts/classify.py"


rule downstream_scores:
    input:
        partners="results/downstream/partners.parquet",
        tasks=downstream.tasks(),
        predictions=expand(
            "results/downstream/{seed}/predictions.parquet",
            seed=settings.downstream.seeds,
        ),
    output:
        "results/downstream/scores.parquet",
    log:
        "results/logs/downstream_scores.log",
    benchmark:
        "results/benchmarks/downstream_scores.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("downstream_scores"),
    params:
        seeds=settings.downstream.seeds,
        settings=downstream.settings_of_tasks(),
        confidence=settings.downstream.confidence,
        config_hashes=downstream.hashes(),
        code=code_hash("downstream/scores", "downstream/intervals"),
    script:
        "../scripts/downstream_scores.py"


# Downstream evaluation without the report.
rule downstream:
    input:
        rules.downstream_scores.output if downstream.mixtures else [],
