"""Amounts are whole minor units, exact in every operation."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.errors import Invalid
from ledger.money import MAX_MINOR, MINOR_DIGITS, CurrencyMismatch, Money

MINORS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)
RATES = st.fractions(min_value=-10, max_value=10, max_denominator=100_000)


@pytest.mark.parametrize("minor", [1.0, 0.1, True, "1", None, Decimal(1), Fraction(1)])
def test_only_a_whole_number_of_minor_units_is_an_amount(minor: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        Money(minor)


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XXX"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(Invalid, match="unknown_currency"):
        Money(1, currency)


def test_an_amount_that_the_book_cannot_hold_is_refused_also_as_a_result() -> None:
    most = Money(MAX_MINOR)
    assert most + Money(0) == most
    with pytest.raises(Invalid, match="amount_too_large"):
        Money(MAX_MINOR + 1)
    with pytest.raises(Invalid, match="amount_too_large"):
        most + Money(1)
    with pytest.raises(Invalid, match="amount_too_large"):
        -most - Money(1)


def test_an_amount_never_changes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Money(1).minor = 2  # type: ignore[misc]


@pytest.mark.parametrize("act", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge])
def test_currencies_never_mix(act: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrencyMismatch) as refused:
        act(Money(1), Money(1, "USD"))
    assert refused.value.values == {"left": "EUR", "right": "USD"}
    assert Money(1) != Money(1, "USD")


@pytest.mark.parametrize("other", [1, 1.0, 0])
def test_bare_numbers_are_no_amounts(other: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        Money(1) + other
    with pytest.raises((TypeError, AttributeError)):
        assert Money(1) < other
    assert Money(1) != other


@given(MINORS, MINORS)
def test_sums_and_orders_are_those_of_the_minor_units(left: int, right: int) -> None:
    a, b = Money(left), Money(right)
    assert a + b == b + a == Money(left + right)
    assert a - b == -(b - a) == Money(left - right)
    assert (a < b, a <= b, a > b, a >= b) == (left < right, left <= right, left > right, left >= right)
    assert abs(a) == Money(abs(left))
    assert bool(a) is (left != 0)


@given(MINORS, RATES)
def test_a_rate_rounds_half_away_from_zero(minor: int, rate: Fraction) -> None:
    exact = minor * rate
    result = Money(minor).times(rate).minor
    assert abs(result - exact) <= Fraction(1, 2)
    if abs(result - exact) == Fraction(1, 2):
        assert abs(result) > abs(exact)


@given(MINORS, st.decimals(min_value=-5, max_value=5, places=4))
def test_a_decimal_rate_gives_what_decimal_arithmetic_gives(minor: int, rate: Decimal) -> None:
    exact = (Decimal(minor) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert Money(minor).times(Fraction(rate)) == Money(int(exact))


def test_a_binary_fraction_is_no_rate() -> None:
    with pytest.raises((TypeError, AttributeError)):
        Money(100).times(0.015)  # type: ignore[arg-type]


def test_the_fee_of_a_card_payment_rounds_half_a_cent_up() -> None:
    assert Money(5500).times(Fraction("0.015")) == Money(83)


@given(MINORS, WEIGHTS)
def test_parts_add_up_to_the_whole_and_differ_from_their_share_by_less_than_one(minor: int, weights: list[int]) -> None:
    parts = Money(minor).allocate(weights)
    assert money.total(parts) == Money(minor)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1
        assert part.minor * minor >= 0
        assert weight or not part


@given(MINORS, WEIGHTS)
def test_parts_of_a_negative_amount_mirror_those_of_the_positive_one(minor: int, weights: list[int]) -> None:
    assert Money(-minor).allocate(weights) == tuple(-part for part in Money(minor).allocate(weights))


@given(MINORS, WEIGHTS, st.randoms())
def test_the_order_of_parts_only_decides_between_equal_remainders(minor: int, weights: list[int], random: Any) -> None:
    order = list(range(len(weights)))
    random.shuffle(order)
    parts = Money(minor).allocate(weights)
    shuffled = Money(minor).allocate([weights[i] for i in order])
    assert sorted(part.minor for part in parts) == sorted(part.minor for part in shuffled)
    remainders = [abs(minor) * weight % sum(weights) for weight in weights]
    if len(set(remainders)) == len(remainders):
        assert [parts[i] for i in order] == list(shuffled)


@given(MINORS, WEIGHTS, st.integers(1, 1000))
def test_only_the_proportion_of_weights_counts(minor: int, weights: list[int], factor: int) -> None:
    assert Money(minor).allocate([weight * factor for weight in weights]) == Money(minor).allocate(weights)


def test_an_odd_cent_goes_to_the_largest_remainder_then_to_the_earlier_part() -> None:
    assert Money(100).allocate([1, 1, 1]) == (Money(34), Money(33), Money(33))
    assert Money(101).allocate([1, 1, 1]) == (Money(34), Money(34), Money(33))
    assert Money(108).allocate([5000, 500]) == (Money(98), Money(10))
    assert Money(10).allocate([1, 2]) == (Money(3), Money(7))


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(Invalid, match="bad_weights"):
        Money(100).allocate(weights)


def test_a_sum_of_nothing_has_the_currency_that_was_stated() -> None:
    assert money.total([], "CHF") == money.zero("CHF") == Money(0, "CHF")
    with pytest.raises(CurrencyMismatch):
        money.total([Money(1)], "CHF")


def test_every_known_currency_is_written_in_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isupper() for code in MINOR_DIGITS)
