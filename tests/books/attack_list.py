"""All attacks, of the three modules that declare them."""

from __future__ import annotations

from tests.books import attacks_by_entries, attacks_on_seals, attacks_on_the_written
from tests.books.attacks import ATTACKS, Attack

SOURCES = (attacks_by_entries, attacks_on_the_written, attacks_on_seals)


def attacks_on(engine: str) -> list[Attack]:
    """The attacks that have a meaning on an engine."""
    return [tried for tried in ATTACKS if tried.engine in {"", engine}]
