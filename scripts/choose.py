from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import LAYERS, PARTITION, read_table, write_table
    from crosstalk.config.multimodal import System
    from crosstalk.multimodal.selection import partition

    system = System.model_validate(snakemake.params.system)
    layers, neurons = (
        read_table(file, schema).to_pandas() for file, schema in zip(snakemake.input, (LAYERS, PARTITION), strict=True)
    )
    write_table(partition(layers, neurons, system.layers, system.specific), snakemake.output[0], PARTITION)
