"""The system's libraries that make PDFs: which of them this machine cannot load."""

from __future__ import annotations

import ctypes
from typing import Final

import click

NAMES: Final = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")


def absent() -> tuple[str, ...]:
    """Name the libraries that WeasyPrint will ask for in vain; it does without harfbuzz-subset, but slowly."""
    return tuple(name for name in NAMES if not _loads(name))


def _loads(name: str) -> bool:
    for file in (f"lib{name}.so.0", f"lib{name}.so.1", f"lib{name}.dylib", f"lib{name}.0.dylib"):
        try:
            ctypes.CDLL(file)
        except OSError:
            continue
        return True
    return False


if __name__ == "__main__":
    click.echo(" ".join(absent()))
