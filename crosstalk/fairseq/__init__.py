"""The door to fairseq 0.12.2: checkpoints in and out, and trainings by it. ``make fairseq`` installs it."""
