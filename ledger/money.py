"""Money: whole minor units of one currency, exact in every operation.

No float and no bare number ever stands for an amount. Amounts of different currencies never mix, and a
division always says where the odd minor unit goes (`Money.allocate`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ledger.errors import Invalid

MAX_MINOR: Final = 9_000_000_000_000_000
"""Largest absolute amount in minor units that the book accepts (its columns are 64-bit)."""

MINOR_DIGITS: Final = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "XPF": 0}
"""Decimal digits of the minor unit, for the currencies we know (ISO 4217)."""


class CurrencyMismatch(Invalid):
    """Amounts of two currencies met in one operation."""

    code = "currency_mismatch"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: a whole number of minor units (cents) of one currency. May be negative."""

    minor: int
    currency: str = "EUR"

    def __post_init__(self) -> None:
        """Refuse what is not a whole number or not a known currency."""
        if type(self.minor) is not int:
            message = f"minor units are whole numbers, not {type(self.minor).__name__}"
            raise TypeError(message)
        if self.currency not in MINOR_DIGITS:
            raise Invalid("unknown_currency", currency=self.currency)
        if abs(self.minor) > MAX_MINOR:
            raise Invalid("amount_too_large")

    def __composite_values__(self) -> tuple[int, str]:
        """Give SQLAlchemy the two columns that a composite attribute is stored in."""
        return self.minor, self.currency

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, rate: Fraction) -> Money:
        """Multiply by an exact rate, rounding half up (away from zero) to the minor unit."""
        exact = abs(self.minor) * abs(rate)
        rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        return Money(rounded if (self.minor >= 0) == (rate >= 0) else -rounded, self.currency)

    def allocate(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Divide exactly in proportion to `weights`; the parts always add up to the whole.

        Each part gets its share rounded toward zero; the minor units that are left go one each to the
        largest remainders, the earlier part first on a tie.

        Raises:
            Invalid: no weight, a negative weight, or weights that are all zero.
        """
        whole = sum(weights)
        if whole <= 0 or any(weight < 0 for weight in weights):
            raise Invalid("bad_weights")
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, whole) for weight in weights]
        left = abs(self.minor) - sum(share for share, _ in shares)
        favoured = set(sorted(range(len(shares)), key=lambda i: -shares[i][1])[:left])
        return tuple(Money(sign * (share + (i in favoured)), self.currency) for i, (share, _) in enumerate(shares))


def zero(currency: str = "EUR") -> Money:
    """Nothing, in `currency`."""
    return Money(0, currency)


def total(amounts: Iterable[Money], currency: str = "EUR") -> Money:
    """Add up amounts of one currency; the currency is stated so that an empty sum has one.

    Raises:
        CurrencyMismatch: an amount is of another currency.
    """
    result = zero(currency)
    for amount in amounts:
        result += amount
    return result
