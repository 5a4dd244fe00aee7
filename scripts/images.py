from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import IMAGES, SENSES, write_batches, write_table
    from crosstalk.config.multimodal import Images
    from crosstalk.corpora.images import read_images

    params = snakemake.params
    settings = Images.model_validate(params.settings)
    files = [Path(file) for file in snakemake.input]
    batches, senses = read_images(settings, files, params.languages, params.world_seed)
    write_batches(batches, snakemake.output.images, IMAGES)
    write_table(senses, snakemake.output.senses, SENSES)
