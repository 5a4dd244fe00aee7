from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from functools import partial

    from crosstalk.artefacts import read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.downstream import Labelled
    from crosstalk.downstream.classification import predictions
    from crosstalk.downstream.mixtures import Languages
    from crosstalk.downstream.schemas import LABELLED, PARTNERS, PREDICTIONS
    from crosstalk.matrix.embedders import own
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, into, speed = snakemake.params, snakemake.input, load(snakemake.config).speed
    place, partners = device.launch(speed, speed.decoding_threads).device, read_table(into.partners, PARTNERS)
    embedder = partial(
        own, vocabulary=Vocabulary.load(into.vocabulary), max_length=params.max_length, batch=speed.batch_sentences,
        device=place,
    )  # fmt: skip
    mixtures = {Languages.of(partners, Path(folder).parent.name): folder for folder in into.models}
    tasks = {Path(file).stem: read_table(file, LABELLED) for file in into.tasks}
    settings = {name: Labelled.model_validate(told) for name, told in params.settings.items()}
    found = predictions(mixtures, embedder, tasks, settings)
    write_table(found, snakemake.output[0], PREDICTIONS)
