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
    vocabulary, languages = Vocabulary.load(snakemake.input.vocabulary), params.languages
    model = load_xlmt(snakemake.input.model, device=device.launch(speed, speed.decoding_threads).device)
    encoding = Encoding(model, settings.pooling, speed.batch_sentences)
    tags = {code: vocabulary.tags[target(code, languages, params.pivot)] for code in languages}
    sets = ((Path(file).stem, read_table(file, SETS)) for file in snakemake.input.sets)
    tags = tags if params.tag == "source" else {}
    found = profiles(encoding, sets, vocabulary, tags, params.max_length, settings.k)
    found = {key: partition(rows, settings, params.statistic).to_pandas() for key, rows in found.items()}
    write_table(stability(found), snakemake.output[0], STABILITY)
