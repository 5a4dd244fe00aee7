from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import write_table
    from crosstalk.config.data import World
    from crosstalk.world import generate

    world = generate(World.model_validate(snakemake.params.settings))
    for name, path in snakemake.output.items():
        write_table(getattr(world, name), path)
