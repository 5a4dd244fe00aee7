from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow as pa

    from crosstalk.artefacts import PROFILE, SETS, read_table, write_table
    from crosstalk.config import load
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.neurons.profile import Encoding, profile, token_sets
    from crosstalk.tokens.bitexts import target
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed = snakemake.params, load(snakemake.config).speed
    vocabulary = Vocabulary.load(snakemake.input.vocabulary)
    model = load_xlmt(snakemake.input.model, device=device.launch(speed, speed.decoding_threads).device)
    encoding = Encoding(model, params.pooling, speed.batch_sentences)
    tables = []
    for file in snakemake.input.sets:
        language = Path(file).stem
        tag = vocabulary.tags[target(language, params.languages, params.pivot)] if params.tag == "source" else None
        sets = token_sets(read_table(file, SETS), vocabulary, tag, params.max_length, params.k)
        tables.append(profile(encoding, language, sets))
    write_table(pa.concat_tables(tables), snakemake.output[0], PROFILE)
