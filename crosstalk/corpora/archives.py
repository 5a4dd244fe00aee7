"""Downloaded archives, unpacked for as long as they are read."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crosstalk.config.data import Source
from crosstalk.errors import CrosstalkError

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")


@contextmanager
def unpacked(source: Source, root: Path) -> Iterator[Path]:
    """The folder that the source's path is relative to: ``root``, or a passing one with what its archives hold.

    All archives of a source are unpacked into one folder, which its plain downloads are linked into.
    Raises what ``extract`` raises.
    """
    if not any(name.endswith(ARCHIVES) for name in source.download):
        yield root
        return
    with tempfile.TemporaryDirectory(prefix=f".{source.name}.", dir=root) as name:
        folder = Path(name)
        archives = [file for file in source.download if file.endswith(ARCHIVES)]
        for file in archives:
            extract(root / file, folder)
        for file in source.download.keys() - archives:  # linked last, so that no archive writes through a link
            (folder / file).symlink_to((root / file).resolve())
        yield folder


def extract(archive: Path, folder: Path) -> None:
    """Unpack a .tar, .tar.gz, .tgz or .zip into an existing folder.

    Raises CrosstalkError when it is damaged, or a member would land outside the folder, or is a link or a device.
    """
    try:
        if archive.name.endswith(".zip"):
            _extract_zip(archive, folder)
        else:
            with tarfile.open(archive, "r:" if archive.name.endswith(".tar") else "r:gz") as tar:
                for member in tar:
                    _extract_member(tar, member, archive, folder)
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CrosstalkError(f"{archive}: not a whole archive ({error}); fetch it again") from error
    except FileNotFoundError as error:
        raise CrosstalkError(f"{archive}: no such file; expected an archive to unpack") from error
    except OSError as error:
        raise CrosstalkError(f"{archive}: could not be unpacked in {folder} ({error.strerror or error})") from error


def _extract_member(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path, folder: Path) -> None:
    """By hand, because the safe filters of tarfile came only with Python 3.11.4; no link is ever made."""
    place = _inside(archive, folder, member.name)
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    content = tar.extractfile(member) if member.isfile() else None
    if content is None:
        raise CrosstalkError(f"{archive}: refused, {member.name!r} is a link or a device; expected files and folders")
    place.parent.mkdir(parents=True, exist_ok=True)
    with content, place.open("wb") as file:
        shutil.copyfileobj(content, file)


def _extract_zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            _inside(archive, folder, name)
        members.extractall(folder)


def _inside(archive: Path, folder: Path, name: str) -> Path:
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise CrosstalkError(
            f"{archive}: refused, {name!r} would land outside; expected members inside the archive's folder"
        )
    return place
