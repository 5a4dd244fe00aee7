from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, SCORES, SENSES, read_table, write_table
    from crosstalk.config.nrd import Score
    from crosstalk.provenance import commit, data_hash
    from crosstalk.score.captions import System, score_systems

    params, into = snakemake.params, snakemake.input
    names = list(dict.fromkeys(row["benchmark"] for row in params.rows))
    systems = [
        System(**row, hypotheses=read_table(file, HYPOTHESES))
        for row, file in zip(params.rows, into.hypotheses, strict=True)
    ]
    table = score_systems(
        systems, params.baseline, Score.model_validate(params.settings),
        {name: read_table(file, SENSES) for name, file in zip(names, into.senses, strict=True)},
        {name: Path(folder) for name, folder in zip(names, into.languages, strict=True)},
        lambda files: (data_hash(files), commit()),
    )  # fmt: skip
    write_table(table, snakemake.output[0], SCORES)
