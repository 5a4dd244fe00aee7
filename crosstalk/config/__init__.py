"""Configuration: pydantic models are the one source of keys, ranges, units and documentation."""

from crosstalk.config.load import load, science_hash
from crosstalk.config.root import Config

__all__ = ["Config", "load", "science_hash"]
