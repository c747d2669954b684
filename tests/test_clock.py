"""Instants are aware and UTC; accounting days are Paris days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger import clock


def test_the_machine_s_clock_gives_an_aware_utc_instant() -> None:
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC), date(2026, 3, 3)),
        (datetime(2026, 3, 3, 23, 0, tzinfo=UTC), date(2026, 3, 4)),
        (datetime(2026, 7, 3, 21, 59, 59, tzinfo=UTC), date(2026, 7, 3)),
        (datetime(2026, 7, 3, 22, 0, tzinfo=UTC), date(2026, 7, 4)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_paris_in_winter_and_in_summer(instant: datetime, day: date) -> None:
    assert clock.day_in_paris(instant) == day
    assert clock.day_in_paris(instant.astimezone(clock.PARIS)) == day


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.day_in_paris(datetime(2026, 3, 3))  # noqa: DTZ001 - what is refused
