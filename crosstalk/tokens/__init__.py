"""Sentences become token ids, once for each language, shared by all trainings."""
