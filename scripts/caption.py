from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, write_table
    from crosstalk.config import load
    from crosstalk.config.multimodal import Multimodal, System
    from crosstalk.multimodal.hypotheses import hypotheses
    from crosstalk.multimodal.loaded import load_base
    from crosstalk.multimodal.setting import Setting
    from crosstalk.multimodal.translate import translator
    from crosstalk.training import device

    params, into, speed = snakemake.params, snakemake.input, load(snakemake.config).speed
    settings, system = Multimodal.model_validate(params.settings), System.model_validate(params.system)
    accelerator = device.launch(speed, speed.decoding_threads)
    setting = Setting.read(into.languages, into.images, params.captions, ["test"])
    translate = translator(
        system.kind, load_base(into.base, settings.base), into.model, setting, settings, speed.batch_sentences,
        int(snakemake.wildcards.seed), accelerator.device,
    )  # fmt: skip
    write_table(hypotheses(translate, setting, params.conditions), snakemake.output[0], HYPOTHESES)
