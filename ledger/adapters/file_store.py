"""Documents in a directory: a file is there whole, or not at all, even if the machine stops while writing."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.errors import Invalid, NotFound, Unavailable
from ledger.ports import FileStore

KEY: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
"""No part begins with a dot: neither `..`, nor the files that are still being written."""

PREFIX: Final = re.compile(r"|[A-Za-z0-9_-][A-Za-z0-9_./-]*")
LONGEST: Final = 200

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Disk full, quota used up, file larger than the process may write."""


class DirectoryFileStore(FileStore):
    """Files below one directory, which is made when it is missing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, key: str, content: bytes) -> None:
        """Keep a file; see `FileStore`."""
        write_whole(self._path(key), content)

    def get(self, key: str) -> bytes:
        """Read a file; see `FileStore`."""
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound("no_such_file", key=key) from error
        except OSError as error:
            raise unavailable(error) from error

    def keys(self, prefix: str) -> Iterable[str]:
        """List keys; see `FileStore`."""
        if not PREFIX.fullmatch(prefix):
            raise Invalid("bad_key", key=prefix)
        files = (path for path in self._directory.rglob("*") if path.is_file())
        keys = (path.relative_to(self._directory).as_posix() for path in files)
        return sorted(key for key in keys if key.startswith(prefix) and KEY.fullmatch(key))

    def _path(self, key: str) -> Path:
        return self._directory / checked_key(key)


def checked_key(key: str) -> str:
    """Give back a key that names a file below the directory and nothing else.

    Raises:
        Invalid: it could name anything else.
    """
    if len(key) > LONGEST or not KEY.fullmatch(key):
        raise Invalid("bad_key", key=key)
    return key


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, make sure that it is on the disk, and only then put it there.

    Raises:
        Unavailable: there is no room, or the place cannot be written.
        Invalid: a directory stands in its place, or a file where a directory should be.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _write_beside(path, content)
        try:
            written.replace(path)
            _sync_directory(path.parent)
        except OSError:
            written.unlink(missing_ok=True)
            raise
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise Invalid("bad_key", key=path.name) from error
    except OSError as error:
        raise unavailable(error) from error


def _write_beside(path: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        written.unlink(missing_ok=True)
        raise
    return written


def _sync_directory(directory: Path) -> None:
    """Make the new name itself safe. Not every system can; the content is safe by now."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unavailable(error: OSError) -> Unavailable:
    """Say whether there is no room, or something else is wrong with the disk."""
    code = "no_room" if error.errno in NO_ROOM else "store_unreachable"
    return Unavailable(code, error=errno.errorcode.get(error.errno or 0, ""))
