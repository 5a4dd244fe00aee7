from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.provenance import versions
    from crosstalk.report.data import ReportData, jobs, read_captions, read_costs
    from crosstalk.report.gather import file_origins, gather, gather_downstream, gather_matrix
    from crosstalk.report.multimodal_data import gather_multimodal
    from crosstalk.report.page import write
    from crosstalk.world import languages

    params, scores = snakemake.params, next(iter(snakemake.input.scores), None)
    files = {kind: {(owner, name): file for owner, name, file in rows} for kind, rows in params.files.items()}
    data = ReportData(
        benchmarks=gather(params.benchmarks, scores, files), baseline=params.baseline,
        matrix=gather_matrix(params.matrix) if params.matrix else None,
        downstream=gather_downstream(**params.downstream) if params.downstream else None,
        multimodal=gather_multimodal(**params.multimodal) if params.multimodal else None,
        methods=params.methods, published=params.published, trainings=params.trainings, variations=params.variations,
        languages={language.code: f"{language.name} ({language.code})" for language in languages()},
        captions=read_captions(snakemake.input.captions), costs=read_costs(jobs("results/benchmarks")),
        provenance={"configuration": params.config_hash, **(run := versions())}, confidence=params.confidence,
        origins=file_origins(
            files, params.matrix, params.multimodal, params.downstream, params.config_hash, run["commit"]),
    )  # fmt: skip
    figures = [(*params.figures[name], snakemake.output[name]) for name in params.figures]
    write(data, snakemake.output.page, snakemake.output.tables, figures)
