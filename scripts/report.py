from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.provenance import versions
    from crosstalk.report.charts import charts, cost_chart
    from crosstalk.report.data import ReportData, jobs, read_captions, read_costs
    from crosstalk.report.figures import save_svg
    from crosstalk.report.gather import gather
    from crosstalk.report.page import write
    from crosstalk.world import languages

    params = snakemake.params
    files = {kind: {(owner, name): file for owner, name, file in rows} for kind, rows in params.files.items()}
    data = ReportData(
        benchmarks=gather(params.benchmarks, snakemake.input.scores, files), baseline=params.baseline,
        methods=params.methods, confidence=params.confidence,
        languages={language.code: f"{language.name} ({language.code})" for language in languages()},
        captions=read_captions(snakemake.input.captions), costs=read_costs(jobs(Path("results/benchmarks"))),
        provenance={"configuration": params.config_hash, **versions()},
    )  # fmt: skip
    drawn = {name: charts(data, name) for name in params.benchmarks} | {"all": cost_chart(data)}
    for name, (benchmark, figure) in params.figures.items():
        save_svg(drawn[benchmark][figure], Path(snakemake.output[name]))
    write(data, snakemake.output.page)
