"""Filters of syntax-sensitive units at decoding; a module defines ``factor``."""
