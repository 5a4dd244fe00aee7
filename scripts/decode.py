from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.nrd import Decode
    from crosstalk.decode.engines import load_model
    from crosstalk.decode.filtered import read_masks
    from crosstalk.decode.testsets import TESTS
    from crosstalk.decode.translate import translate
    from crosstalk.methods.registry import keys
    from crosstalk.models.variants import Variants
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed = snakemake.params, load(snakemake.config).speed
    partition, gamma = (next(iter(files), None) for files in (snakemake.input.partition, snakemake.input.gamma))
    _, filters = read_masks(partition, gamma, params.filter)
    tests = read_table(snakemake.input.tests, TESTS).to_pandas()
    vocabulary, settings = Vocabulary.load(snakemake.input.vocabulary), Decode.model_validate(params.settings)
    model = load_model(snakemake.input.model, settings, speed, device.launch(speed, speed.decoding_threads).device)
    table = translate(
        model, vocabulary, tests, filters, settings, speed, params.max_length, params.tag == "source",
        Variants(snakemake.input.model, model), keys(params.training, params.options, params.pivot),
    )  # fmt: skip
    write_table(table, snakemake.output[0], HYPOTHESES)
