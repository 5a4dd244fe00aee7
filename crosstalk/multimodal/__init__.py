"""Part 3: translation with images, and its layers and neurons (METHODS §3)."""
