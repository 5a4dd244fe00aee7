from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SCORES, read_table, write_table
    from crosstalk.config.downstream import Labelled
    from crosstalk.downstream.schemas import PARTNERS, PREDICTIONS
    from crosstalk.downstream.scores import score
    from crosstalk.provenance import origin

    params, into = snakemake.params, snakemake.input
    files = zip(params.seeds, into.predictions, strict=True)
    predictions = {seed: read_table(file, PREDICTIONS).to_pandas() for seed, file in files}
    origins = {
        task: origin(config_hash, [file])
        for (task, config_hash), file in zip(params.config_hashes.items(), into.tasks, strict=True)
    }
    partners = read_table(into.partners, PARTNERS).to_pandas()
    protocols = {name: Labelled.model_validate(told).protocol for name, told in params.settings.items()}
    table = score(predictions, partners, protocols, params.confidence, origins)
    write_table(table, snakemake.output[0], SCORES)
