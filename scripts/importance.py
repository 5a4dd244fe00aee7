from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import LAYERS, PARTITION, write_table
    from crosstalk.config import load
    from crosstalk.config.multimodal import Multimodal
    from crosstalk.multimodal.loaded import load_base
    from crosstalk.multimodal.measure import measure
    from crosstalk.multimodal.setting import Setting
    from crosstalk.training import device

    params, into = snakemake.params, snakemake.input
    speed, settings = load(snakemake.config).speed, Multimodal.model_validate(params.settings)
    accelerator = device.launch(speed, speed.decoding_threads)
    setting = Setting.read(into.languages, into.images, params.captions)
    layers, neurons = measure(
        load_base(into.base, settings.base), load_base(into.sft, settings.base), setting, settings, accelerator
    )
    write_table(layers, snakemake.output.layers, LAYERS)
    write_table(neurons, snakemake.output.neurons, PARTITION)
