"""The settings of a command, read from where it is run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ledger import config
from ledger.db import Database


def read() -> config.Settings:
    """Read the settings from config/*.toml and the variables.

    Raises:
        Invalid: they cannot be used; see `config.load`.
    """
    return config.load(os.environ)


@contextmanager
def opened(settings: config.Settings | None = None) -> Iterator[Database]:
    """Open the database of the settings until the block ends."""
    chosen = (settings or read()).database
    database = Database(chosen.url, prepared=chosen.prepared)
    try:
        yield database
    finally:
        database.dispose()
