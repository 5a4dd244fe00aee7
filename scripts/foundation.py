from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.config import load
    from crosstalk.config.training import Foundation, Model
    from crosstalk.fairseq import train as fairseq
    from crosstalk.models.encoder import load_encoder
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import checkpoints, device, recipes

    params, speed = snakemake.params, load(snakemake.config).speed
    folder, seed = Path(snakemake.output.model), int(snakemake.wildcards.seed)
    model, settings = Model.model_validate(params.model), Foundation.model_validate(params.settings)
    own = settings.trainer == "fairseq"  # it starts its processes itself
    accelerator = device.launch(speed, speed.training_threads) if own else device.launch_training(speed)
    stores, vocabulary = open_stores(snakemake.input.tokens), Vocabulary.load(snakemake.input.vocabulary)
    xlmt, outcome = (fairseq.found if own else recipes.found)(
        load_encoder(snakemake.input.encoder), stores, vocabulary, model, settings, params.max_length, params.pivot,
        seed, checkpoints.beside(folder), accelerator,
    )  # fmt: skip
    if accelerator.is_main_process:
        recipes.save(xlmt, outcome, folder, snakemake.output.curve)
