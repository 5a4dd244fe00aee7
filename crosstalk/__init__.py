"""crosstalk: how languages interfere inside a multilingual model, which neurons do it, and what helps."""

__version__ = "0.1.0"
