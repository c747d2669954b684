"""Files as answers: shown in the browser or saved, under a name that every system can read."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from flask import Response


def inline(content: bytes, *, media_type: str, name: str) -> Response:
    """Answer a file that the browser may show."""
    return _file(content, media_type=media_type, disposition="inline", name=name)


def download(content: bytes | Iterable[bytes], *, media_type: str, name: str) -> Response:
    """Answer a file to save; parts are sent as they are made."""
    return _file(content, media_type=media_type, disposition="attachment", name=name)


def _file(content: bytes | Iterable[bytes], *, media_type: str, disposition: str, name: str) -> Response:
    plain = name.encode("ascii", "replace").decode().replace('"', "'")
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
