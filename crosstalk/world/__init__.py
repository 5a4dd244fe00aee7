"""The embedded world: languages that spell out the same sampled meanings, with the truth about every sentence."""

from crosstalk.world.languages import Language, languages
from crosstalk.world.spelling import gloss, lexicon
from crosstalk.world.tables import WorldTables, generate

__all__ = ["Language", "WorldTables", "generate", "gloss", "languages", "lexicon"]
