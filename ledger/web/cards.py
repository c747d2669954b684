"""A project with its totals, as every list of projects shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.contributions.queries import Totals
from ledger.projects.queries import ProjectRow


@dataclass(frozen=True, slots=True)
class Card:
    """A project, what it has, and how long it goes on."""

    project: ProjectRow
    totals: Totals
    days_left: int


def cards_of(rows: Iterable[ProjectRow], totals: Mapping[int, Totals], now: datetime) -> tuple[Card, ...]:
    """Put projects together with their totals."""
    return tuple(Card(row, totals[row.id], row.days_left(now)) for row in rows)
