"""Time: instants are aware UTC datetimes read at the edge and passed in; accounting days are Paris days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
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


def next_span(every: timedelta, instant: datetime) -> datetime:
    """Give the first start after an instant of spans of one length, which are counted from 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + ((instant - epoch) // every + 1) * every


def next_in_paris(at: time, instant: datetime) -> datetime:
    """Give the first instant after another at which the clocks of Paris show a time.

    It is one a day: of a time that comes twice when summer ends, the first; of one that is left out when summer
    begins, the instant an hour after it would have been.
    """
    today = day_in_paris(instant)
    days = (datetime.combine(today + timedelta(days=n), at, PARIS).astimezone(UTC) for n in range(2))
    return next(each for each in days if each > instant)
