from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SETS, STABILITY, read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.nrd import Selection
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.neurons.profile import Encoding
    from crosstalk.neurons.selection import partition
    from crosstalk.neurons.stability import profiles, stability
    from crosstalk.tokens.bitexts import target
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed, settings = snakemake.params, load(snakemake.config).speed, Selection(**snakemake.params.settings)
    vocabulary = Vocabulary.load(snakemake.input.vocabulary)
    model = load_xlmt(snakemake.input.model, device=device.launch(speed, speed.decoding_threads).device)
    encoding, languages = Encoding(model, settings.pooling, speed.batch_sentences), params.languages
    tags = {code: vocabulary.tags[target(code, languages, params.pivot)] for code in languages}
    found = profiles(
        encoding, ((Path(file).stem, read_table(file, SETS)) for file in snakemake.input.sets), vocabulary,
        tags if params.tag == "source" else {}, params.max_length, settings.k,
    )  # fmt: skip
    partitions = {key: partition(rows, settings, params.statistic).to_pandas() for key, rows in found.items()}
    write_table(stability(partitions), snakemake.output[0], STABILITY)
