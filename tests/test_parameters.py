"""Rates, ceilings and fees hold from their day on; a day before the first has none."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from ledger import parameters
from ledger.errors import Invalid, NotFound
from ledger.money import Money

TWO_FEES = """
[[payment_fee]]
method = "card"
since = 2026-01-01
rate = "0.02"
fixed_minor = 30
currency = "EUR"
source = "new"

[[payment_fee]]
method = "card"
since = 2024-01-01
rate = "0.015"
fixed_minor = 25
currency = "EUR"
source = "old"

[[gift_limits]]
since = 2024-01-01
currency = "EUR"
minimum_minor = 100
maximum_minor = 1000
suggestions_minor = [200]
tips_minor = []
source = "our own"
"""


@pytest.fixture
def two_fees(tmp_path: Path) -> Path:
    path = tmp_path / "parameters.toml"
    path.write_text(TWO_FEES, encoding="utf-8")
    return path


def test_a_value_holds_from_its_day_until_the_next(two_fees: Path) -> None:
    loaded = parameters.load(two_fees)
    assert loaded.payment_fee("card", date(2024, 1, 1)).source == "old"
    assert loaded.payment_fee("card", date(2025, 12, 31)).source == "old"
    assert loaded.payment_fee("card", date(2026, 1, 1)).source == "new"
    assert loaded.payment_fee("card", date(2126, 1, 1)).rate == Fraction(1, 50)


def test_what_is_not_known_is_an_error_never_a_guess(two_fees: Path) -> None:
    loaded = parameters.load(two_fees)
    with pytest.raises(NotFound) as before:
        loaded.payment_fee("card", date(2023, 12, 31))
    assert before.value.values == {"name": "payment_fee.card", "day": date(2023, 12, 31)}
    with pytest.raises(NotFound):
        loaded.payment_fee("pigeon", date(2026, 1, 1))
    with pytest.raises(NotFound):
        loaded.gift_limits(date(2023, 12, 31))


def test_a_rate_that_is_a_binary_fraction_is_refused(two_fees: Path) -> None:
    two_fees.write_text(TWO_FEES.replace('"0.015"', "0.015"), encoding="utf-8")
    with pytest.raises(Invalid, match="parameter_not_exact"):
        parameters.load(two_fees)


def test_an_estimate_of_the_fee_is_rounded_half_up() -> None:
    fee = parameters.load().payment_fee("card", date(2026, 3, 3))
    assert fee.on(Money(5500)) == Money(108)
    assert fee.on(Money(0)) == fee.fixed == Money(25)


def test_suggestions_lie_within_the_bounds_and_rise() -> None:
    for limits in parameters.load().limits:
        assert limits.minimum <= min(limits.suggestions)
        assert max(limits.suggestions) <= limits.maximum
        assert list(limits.suggestions) == sorted(set(limits.suggestions))
        assert list(limits.tips) == sorted(set(limits.tips))


def test_every_value_of_today_is_known_and_names_its_source() -> None:
    loaded = parameters.load()
    today = date(2026, 3, 3)
    assert loaded.payment_fee("card", today).source
    assert loaded.gift_limits(today + timedelta(days=3650)).minimum == Money(100)
