from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.config import load
    from crosstalk.config.training import Model, Pretraining
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import checkpoints, device, recipes

    params, speed = snakemake.params, load(snakemake.config).speed
    folder, seed = Path(snakemake.output.model), int(snakemake.wildcards.seed)
    if snakemake.input.pretrained:
        accelerator = device.launch(speed, speed.training_threads)
        encoder, outcome = recipes.adopt(snakemake.input.pretrained[0])
    else:
        accelerator = device.launch_training(speed)
        model, settings = Model.model_validate(params.model), Pretraining.model_validate(params.settings)
        stores, vocabulary = open_stores(snakemake.input.tokens), Vocabulary.load(snakemake.input.vocabulary)
        encoder, outcome = recipes.pretrain(
            stores, vocabulary, model, settings, params.max_length, seed, checkpoints.beside(folder), accelerator
        )
    if accelerator.is_main_process:
        recipes.save(encoder, outcome, folder, snakemake.output.curve)
