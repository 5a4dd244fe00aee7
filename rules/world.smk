# The embedded world: languages with known grammar that spell the same meanings.
# requires: nothing
# produces: results/world/*.parquet (sentences, labels, paraphrases, meanings)
# steps:    world


rule world:
    output:
        sentences="results/world/sentences.parquet",
        labels="results/world/labels.parquet",
        paraphrases="results/world/paraphrases.parquet",
        meanings="results/world/meanings.parquet",
    log:
        "results/logs/world.log",
    benchmark:
        "results/benchmarks/world.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("world"),
    params:
        settings=settings.world.model_dump(mode="json"),
        code=code_hash("world"),
    script:
        "../scripts/world.py"
