"""Captions translated by any image-text model of a folder, zero-shot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tqdm import tqdm
from transformers import AutoModelForImageTextToText, AutoProcessor

from crosstalk.errors import CrosstalkError
from crosstalk.models.folders import load_folder


class ImageText:
    """A model with its processor: instruction and image in, text out."""

    def __init__(self, folder: str | Path, max_new: int, batch: int, device: torch.device) -> None:
        """Raises CrosstalkError when the folder is missing or damaged, or has no processor for images and text."""
        self.model = load_folder(AutoModelForImageTextToText, folder, "image-text model").to(device).eval()
        try:
            self._processor: Any = AutoProcessor.from_pretrained(folder, local_files_only=True, padding_side="left")
        except (OSError, ValueError, ImportError) as error:
            reason = " ".join(str(error).split())
            raise CrosstalkError(f"{folder}: no readable processor of images and text ({reason})") from error
        self._max_new, self._batch, self._device = max_new, batch, device

    @torch.no_grad()
    def ask(self, asked: Sequence[str], images: Sequence[Image.Image]) -> list[str]:
        """What the model writes, greedily, to each instruction and image."""
        found: list[str] = []
        for start in tqdm(range(0, len(asked), self._batch), desc="answers", unit="batch", leave=False):
            some = slice(start, start + self._batch)
            inputs = self._inputs(asked[some], images[some]).to(self._device)
            written = self.model.generate(**inputs, do_sample=False, num_beams=1, max_new_tokens=self._max_new)
            texts = self._processor.batch_decode(written[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
            found += [" ".join(text.split()) for text in texts]
        return found

    def _inputs(self, asked: Sequence[str], images: Sequence[Image.Image]) -> Any:
        """Chats where the folder has a template for them; the image's token before the instruction otherwise."""
        if self._processor.chat_template is None:
            texts = [f"{self._processor.image_token}{text}" for text in asked]
            return self._processor(text=texts, images=[[i] for i in images], return_tensors="pt", padding=True)
        chats = [
            [{"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": text}]}]
            for text, image in zip(asked, images, strict=True)
        ]
        return self._processor.apply_chat_template(
            chats, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt",
            processor_kwargs={"padding": True},
        )  # fmt: skip
