from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import CURVE, write_table
    from crosstalk.config import load
    from crosstalk.config.multimodal import Multimodal
    from crosstalk.multimodal.pretraining import new_base, save
    from crosstalk.multimodal.setting import Setting
    from crosstalk.training import checkpoints, device

    params, into, out = snakemake.params, snakemake.input, snakemake.output
    speed, folder = load(snakemake.config).speed, Path(out.model)
    accelerator = device.launch(speed, speed.training_threads)
    setting = Setting.read(into.languages, into.images, params.captions)
    base, curves = new_base(
        setting, Multimodal.model_validate(params.settings), int(snakemake.wildcards.seed), checkpoints.beside(folder),
        accelerator,
    )  # fmt: skip
    for curve, file in zip(curves, (out.vision, out.curve), strict=True):
        write_table(curve, file, CURVE)
    save(base, folder)
