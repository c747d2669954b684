"""What some tests need of the machine: PostgreSQL, Chromium, Pango and hledger; what is missing is said by name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import pytest

from ledger.cli import libraries

MARKERS: Final = {"postgresql": "PostgreSQL", "browser": "Chromium", "pdf": "Pango", "hledger": "hledger"}
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
    if shutil.which("hledger") is None:
        lacking["hledger"] = "no hledger on PATH"
    return lacking


@cache
def absent_libraries() -> tuple[str, ...]:
    """Name what WeasyPrint will not find."""
    return libraries.absent()


def unmet(skipped: Iterable[pytest.TestReport]) -> Iterator[str]:
    """Say what is missing, a line for each need, with the tests that were skipped for want of it."""
    names = [(str(report.longrepr), report.nodeid) for report in skipped]
    for marker, reason in missing().items():
        need = MARKERS[marker]
        tests = sorted({name.partition("[")[0] for why, name in names if f"Skipped: {need}:" in why})
        yield f"Could not run without {need} ({reason}): {', '.join(tests) or 'no test asked for it'}"
