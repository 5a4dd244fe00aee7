from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import PARTITION, read_table
    from crosstalk.config import load
    from crosstalk.config.multimodal import Multimodal, System
    from crosstalk.multimodal.loaded import load_base
    from crosstalk.multimodal.setting import Setting
    from crosstalk.multimodal.tuning import save, tune
    from crosstalk.training import checkpoints, device

    params, into, folder = snakemake.params, snakemake.input, Path(snakemake.output.model)
    speed, settings = load(snakemake.config).speed, Multimodal.model_validate(params.settings)
    accelerator, system = device.launch_training(speed), System.model_validate(params.system)
    setting, base = Setting.read(into.languages, into.images, params.captions), load_base(into.base, settings.base)
    partition = read_table(into.partition[0], PARTITION).to_pandas() if into.partition else None
    outcome = tune(
        base, setting, settings.tuning, int(snakemake.wildcards.seed), checkpoints.beside(folder), accelerator,
        snakemake.wildcards.system, partition, system.roles,
    )  # fmt: skip
    if accelerator.is_main_process:
        save(base, outcome, folder, snakemake.output.curve)
