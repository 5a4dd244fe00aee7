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
    place, words = device.launch(speed, speed.decoding_threads).device, Vocabulary.load(into.vocabulary)
    embedder = partial(own, vocabulary=words, max_length=params.max_length, batch=speed.batch_sentences, device=place)
    partners, models = read_table(into.partners, PARTNERS), map(Path, into.models)
    mixtures = {Languages.of(partners, model.parent.name): str(model) for model in models}
    tasks = {Path(file).stem: read_table(file, LABELLED) for file in into.tasks}
    settings = {name: Labelled.model_validate(told) for name, told in params.settings.items()}
    write_table(predictions(mixtures, embedder, tasks, settings), snakemake.output[0], PREDICTIONS)
