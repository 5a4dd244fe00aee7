"""Corpora in whatever format they come, read into one form: rows that share a ``sentence_id`` are translations."""

from crosstalk.corpora.reader import files, read

__all__ = ["files", "read"]
