"""Time: instants are aware UTC datetimes read at the edge and passed in; accounting days are Paris days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
"""The zone whose calendar gives a fact its accounting day."""


def now() -> datetime:
    """Read the machine's clock: an aware UTC instant. Called at the edges only."""
    return datetime.now(UTC)


def day_in_paris(instant: datetime) -> date:
    """Give the accounting day of an instant.

    Raises:
        ValueError: the instant is naive.
    """
    if instant.tzinfo is None:
        message = "an instant needs its time zone"
        raise ValueError(message)
    return instant.astimezone(PARIS).date()
