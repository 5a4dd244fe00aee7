# crosstalk: from corpora to a report of how languages interfere; --configfile config/presets/NAME.yaml runs a preset.
import sys

from snakemake.utils import min_version

from crosstalk import grid
from crosstalk.config import load, science_hash
from crosstalk.demand import Demand
from crosstalk.errors import CrosstalkError
from crosstalk.provenance import code_hash
from crosstalk.workflow import DOWNLOADS, Workflow
from crosstalk.workflow_downstream import DownstreamWorkflow
from crosstalk.workflow_matrix import ANALYSED, MEASURED, MatrixWorkflow
from crosstalk.workflow_multimodal import SCRATCH, TRANSLATING, MultimodalWorkflow

min_version("9.27")


configfile: "config.yaml"


try:
    flow = Workflow(load(config))
    captions = MultimodalWorkflow(flow.config)
    downstream = DownstreamWorkflow(flow.config)
    for part in (flow, captions, downstream):
        part.check()
except CrosstalkError as error:
    sys.exit(f"crosstalk: {error}")
settings = flow.config
pairs = MatrixWorkflow(settings)
demand = Demand(settings)


report: "report/workflow.rst"


wildcard_constraints:
    **flow.constraints(),


include: "rules/world.smk"
include: "rules/corpora.smk"
include: "rules/tokens.smk"
include: "rules/models.smk"
include: "rules/neurons.smk"
include: "rules/gamma.smk"
include: "rules/decode.smk"
include: "rules/score.smk"
include: "rules/matrix.smk"
include: "rules/downstream.smk"
include: "rules/llava.smk"
include: "rules/multimodal.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        rules.report.output,
