"""Captions translated by a model behind an OpenAI-compatible address: retries, a ceiling of costs, answers kept."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import requests
from PIL import Image
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.util import Retry

from crosstalk.config.multimodal import Endpoint
from crosstalk.errors import CrosstalkError
from crosstalk.multimodal.answers import Answer, Answers

_AGAIN = (408, 409, 425, 429, 500, 502, 503, 504)
"""Answers of a server that is busy or fails for a while."""
_SHOWN = 200
"""Characters of a server's complaint that are shown."""


class Client:
    """Asks a model, several questions at once."""

    def __init__(self, endpoint: Endpoint, answers: Answers) -> None:
        """Raises CrosstalkError when the environment lacks the key."""
        self._endpoint, self._answers = endpoint, answers
        self._session = requests.Session()
        retry = Retry(
            endpoint.retries, status_forcelist=_AGAIN, allowed_methods=None, backoff_factor=0.5, raise_on_status=False
        )
        adapter = HTTPAdapter(max_retries=retry, pool_maxsize=endpoint.parallel)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)
        if endpoint.key:
            key = os.environ.get(endpoint.key)
            if not key:
                raise CrosstalkError(
                    f"environment variable {endpoint.key} is not set; expected the key for {endpoint.url} "
                    "(key: '' in its settings for a server that wants none)"
                )
            self._session.headers["Authorization"] = f"Bearer {key}"
        self._lock, self._asked = Lock(), 0

    def ask(self, instructions: Sequence[str], images: Sequence[Image.Image]) -> list[str]:
        """What the model writes to each instruction and image.

        Raises CrosstalkError when it is not reached, refuses, or would cost more than the ceiling; what has been
        answered by then is kept.
        """
        pool = ThreadPoolExecutor(self._endpoint.parallel)
        try:
            waiting = [pool.submit(self._one, *both) for both in zip(instructions, images, strict=True)]
            return [one.result() for one in tqdm(waiting, desc=self._endpoint.model, unit="answer", leave=False)]
        finally:
            pool.shutdown(cancel_futures=True)

    def _one(self, instruction: str, image: Image.Image) -> str:
        body = self._body(instruction, image)
        key = hashlib.blake2b(json.dumps([self._endpoint.url, body]).encode(), digest_size=16).hexdigest()
        with self._lock:
            known = self._answers.get(key)
            if known is not None:
                return known.text
            self._afford()
            self._asked += 1
        try:
            reply = self._post(body)
            answer = self._answer(reply)
        finally:
            with self._lock:
                self._asked -= 1
        with self._lock:
            self._answers.keep(key, answer, {"model": reply.get("model"), "usage": reply.get("usage")})
        return answer.text

    def _afford(self) -> None:
        """One more question, besides those that are being answered, each as dear as the dearest so far."""
        spent, next_one = self._answers.spent, self._answers.dearest
        if spent + (self._asked + 1) * next_one > self._endpoint.ceiling:
            raise CrosstalkError(
                f"{self._endpoint.url}: {self._endpoint.model} has cost {spent:.4f}, and the next answer could pass "
                f"the ceiling of {self._endpoint.ceiling:g}; raise endpoint.ceiling or lower test_sentences "
                "(answers so far are kept)"
            )

    def _body(self, instruction: str, image: Image.Image) -> dict[str, Any]:
        file = io.BytesIO()
        image.save(file, "PNG")
        url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
        content = [{"type": "text", "text": instruction}, {"type": "image_url", "image_url": {"url": url}}]
        return {
            "model": self._endpoint.model,
            "messages": [{"role": "user", "content": content}],
            **self._endpoint.options,
        }

    def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        url = f"{self._endpoint.url.rstrip('/')}/chat/completions"
        try:
            reply = self._session.post(url, json=body, timeout=self._endpoint.timeout)
        except requests.RequestException as error:
            raise CrosstalkError(
                f"{url}: no answer after {self._endpoint.retries} retries ({_innermost(error)})"
            ) from error
        if not reply.ok:
            said = " ".join(reply.text.split())[:_SHOWN]
            raise CrosstalkError(f"{url}: answers {reply.status_code} {reply.reason} ({said})")
        try:
            found = reply.json()
        except requests.JSONDecodeError as error:
            raise CrosstalkError(f"{url}: its answer is not JSON; expected an OpenAI-compatible server") from error
        return found if isinstance(found, dict) else {}

    def _answer(self, reply: Mapping[str, Any]) -> Answer:
        endpoint = self._endpoint
        try:
            text = " ".join(str(reply["choices"][0]["message"]["content"] or "").split())
            usage = reply.get("usage") or {}
            prices = (("prompt_tokens", endpoint.input_price), ("completion_tokens", endpoint.output_price))
            cost = sum((usage[name] * price for name, price in prices if price), 0.0) / 1e6
        except (LookupError, TypeError) as error:
            raise CrosstalkError(
                f"{endpoint.url}: an answer without {error}; expected choices and usage as chat completions have"
            ) from error
        return Answer(text, cost)


def _innermost(error: BaseException) -> str:
    """The first cause in a word or two."""
    reason = getattr(error.args[0] if error.args else error, "reason", error)
    return " ".join(str(reason).split())[:_SHOWN]
