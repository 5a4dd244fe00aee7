from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import GAMMA, HYPOTHESES, PARTITION, read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.nrd import Decode
    from crosstalk.decode.filtered import masks
    from crosstalk.decode.testsets import TESTS
    from crosstalk.decode.translate import translate
    from crosstalk.methods.filtering import factors_of
    from crosstalk.methods.registry import keys
    from crosstalk.models.variants import Variants
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed = snakemake.params, load(snakemake.config).speed
    tests, filters = read_table(snakemake.input.tests, TESTS).to_pandas(), {}
    if snakemake.input.partition:
        partition = read_table(snakemake.input.partition[0], PARTITION).to_pandas()
        gamma = read_table(snakemake.input.gamma[0], GAMMA).to_pandas() if snakemake.input.gamma else None
        filters = masks(partition, factors_of(partition, gamma, params.filter), params.filter["layers"])
    model = load_xlmt(snakemake.input.model).to(device.launch(speed, speed.decoding_threads).device)
    vocabulary, settings = Vocabulary.load(snakemake.input.vocabulary), Decode.model_validate(params.settings)
    table = translate(
        model, vocabulary, tests, filters, settings, speed, params.max_length, params.tag == "source",
        Variants(snakemake.input.model, model), keys(params.training, params.options, params.pivot),
    )  # fmt: skip
    write_table(table, snakemake.output[0], HYPOTHESES)
