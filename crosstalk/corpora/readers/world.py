"""The embedded world's sentences, which are written as a Parquet file in the internal form."""

from crosstalk.corpora.readers.parquet import files, read

__all__ = ["files", "read"]
