from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import CURVE, write_table
    from crosstalk.config import load
    from crosstalk.config.training import Model, Pretraining
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device, recipes

    params, speed = snakemake.params, load(snakemake.config).speed
    folder, seed = Path(snakemake.output.model), int(snakemake.wildcards.seed)
    if snakemake.input.pretrained:
        encoder, outcome = recipes.adopt(snakemake.input.pretrained[0])
    else:
        accelerator = device.launch(speed, speed.training_threads)
        model, settings = Model.model_validate(params.model), Pretraining.model_validate(params.settings)
        stores, vocabulary = open_stores(snakemake.input.tokens), Vocabulary.load(snakemake.input.vocabulary)
        kept = folder.with_name(folder.name + ".checkpoints")
        encoder, outcome = recipes.pretrain(
            stores, vocabulary, model, settings, params.max_length, seed, kept, accelerator
        )
    write_table(outcome.curve, snakemake.output.curve, CURVE)
    recipes.save(encoder, outcome.weights, folder)
