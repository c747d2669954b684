"""Instants are aware and UTC; accounting days are Paris days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

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


@pytest.mark.parametrize(
    ("at", "nights"),
    [
        (time(3, 30), ["28T02:30", "29T01:30", "30T01:30"]),
        (time(2, 30), ["28T01:30", "29T01:30", "30T00:30"]),
    ],
)
def test_when_summer_begins_a_time_in_paris_comes_once_a_night(at: time, nights: list[str]) -> None:
    assert _three_nights(at, datetime(2026, 3, 27, 12, tzinfo=UTC)) == [f"2026-03-{night}" for night in nights]


@pytest.mark.parametrize(
    ("at", "nights"),
    [
        (time(3, 30), ["24T01:30", "25T02:30", "26T02:30"]),
        (time(2, 30), ["24T00:30", "25T00:30", "26T01:30"]),
    ],
)
def test_when_summer_ends_a_time_in_paris_comes_once_a_night(at: time, nights: list[str]) -> None:
    assert _three_nights(at, datetime(2026, 10, 23, 12, tzinfo=UTC)) == [f"2026-10-{night}" for night in nights]


def _three_nights(at: time, instant: datetime) -> list[str]:
    """Give three times in a row, each asked for at the one before, at which it is past."""
    found = []
    for _ in range(3):
        instant = clock.next_in_paris(at, instant)
        assert clock.next_in_paris(at, instant - timedelta.resolution) == instant
        found.append(instant.strftime("%Y-%m-%dT%H:%M"))
    return found


def test_spans_are_counted_from_1970_and_the_next_one_is_later() -> None:
    quarter = timedelta(minutes=15)
    assert clock.next_span(quarter, datetime(2026, 3, 3, 13, 5, tzinfo=UTC)) == datetime(2026, 3, 3, 13, 15, tzinfo=UTC)
    assert clock.next_span(quarter, datetime(2026, 3, 3, 13, 15, tzinfo=UTC)) == datetime(
        2026, 3, 3, 13, 30, tzinfo=UTC
    )
