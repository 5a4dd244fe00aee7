from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import PARTITION, read_table
    from crosstalk.config import load
    from crosstalk.config.training import Model, Specialisation
    from crosstalk.methods.given import Given
    from crosstalk.methods.specialise import specialise, starting
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import checkpoints, device, recipes

    params, speed, into = snakemake.params, load(snakemake.config).speed, snakemake.input
    folder, seed = Path(snakemake.output.model), int(snakemake.wildcards.seed)
    vocabulary, accelerator = Vocabulary.load(into.vocabulary), device.launch_training(speed)
    shape, settings = Model.model_validate(params.model), Specialisation.model_validate(params.settings)
    given = Given(
        starting(params.start, into.start, shape, vocabulary.size, settings.dropout, seed), open_stores(into.tokens),
        vocabulary, read_table(into.partition[0], PARTITION).to_pandas() if into.partition else None, shape, settings,
        params.options, params.max_length, params.pivot, seed, accelerator,
    )  # fmt: skip
    model, outcome = specialise(params.training, given, checkpoints.beside(folder))
    if accelerator.is_main_process:
        recipes.save(model, outcome, folder, snakemake.output.curve)
