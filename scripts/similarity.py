from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    import pyarrow as pa

    from crosstalk.artefacts import SENTENCES, read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.matrix import Similarity
    from crosstalk.corpora.parallel import parallel
    from crosstalk.matrix.embedders import embedder
    from crosstalk.matrix.schemas import SIMILARITY
    from crosstalk.matrix.similarity import similarity
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed = snakemake.params, load(snakemake.config).speed
    settings, folder = Similarity.model_validate(params.settings), Path(snakemake.input.languages)
    place = device.launch(speed, speed.decoding_threads).device
    tables = {code: read_table(folder / f"{code}.parquet", SENTENCES) for code in params.languages}
    vocabulary = Vocabulary.load(snakemake.input.vocabulary)
    embed = embedder(settings, snakemake.input.encoder, vocabulary, params.max_length, speed.batch_sentences, place)
    texts = parallel(tables, params.split, settings.sentences)
    write_table(pa.Table.from_pandas(similarity(texts, embed), preserve_index=False), snakemake.output[0], SIMILARITY)
