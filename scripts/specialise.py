from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import CURVE, PARTITION, read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.training import Model, Specialisation
    from crosstalk.methods.specialise import specialise
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device, recipes

    params, speed = snakemake.params, load(snakemake.config).speed
    folder, seed = Path(snakemake.output.model), int(snakemake.wildcards.seed)
    model, settings = Model.model_validate(params.model), Specialisation.model_validate(params.settings)
    stores, vocabulary = open_stores(snakemake.input.tokens), Vocabulary.load(snakemake.input.vocabulary)
    partition = read_table(snakemake.input.partition[0], PARTITION).to_pandas()
    xlmt = load_xlmt(snakemake.input.foundation, settings.dropout)
    outcome = specialise(
        params.training, xlmt, partition, stores, vocabulary, model, settings, params.max_length, params.pivot, seed,
        folder.with_name(folder.name + ".checkpoints"), device.launch(speed, speed.training_threads),
    )  # fmt: skip
    write_table(outcome.curve, snakemake.output.curve, CURVE)
    recipes.save(xlmt, outcome.weights, folder)
