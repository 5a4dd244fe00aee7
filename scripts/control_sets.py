from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SENTENCES, SETS, read_table, write_table
    from crosstalk.config.nrd import Sets
    from crosstalk.neurons.sets import control_sets, sources

    names, settings = snakemake.wildcards, Sets.model_validate(snakemake.params.settings)
    sentences = read_table(Path(snakemake.input.languages) / f"{names.language}.parquet", SENTENCES)
    ids, texts = sources(sentences, settings, int(names.seed))
    sets = control_sets(names.sets, names.language, ids, texts, settings, int(names.seed))
    write_table(sets, snakemake.output[0], SETS)
