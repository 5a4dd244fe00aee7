from pathlib import Path

from snakemake.iocontainers import Snakemake

from crosstalk.job import job

snakemake: Snakemake

with job(snakemake.log[0]):
    from crosstalk.artefacts import HYPOTHESES, write_table
    from crosstalk.config.multimodal import Endpoint
    from crosstalk.multimodal.answers import Answers
    from crosstalk.multimodal.endpoint import Client
    from crosstalk.multimodal.hypotheses import hypotheses
    from crosstalk.multimodal.instructions import instructed
    from crosstalk.multimodal.pictures import Pictures
    from crosstalk.multimodal.setting import Setting

    params, into, seed = snakemake.params, snakemake.input, int(snakemake.wildcards.seed)
    setting = Setting.read(into.languages, into.images, params.captions, ["test"])
    with Answers(Path(params.answers)) as answers:
        ask = Client(Endpoint.model_validate(params.endpoint), answers).ask
        translate = instructed(ask, Pictures(setting.images), params.instruction, params.names, seed)
        write_table(hypotheses(translate, setting, params.conditions), snakemake.output[0], HYPOTHESES)
