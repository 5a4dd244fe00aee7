from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import CURVE, write_table
    from crosstalk.config import load
    from crosstalk.config.training import Foundation, Model
    from crosstalk.fairseq import train as fairseq
    from crosstalk.models.encoder import load_encoder
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import checkpoints, device, recipes

    params, speed = snakemake.params, load(snakemake.config).speed
    folder, seed = Path(snakemake.output.model), int(snakemake.wildcards.seed)
    accelerator = device.launch(speed, speed.training_threads)
    model, settings = Model.model_validate(params.model), Foundation.model_validate(params.settings)
    stores, vocabulary = open_stores(snakemake.input.tokens), Vocabulary.load(snakemake.input.vocabulary)
    found = fairseq.found if settings.trainer == "fairseq" else recipes.found
    xlmt, outcome = found(
        load_encoder(snakemake.input.encoder), stores, vocabulary, model, settings, params.max_length, params.pivot,
        seed, checkpoints.beside(folder), accelerator,
    )  # fmt: skip
    write_table(outcome.curve, snakemake.output.curve, CURVE)
    recipes.save(xlmt, outcome.weights, folder)
