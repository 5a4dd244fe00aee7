from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SENTENCES, read_table
    from crosstalk.config.data import Tokens
    from crosstalk.tokens.vocabulary import save, train, training_sentences

    settings = Tokens.model_validate(snakemake.params.settings)
    languages = snakemake.params.languages
    if snakemake.input.model:
        model = Path(snakemake.input.model[0]).read_bytes()
    else:
        folder = Path(snakemake.input.languages)
        tables = (read_table(folder / f"{code}.parquet", SENTENCES) for code in languages)
        model = train((text for table in tables for text in training_sentences(table, settings.sentences)), settings)
    save(model, languages, Path(snakemake.output[0]))
