"""Legal rates, ceilings and fees: dated data read from config/parameters.toml, each value with its source.

A value holds from its day until the next one of the same name; asking for a day before the first is an error,
never a guess.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from ledger.errors import Invalid, NotFound
from ledger.money import Money

FILE: Final = Path(__file__).resolve().parent.parent / "config" / "parameters.toml"


@dataclass(frozen=True, slots=True)
class PaymentFee:
    """What a provider keeps of one payment: a share of it and a fixed part."""

    since: date
    rate: Fraction
    fixed: Money
    source: str

    def on(self, amount: Money) -> Money:
        """Estimate the fee on an amount, rounded half up as the provider does. What is booked is its own figure."""
        return amount.times(self.rate) + self.fixed


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one gift by card, and what its form suggests."""

    since: date
    minimum: Money
    maximum: Money
    suggestions: tuple[Money, ...]
    tips: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Parameters:
    """All dated values, oldest first."""

    payment_fees: dict[str, tuple[PaymentFee, ...]]
    limits: tuple[Limits, ...]

    def payment_fee(self, method: str, day: date) -> PaymentFee:
        """Give the fee of a method of payment on a day.

        Raises:
            NotFound: no fee is known for that day.
        """
        return _on_day(self.payment_fees.get(method, ()), day, f"payment_fee.{method}")

    def gift_limits(self, day: date) -> Limits:
        """Give the bounds of one gift on a day.

        Raises:
            NotFound: none are known for that day.
        """
        return _on_day(self.limits, day, "gift_limits")


Dated = TypeVar("Dated", PaymentFee, Limits)


def _on_day(values: tuple[Dated, ...], day: date, name: str) -> Dated:
    holding = [value for value in values if value.since <= day]
    if not holding:
        raise NotFound("parameter_unknown", name=name, day=day)
    return holding[-1]


def _refuse_float(text: str) -> float:
    raise Invalid("parameter_not_exact", text=text)


@cache
def load(path: Path = FILE) -> Parameters:
    """Read the file, once for each process.

    Raises:
        Invalid: a rate is not written as text, and so would not be exact.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=_refuse_float)
    fees: dict[str, tuple[PaymentFee, ...]] = {}
    for item in sorted(data["payment_fee"], key=lambda item: item["since"]):
        fixed = Money(item["fixed_minor"], item["currency"])
        fee = PaymentFee(item["since"], Fraction(item["rate"]), fixed, item["source"])
        fees[item["method"]] = (*fees.get(item["method"], ()), fee)
    limits = tuple(
        Limits(
            since=item["since"],
            minimum=Money(item["minimum_minor"], item["currency"]),
            maximum=Money(item["maximum_minor"], item["currency"]),
            suggestions=tuple(Money(minor, item["currency"]) for minor in item["suggestions_minor"]),
            tips=tuple(Money(minor, item["currency"]) for minor in item["tips_minor"]),
        )
        for item in sorted(data["gift_limits"], key=lambda item: item["since"])
    )
    return Parameters(payment_fees=fees, limits=limits)
