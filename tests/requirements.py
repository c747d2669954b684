"""What some tests need of the machine: PostgreSQL, Chromium and Pango; what is missing is said by name."""

from __future__ import annotations

import ctypes
import os
import shutil
from functools import cache
from typing import Final

MARKERS: Final = {"postgresql": "PostgreSQL", "browser": "Chromium", "pdf": "Pango"}
"""Which marker stands for which need."""

MISSING_POSTGRESQL: Final = "TEST_POSTGRESQL_MISSING"
"""The variable that tells the processes of a run why there is no server."""

CHROMIUM: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

LIBRARIES: Final = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")


@cache
def chromium() -> str | None:
    """Give the path of the browser that drives the pages, if there is one."""
    return next((path for path in map(shutil.which, CHROMIUM) if path), None)


def missing() -> dict[str, str]:
    """Say what this machine lacks, by marker, with the reason."""
    lacking = {}
    if reason := os.environ.get(MISSING_POSTGRESQL):
        lacking["postgresql"] = reason
    if chromium() is None:
        lacking["browser"] = "no chromium on PATH"
    if absent := absent_libraries():
        lacking["pdf"] = f"no library {', '.join(absent)}"
    return lacking


@cache
def absent_libraries() -> tuple[str, ...]:
    """Name the libraries of WeasyPrint that the system does not load."""
    return tuple(name for name in LIBRARIES if not _loads(name))


def _loads(library: str) -> bool:
    """Try the names by which WeasyPrint will ask the system for a library."""
    names = (f"lib{library}.so.0", f"lib{library}.so.1", f"lib{library}.dylib", f"lib{library}.0.dylib")
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
