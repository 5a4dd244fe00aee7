# One page for a person, and the figures as files.
# requires: results/nmt/scores.parquet and everything the page shows
# produces: results/report/index.html, results/report/figures
# steps:    report


rule report:
    input:
        scores="results/nmt/scores.parquet",
        captions="report",
        shown=[
            file for files in flow.report_files().values() for file in files.values()
        ],
    output:
        **{
            name: report(
                file,
                caption=f"../report/{figure}.rst",
                category=benchmark,
                labels={"figure": figure},
            )
            for name, benchmark, figure, file in flow.figures()
        },
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
    params:
        files={
            kind: [[*key, file] for key, file in files.items()]
            for kind, files in flow.report_files().items()
        },
        benchmarks=grid.benchmarks(settings),
        methods={name: settings.methods[name].label for name in grid.methods(settings)},
        baseline=settings.nmt.baseline,
        confidence=settings.score.confidence,
        config_hash=science_hash(
            settings.model_dump(mode="json", exclude={"speed", "data_dir"})
        ),
        figures={
            name: [benchmark, figure] for name, benchmark, figure, _ in flow.figures()
        },
        code=code_hash("report"),
    script:
        "../scripts/report.py"
