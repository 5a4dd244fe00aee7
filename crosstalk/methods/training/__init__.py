"""Trainings: what a micro-batch runs through, and what it may change.

A module defines ``updater``. It may also define ``Options``, its settings; ``COUNTS_AS``, what the language of a batch
is; ``variant``, which of the model's variants translate a direction; and ``parts``, directions that are trained apart.
Modules are imported by the workflow, too, so they load torch only inside their functions.
"""
