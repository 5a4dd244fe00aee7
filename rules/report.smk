# One page for a person, and its figures and tables as files.
# requires: results/nmt/scores.parquet and everything the page shows
# produces: results/report/index.html, results/report/figures, results/report/tables
# steps:    report

figures = [
    *flow.figures(),
    *pairs.figures(),
    *downstream.figures(),
    *captions.figures(),
]


rule report:
    input:
        scores=["results/nmt/scores.parquet"] if grid.benchmarks(settings) else [],
        captions="report",
        shown=[
            file for files in flow.report_files().values() for file in files.values()
        ],
        matrix=list(pairs.report_files().values()),
        downstream=downstream.report_files(),
        multimodal=captions.report_scores(),
        layers=list(captions.report_layers().values()),
        partitions=list(captions.report_partitions().values()),
        translations=list(captions.report_hypotheses().values()),
    output:
        **{
            name: report(
                file,
                caption=f"../report/{caption}.rst",
                category=owner,
                labels={"figure": figure},
            )
            for name, owner, figure, file, caption in figures
        },
        pdf=[file.removesuffix("svg") + "pdf" for _, _, _, file, _ in figures],
        tables=report(
            directory("results/report/tables"),
            patterns=["{table}.csv"],
            caption="../report/tables.rst",
            category="tables",
        ),
        page=report(
            "results/report/index.html",
            caption="../report/workflow.rst",
            category="report",
        ),
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        **demand.of("report"),
    params:
        files={
            kind: [[*key, file] for key, file in files.items()]
            for kind, files in flow.report_files().items()
        },
        benchmarks=grid.benchmarks(settings),
        methods={name: row.label for name, row in flow.compared().items()},
        published={name: row.published for name, row in flow.compared().items()},
        trainings={name: grid.trainings(row) for name, row in flow.compared().items()},
        variations=flow.varied(),
        baseline=settings.nmt.baseline,
        confidence=settings.score.confidence,
        config_hash=science_hash(
            settings.model_dump(mode="json", exclude={"speed", "data_dir"})
        ),
        figures={name: [owner, figure] for name, owner, figure, _, _ in figures},
        matrix=pairs.report_files(),
        downstream=downstream.report(),
        multimodal=captions.report(),
        code=code_hash(
            "report",
            "matrix/facts",
            "matrix/schemas",
            "matrix/cells",
            "downstream/schemas",
        ),
    script:
        "../scripts/report.py"
