"""What Stripe takes, from the dated table in `fees.json`: basis points rounded half up, then a fixed part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("fees.json")


@dataclass(frozen=True, slots=True)
class Settled:
    """What a charge brings, in minor units of the account's own currency."""

    amount: int
    currency: str
    fee: int
    rate: str | None


@cache
def table() -> dict[str, Any]:
    """Read the table."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def half_up(value: Fraction) -> int:
    """Round a positive amount to the minor unit, halves upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def region(country: str) -> str:
    """Tell the fee region of a card's country."""
    regions = table()["regions"]
    return next((name for name, countries in regions.items() if country in countries), "international")


def minimum(currency: str) -> int | None:
    """Give the smallest charge in a currency, or nothing for a currency that is not simulated."""
    found = table()["minimum"].get(currency)
    return None if found is None else int(found)


def settle(amount: int, currency: str, *, country: str, at: int) -> Settled:
    """Convert a card charge to the account's currency and take the fee in force at the instant `at`."""
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    terms = next(row for row in table()["card"] if row["since"] <= day)[region(country)]
    own = table()["settlement_currency"]
    rate, points = None, terms["basis_points"]
    if currency != own:
        rate = table()["exchange"]["rates"][currency]
        amount = half_up(amount * Fraction(rate))
        points += table()["exchange"]["basis_points"]
    return Settled(amount, own, half_up(Fraction(amount * points, 10_000)) + terms["fixed"], rate)
