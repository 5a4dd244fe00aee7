import sys

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import read_table, write_table
    from crosstalk.config.downstream import Downstream
    from crosstalk.downstream.choice import choose
    from crosstalk.downstream.mixtures import unknown
    from crosstalk.downstream.schemas import PARTNERS
    from crosstalk.matrix.schemas import INTERFERENCE

    params = snakemake.params
    settings = Downstream.model_validate(params.settings)
    for line in unknown(settings, params.languages):
        print(line, file=sys.stderr)
    cells = read_table(snakemake.input[0], INTERFERENCE).to_pandas()
    write_table(choose(cells, settings, params.languages), snakemake.output[0], PARTNERS)
