"""Gradient consistency: how far a language's gradient points where the mean gradient points."""
