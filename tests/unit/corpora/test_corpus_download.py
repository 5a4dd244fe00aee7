"""Downloads from a real server on this machine that breaks connections on request."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crosstalk.config.data import Download
from crosstalk.corpora.download import CHUNK, fetch
from crosstalk.errors import CrosstalkError

BODY = bytes(range(256)) * 2048


class Server(ThreadingHTTPServer):
    """Serves BODY; ``cuts``: after how many bytes each coming reply breaks; ``asked``: the Range of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cuts: list[int] = []
        self.asked: list[str | None] = []
        self.sent = 0
        self.ranges = True
        self.errors: list[int] = []

    def download(self, path: str = "file", body: bytes = BODY) -> Download:
        url = f"http://127.0.0.1:{self.server_address[1]}/{path}"
        return Download(url=url, sha256=hashlib.sha256(body).hexdigest())


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.path != "/file":
            self.send_error(404)
            return
        if self.server.errors:
            self.send_error(self.server.errors.pop(0))
            return
        start = int(re.findall(r"\d+", asked)[0]) if asked and self.server.ranges else 0
        if start >= len(BODY):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        stop = start + self.server.cuts.pop(0) if self.server.cuts else len(BODY)
        self.wfile.write(BODY[start:stop])
        self.server.sent += len(BODY[start:stop])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    fetch(server.download(), path)
    fetch(server.download(), path)
    assert path.read_bytes() == BODY
    assert names(path.parent) == ["file"]
    assert server.asked == [None]


def test_a_cut_connection_is_taken_up_where_it_broke(server: Server, tmp_path: Path) -> None:
    server.cuts = [3 * CHUNK + 100, 2 * CHUNK + 100]
    fetch(server.download(), tmp_path / "file", wait=0.0)
    assert (tmp_path / "file").read_bytes() == BODY
    starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in server.asked[1:] if asked]
    assert len(starts) == 2
    assert 3 * CHUNK <= starts[0] <= 3 * CHUNK + 100
    assert 2 * CHUNK <= starts[1] - starts[0] <= 2 * CHUNK + 100
    assert server.sent <= len(BODY) + 200


def test_a_later_run_continues_what_an_earlier_one_left(server: Server, tmp_path: Path) -> None:
    server.cuts = [4 * CHUNK, 0, 0]
    with pytest.raises(CrosstalkError, match="no connection after 2 attempts"):
        fetch(server.download(), tmp_path / "file", attempts=2, wait=0.0)
    assert names(tmp_path) == ["file.part"]
    fetch(server.download(), tmp_path / "file", wait=0.0)
    assert (tmp_path / "file").read_bytes() == BODY
    assert server.asked[-1] == f"bytes={4 * CHUNK}-"
    assert server.sent == len(BODY)


def test_a_server_without_ranges_sends_all_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    server.cuts = [2 * CHUNK]
    fetch(server.download(), tmp_path / "file", wait=0.0)
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_part_that_is_whole_already_is_only_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(BODY)
    fetch(server.download(), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert server.sent == 0


@pytest.mark.parametrize("left", [None, b"something else"])
def test_a_wrong_checksum_is_refused_and_removed(server: Server, tmp_path: Path, left: bytes | None) -> None:
    if left is not None:
        (tmp_path / "file").write_bytes(left)
    found = hashlib.sha256(BODY if left is None else left).hexdigest()
    with pytest.raises(CrosstalkError, match=rf"SHA-256 of .* is {found}, expected .*removed") as caught:
        fetch(server.download(body=b"expected"), tmp_path / "file")
    assert names(tmp_path) == []
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    with pytest.raises(
        CrosstalkError, match=r"/gone: the server answers 404 Not Found; fetch the file by hand .*/file$"
    ):
        fetch(server.download("gone"), tmp_path / "file", wait=0.0)
    assert len(server.asked) == 1
    assert names(tmp_path) == []


def test_a_server_in_trouble_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.errors = [503, 429]
    fetch(server.download(), tmp_path / "file", wait=0.0)
    assert (tmp_path / "file").read_bytes() == BODY
    server.errors = [500] * 9
    with pytest.raises(CrosstalkError, match=r"after 3 attempts \(the server answers 500"):
        fetch(server.download(), tmp_path / "other", attempts=3, wait=0.0)
    assert len(server.errors) == 6


def test_no_network_says_what_to_do_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/file"
        with pytest.raises(CrosstalkError, match=r"Connection refused.*fetch the file by hand from there") as caught:
            fetch(Download(url=url, sha256="0" * 64), tmp_path / "file", attempts=2, wait=0.0)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(url)
    assert names(tmp_path) == []
