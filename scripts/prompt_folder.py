from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, write_table
    from crosstalk.config import load
    from crosstalk.multimodal.folders import ImageText
    from crosstalk.multimodal.hypotheses import hypotheses
    from crosstalk.multimodal.instructions import instructed
    from crosstalk.multimodal.pictures import Pictures
    from crosstalk.multimodal.setting import Setting
    from crosstalk.training import device

    params, into, speed = snakemake.params, snakemake.input, load(snakemake.config).speed
    accelerator = device.launch(speed, speed.decoding_threads)
    setting = Setting.read(into.languages, into.images, params.captions, ["test"])
    ask = ImageText(into.model, params.max_new, speed.batch_sentences, accelerator.device).ask
    translate = instructed(
        ask, Pictures(setting.images), params.instruction, params.names, int(snakemake.wildcards.seed)
    )
    write_table(hypotheses(translate, setting, params.conditions), snakemake.output[0], HYPOTHESES)
