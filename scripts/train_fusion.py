from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.config import load
    from crosstalk.config.multimodal import Multimodal, System
    from crosstalk.multimodal import scratch
    from crosstalk.multimodal.loaded import load_base
    from crosstalk.multimodal.setting import Setting
    from crosstalk.training import checkpoints, device

    params, into, folder = snakemake.params, snakemake.input, Path(snakemake.output.model)
    speed, settings = load(snakemake.config).speed, Multimodal.model_validate(params.settings)
    accelerator = device.launch(speed, speed.training_threads)
    setting, base = Setting.read(into.languages, into.images, params.captions), load_base(into.base, settings.base)
    system, seed = System.model_validate(params.system), int(snakemake.wildcards.seed)
    model, outcome = scratch.train(
        scratch.kind_of(system), settings, setting, base, seed, checkpoints.beside(folder), accelerator
    )
    scratch.save(model, outcome, folder, snakemake.output.curve)
