"""Classes of transformers that functions name and never make: importing them takes a job four seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from transformers import BartForConditionalGeneration, PreTrainedModel
else:
    BartForConditionalGeneration = PreTrainedModel = nn.Module

__all__ = ["BartForConditionalGeneration", "PreTrainedModel"]
