from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import SENTENCES, SETS, read_table, write_table
    from crosstalk.config import load
    from crosstalk.config.nrd import Decode, Sets
    from crosstalk.decode.paraphrases import Translator, round_trips
    from crosstalk.models.xlmt import load_xlmt
    from crosstalk.neurons.sets import sources
    from crosstalk.tokens.vocabulary import Vocabulary
    from crosstalk.training import device

    params, speed = snakemake.params, load(snakemake.config).speed
    language, seed = snakemake.wildcards.language, int(snakemake.wildcards.seed)
    accelerator = device.launch(speed, speed.decoding_threads)
    vocabulary = Vocabulary.load(snakemake.input.vocabulary)
    settings, limits = Sets.model_validate(params.settings), Decode.model_validate(params.limits)
    model = load_xlmt(snakemake.input.model, device=accelerator.device).eval()
    translator = Translator(model, vocabulary, params.tag == "source", settings, limits)
    others = [code for code in params.languages if code != params.pivot]
    pivots = others if language == params.pivot else [params.pivot]
    ids, texts = sources(read_table(Path(snakemake.input.languages) / f"{language}.parquet", SENTENCES), settings, seed)
    sets = round_trips(translator, vocabulary, language, pivots, ids, texts, settings, seed)
    write_table(sets, snakemake.output[0], SETS)
