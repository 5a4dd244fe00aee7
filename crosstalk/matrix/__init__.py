"""Part 2: how much each language costs every other one in small models, measured pair by pair (METHODS §2)."""
