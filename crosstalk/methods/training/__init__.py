"""Trainings that start from the foundation; a module defines ``updater``."""
