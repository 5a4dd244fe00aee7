"""A server with OpenAI's chat completions on this machine, which is busy or tells nonsense on request."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from crosstalk.config.multimodal import Endpoint


class Server(ThreadingHTTPServer):
    """Answers with the instruction's last word and the image's colour; ``errors``: what the coming replies are."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.errors: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.reply: bytes | None = None

    def endpoint(self, **others: Any) -> Endpoint:
        url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        return Endpoint(**{"url": url, "model": "tiny", "key": "", "retries": 2, "parallel": 1} | others)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.append(self.headers.get("Authorization"))
        if self.server.errors:
            self.send_error(self.server.errors.pop(0))
            return
        self.server.asked.append(body)
        words, picture = body["messages"][0]["content"]
        image = Image.open(io.BytesIO(base64.b64decode(picture["image_url"]["url"].split(",")[1])))
        red, _, blue = image.convert("RGB").getpixel((0, 0))
        colour = "red" if red > blue + 100 else "blue" if blue > red + 100 else "grey"
        content = f" {words['text'].split()[-1]}\n{colour} "
        reply = {
            "model": "tiny-1", "choices": [{"message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10},
        }  # fmt: skip
        whole = json.dumps(reply).encode() if self.server.reply is None else self.server.reply
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    """A server that runs meanwhile."""
    found = Server()
    threading.Thread(target=found.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        found.shutdown()
        found.server_close()
