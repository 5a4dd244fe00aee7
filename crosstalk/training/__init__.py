"""Trainings: one loop, its schedule, its checkpoints, and the updates of whole models or of chosen units."""
