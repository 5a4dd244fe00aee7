from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import GAMMA, write_table
    from crosstalk.config import load
    from crosstalk.config.nrd import Gamma
    from crosstalk.gamma.measure import measure
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.tokens.bitexts import Bitexts, supervised
    from crosstalk.tokens.store import open_stores
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed = snakemake.params, load(snakemake.config).speed
    accelerator = device.launch(speed, speed.decoding_threads)
    stores, vocabulary = open_stores(snakemake.input.tokens), Vocabulary.load(snakemake.input.vocabulary)
    directions = supervised(params.languages, params.pivot)
    dev = Bitexts.open(stores, directions, "dev", vocabulary, params.max_length, params.tag == "source")
    model = load_xlmt(snakemake.input.model, device=accelerator.device)
    table = measure(model, dev, Gamma.model_validate(params.settings), int(snakemake.wildcards.seed))
    write_table(table, snakemake.output[0], GAMMA)
