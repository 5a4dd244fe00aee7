"""Downloaded archives, unpacked for as long as they are read."""

from __future__ import annotations

import gzip
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

    Raises CrosstalkError when it is damaged, or a member would land outside the folder, is a device or points outside.
    """
    try:
        if archive.name.endswith(".zip"):
            _extract_zip(archive, folder)
        else:
            with tarfile.open(archive, "r:" if archive.name.endswith(".tar") else "r:gz") as tar:
                tar.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise CrosstalkError(f"{archive}: refused, {error}; expected members inside the archive's folder") from error
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CrosstalkError(f"{archive}: not a whole archive ({error}); fetch it again") from error
    except FileNotFoundError as error:
        raise CrosstalkError(f"{archive}: no such file; expected an archive to unpack") from error
    except OSError as error:
        raise CrosstalkError(f"{archive}: could not be unpacked in {folder} ({error.strerror or error})") from error


def _extract_zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            if not (folder / name).resolve().is_relative_to(folder.resolve()):
                raise CrosstalkError(
                    f"{archive}: refused, {name!r} would land outside; expected members inside the archive's folder"
                )
        members.extractall(folder)
