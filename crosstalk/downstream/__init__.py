"""Downstream evaluation of the matrix (METHODS §2, 9)."""
