from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, write_table
    from crosstalk.config import load
    from crosstalk.config.multimodal import Multimodal, System
    from crosstalk.multimodal.setting import Setting, load_base
    from crosstalk.multimodal.translate import hypotheses, translator
    from crosstalk.training import device

    params, into, speed = snakemake.params, snakemake.input, load(snakemake.config).speed
    settings, system = Multimodal.model_validate(params.settings), System.model_validate(params.system)
    accelerator = device.launch(speed, speed.decoding_threads)
    setting = Setting.read(into.languages, into.images, params.captions, ["test"])
    translate = translator(
        system.kind, load_base(into.base, settings.base), into.model, settings, speed.batch_sentences,
        accelerator.device,
    )  # fmt: skip
    table = hypotheses(translate, setting, params.conditions, int(snakemake.wildcards.seed))
    write_table(table, snakemake.output[0], HYPOTHESES)
