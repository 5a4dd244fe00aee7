"""Fetch a file and check it; a cut connection is taken up where it broke, in this run or the next."""

from __future__ import annotations

import os
import time
from pathlib import Path

import requests
from tqdm import tqdm

from crosstalk.artefacts import file_hash
from crosstalk.config.data import Download
from crosstalk.errors import CrosstalkError

CHUNK = 1 << 16
TIMEOUT = (10, 60)
"""Seconds to connect, and to wait for the next bytes."""


def fetch(download: Download, path: Path, attempts: int = 5, wait: float = 2.0) -> None:
    """Fetch ``download.url`` to ``path``, unless it lies there with the right SHA-256.

    What has arrived stays in ``{path}.part`` when the connection breaks and is continued from there (HTTP Range); after
    ``attempts`` breaks in a row without a byte gained, ``wait``, 2 ``wait``, ... seconds apart, it is given up.
    Raises CrosstalkError in one line; a file with the wrong checksum is removed.
    """
    path = Path(path)
    if path.is_file():
        _check(path, download, path)
        return
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _receive_all(download, path, part, attempts, wait)
        _check(part, download, path)
        part.replace(path)
    except OSError as error:
        raise CrosstalkError(f"{path}: could not be written ({error.strerror or error})") from error


def _receive_all(download: Download, path: Path, part: Path, attempts: int, wait: float) -> None:
    failures = 0
    while True:
        before = _size(part)
        try:
            _receive(download, path, part)
            return
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            failures = 0 if _size(part) > before else failures + 1
            if failures >= attempts:
                reason = f"no connection after {attempts} attempts ({_innermost(error)})"
                raise _refusal(download, path, reason) from error
            time.sleep(wait * 2 ** max(failures - 1, 0))
        except requests.RequestException as error:
            raise _refusal(download, path, str(error)) from error


def _receive(download: Download, path: Path, part: Path) -> None:
    """One request for what is missing, appended to ``part``; ConnectionError when it may help to ask again."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(download.url, headers=headers, stream=True, timeout=TIMEOUT) as reply:
        status = reply.status_code
        if status == requests.codes.requested_range_not_satisfiable and have:
            return
        if status == requests.codes.too_many_requests or status >= 500:
            raise requests.ConnectionError(f"the server answers {status} {reply.reason}")
        if not reply.ok:
            raise _refusal(download, path, f"the server answers {status} {reply.reason}")
        continued = status == requests.codes.partial_content
        start = have if continued else 0
        length = reply.headers.get("Content-Length")
        total = start + int(length) if length else None
        with (
            part.open("ab" if continued else "wb") as file,
            tqdm(total=total, initial=start, unit="B", unit_scale=True, desc=path.name, disable=None) as progress,
        ):
            for chunk in reply.iter_content(CHUNK):
                file.write(chunk)
                progress.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())


def _check(file: Path, download: Download, path: Path) -> None:
    found = file_hash(file)
    if found != download.sha256:
        file.unlink()
        raise CrosstalkError(
            f"{path}: SHA-256 of {download.url} is {found}, expected {download.sha256}; it was removed, so fetch it "
            "again or, if the new file is wanted, change sha256"
        )


def _refusal(download: Download, path: Path, reason: str) -> CrosstalkError:
    return CrosstalkError(f"{download.url}: {reason}; fetch the file by hand from there and put it at {path}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _innermost(error: BaseException) -> str:
    """The cause at the bottom of a chain of wrapped errors, in one line."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return _innermost(reason)
    return str(error).splitlines()[0] if str(error) else type(error).__name__
