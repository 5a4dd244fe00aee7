"""All trainings' classifications: MTEB's protocol by the code here, or by the library ``mteb`` itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd
import pyarrow as pa

from crosstalk.config.downstream import Labelled
from crosstalk.downstream import protocol, through_mteb
from crosstalk.downstream.mixtures import Languages
from crosstalk.downstream.schemas import PREDICTIONS
from crosstalk.matrix.similarity import Embed

_CODE = {"mteb": through_mteb.predictions}
"""Tasks that ``mteb`` has read it also classifies."""


def predictions(
    mixtures: Mapping[Languages, str], embedder: Callable[[str], Embed], tasks: Mapping[str, pa.Table],
    settings: Mapping[str, Labelled],
) -> pa.Table:  # fmt: skip
    """PREDICTIONS of every training's languages and task; ``mixtures``: training -> what ``embedder`` reads it from.

    ``tasks``: name -> LABELLED. Raises CrosstalkError when a task has no sentence of a language.
    """

    def rows() -> Iterator[pd.DataFrame]:
        for mixture, folder in mixtures.items():
            embed = embedder(folder)
            for name, sentences in tasks.items():
                one = settings[name]
                classify = _CODE.get(one.reader, protocol.predictions)
                for language in mixture.targets:
                    found = classify(name, sentences, language, embed, one.protocol)
                    yield found.assign(mixture=mixture.name)

    return pa.Table.from_pandas(pd.concat(rows()), schema=PREDICTIONS, preserve_index=False)
