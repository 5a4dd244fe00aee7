from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import PARTITION, TRUTH, read_table, write_table
    from crosstalk.config import load
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.neurons.probe import probe_language, truth
    from crosstalk.neurons.profile import Encoding, role_columns, tagged
    from crosstalk.tokens.bitexts import target
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed, seed = snakemake.params, load(snakemake.config).speed, int(snakemake.wildcards.seed)
    vocabulary = Vocabulary.load(snakemake.input.vocabulary)
    model = load_xlmt(snakemake.input.model, device=device.launch(speed, speed.decoding_threads).device)
    encoding = Encoding(model, params.pooling, speed.batch_sentences)
    partition = read_table(snakemake.input.partition, PARTITION).to_pandas()
    sentences = read_table(snakemake.input.sentences).to_pandas()
    sentences = read_table(snakemake.input.labels).to_pandas().merge(sentences)
    found = {}
    for language in params.languages:
        rows = sentences[sentences["language"] == language].head(params.sentences)
        tag = vocabulary.tags[target(language, params.languages, params.pivot)] if params.tag == "source" else None
        activations = encoding(tagged(vocabulary, rows["text"].tolist(), tag, params.max_length))
        found[language] = probe_language(activations.numpy(), rows, role_columns(encoding, partition, language), seed)
    write_table(truth(found, seed), snakemake.output[0], TRUTH)
