from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import read_table
    from crosstalk.config import load
    from crosstalk.config.downstream import Downstream
    from crosstalk.downstream.mixtures import Languages
    from crosstalk.downstream.schemas import PARTNERS
    from crosstalk.downstream.training import train
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import checkpoints, device, recipes

    params, into, names = snakemake.params, snakemake.input, snakemake.wildcards
    folder, accelerator = Path(snakemake.output.model), device.launch_training(load(snakemake.config).speed)
    mixture = Languages.of(read_table(into.partners, PARTNERS), names.mixture)
    encoder, outcome = train(
        mixture, open_stores(into.tokens), Vocabulary.load(into.vocabulary), Downstream.model_validate(params.settings),
        params.max_length, int(names.seed), checkpoints.beside(folder), accelerator,
    )  # fmt: skip
    if accelerator.is_main_process:
        recipes.save(encoder, outcome, folder, snakemake.output.curve)
