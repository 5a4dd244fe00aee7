"""Translating: beam search under a filter of the source language, and sampling of paraphrases."""
