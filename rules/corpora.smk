# Corpora in one form, cleaned, and the sentences that will be translated.
# requires: files under data_dir, downloads, or the world
# produces: results/corpora/{benchmark}/languages/{language}.parquet, counts, pairs, tests
# steps:    download, corpora, tests; data asks for the first two


rule download:
    output:
        f"{DOWNLOADS}/{{file}}",
    log:
        "results/logs/download/{file}.log",
    benchmark:
        "results/benchmarks/download/{file}.tsv"
    localrule: True
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("download"),
    params:
        entry=lambda wildcards: flow.downloads()[wildcards.file],
    script:
        "../scripts/download.py"


# For nodes without a network: every corpus, read from its files or its downloads.
rule data:
    input:
        expand(
            "results/corpora/{benchmark}/counts.parquet",
            benchmark=grid.corpora(settings),
        ),


rule corpora:
    input:
        flow.corpus_files,
    output:
        languages=directory("results/corpora/{benchmark}/languages"),
        counts="results/corpora/{benchmark}/counts.parquet",
        pairs="results/corpora/{benchmark}/pairs.parquet",
    log:
        "results/logs/corpora/{benchmark}.log",
    benchmark:
        "results/benchmarks/corpora/{benchmark}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("corpora"),
    params:
        settings=flow.corpus_settings,
        roots=lambda wildcards: [
            str(flow.root(source)) for source in flow.benchmark(wildcards).sources
        ],
        translated=lambda wildcards: wildcards.benchmark in grid.benchmarks(settings),
        code=code_hash("corpora"),
    script:
        "../scripts/corpora.py"


rule tests:
    input:
        "results/corpora/{benchmark}/languages",
    output:
        "results/corpora/{benchmark}/tests.parquet",
    log:
        "results/logs/tests/{benchmark}.log",
    benchmark:
        "results/benchmarks/tests/{benchmark}.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("tests"),
    params:
        settings=flow.benchmark_settings,
        code=code_hash("decode/testsets"),
    script:
        "../scripts/tests.py"
