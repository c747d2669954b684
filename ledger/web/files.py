"""Files as answers: shown in the browser or saved, under a name that every system can read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final, cast
from urllib.parse import quote

from flask import Response

IN_MEMORY: Final = 1 << 20
"""Bytes of a file that are kept in memory; a longer one goes to the disk while it is made."""

BLOCK: Final = 1 << 16


def inline(content: bytes, *, media_type: str, name: str) -> Response:
    """Answer a file that the browser may show."""
    return _file(content, media_type=media_type, disposition="inline", name=name)


def download(content: bytes | Iterable[bytes], *, media_type: str, name: str) -> Response:
    """Answer a file to save; parts are sent as they are made."""
    return _file(content, media_type=media_type, disposition="attachment", name=name)


def spooled(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Make a file of parts at once and give it back piece by piece; see `written`."""
    return written(lambda file: file.writelines(parts))


def written(write: Callable[[BinaryIO], None]) -> Iterator[bytes]:
    """Have a file written at once, however long, and give it back piece by piece.

    So the database's snapshot is left before the first byte goes to a reader who may be slow.
    """
    pieces = _written(write)
    next(pieces)
    return pieces


def _written(write: Callable[[BinaryIO], None]) -> Iterator[bytes]:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        write(cast("BinaryIO", file))
        file.seek(0)
        yield b""  # here the caller has what it wants to send, and goes on
        while piece := file.read(BLOCK):
            yield piece


def _file(content: bytes | Iterable[bytes], *, media_type: str, disposition: str, name: str) -> Response:
    plain = name.encode("ascii", "replace").decode().replace('"', "'")
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
