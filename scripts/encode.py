from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SENTENCES, read_table
    from crosstalk.tokens.store import encode
    from crosstalk.tokens.vocabulary import Vocabulary

    table = read_table(Path(snakemake.input.languages) / f"{snakemake.wildcards.language}.parquet", SENTENCES)
    encode(table, Vocabulary.load(snakemake.input.vocabulary), Path(snakemake.output[0]))
