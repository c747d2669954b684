"""What a gift posts, as an accountant would write it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.books import chart
from ledger.books.drafts import EntryDraft
from ledger.contributions import entries
from ledger.errors import Invalid
from ledger.money import Money
from tests.books import ledger_text
from tests.factories.payments import make_movement

ACCOUNTS = chart.load("association")
STRIPE, FEES, GIFTS, TIPS, SUSPENSE = (
    ACCOUNTS.code_of(role) for role in ("stripe_clearing", "psp_fees", "gifts", "tips_held", "unallocated")
)

AMOUNTS = st.integers(1, 10**8)
TIPS_GIVEN = st.integers(0, 10**6)
FEES_TAKEN = st.integers(0, 10**5)


def donation(
    amount: int, tip: int, fee: int, *, created: datetime = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
) -> EntryDraft:
    movement = make_movement(amount + tip, fee, created=created)
    return entries.donation(
        ACCOUNTS, movement, amount=Money(amount), tip=Money(tip), project="PRJ000001", contributor="C000001"
    )


def on(draft: EntryDraft, account: str, *, project: str | None = None) -> int:
    """The balance of an account in an entry, for one project if it is named ("" for none)."""
    lines = [line for line in draft.lines if line.account == account and project in {None, line.project}]
    return money.total(line.money for line in lines).minor


def test_a_gift_with_a_tip_is_written_as_an_accountant_would() -> None:
    assert (
        donation(5000, 500, 108).fingerprint()
        == ledger_text.draft("""
    2026-03-03 STR stripe:txn_1 donation
        511510    49,02  PRJ000001 C000001
        627100     0,98  PRJ000001 C000001
        754110   -50,00  PRJ000001 C000001
        467260    -5,00  C000001
        467260     0,10  C000001
        511510     4,90  C000001
    """).fingerprint()
    )


def test_the_clearing_account_takes_what_stripe_says_is_left() -> None:
    draft = donation(5000, 500, 108)
    assert (on(draft, STRIPE), on(draft, FEES), on(draft, GIFTS), on(draft, TIPS)) == (5392, 98, -5000, -490)


def test_a_gift_without_a_tip_is_three_lines() -> None:
    assert (
        donation(5000, 0, 100).fingerprint()
        == ledger_text.draft("""
    2026-03-03 STR stripe:txn_1 donation
        511510    49,00  PRJ000001 C000001
        627100     1,00  PRJ000001 C000001
        754110   -50,00  PRJ000001 C000001
    """).fingerprint()
    )


def test_a_payment_that_cost_nothing_has_no_line_for_a_fee() -> None:
    assert [line.account for line in donation(5000, 0, 0).lines] == [STRIPE, GIFTS]
    assert on(donation(5000, 500, 0), TIPS) == -500


def test_a_fee_larger_than_the_payment_is_owed_to_the_provider() -> None:
    assert (
        donation(10, 0, 25).fingerprint()
        == ledger_text.draft("""
    2026-03-03 STR stripe:txn_1 donation
        511510    -0,15  PRJ000001 C000001
        627100     0,25  PRJ000001 C000001
        754110    -0,10  PRJ000001 C000001
    """).fingerprint()
    )
    with_tip = donation(10, 10, 50)
    assert (on(with_tip, STRIPE), on(with_tip, TIPS), on(with_tip, FEES)) == (-30, 15, 25)


def test_a_fee_that_takes_the_whole_payment_leaves_the_clearing_account_alone() -> None:
    assert [line.account for line in donation(25, 0, 25).lines] == [FEES, GIFTS]


@given(AMOUNTS, TIPS_GIVEN, FEES_TAKEN)
def test_every_gift_balances_and_leaves_what_the_provider_says(amount: int, tip: int, fee: int) -> None:
    draft = donation(amount, tip, fee)
    assert sum(line.money.minor for line in draft.lines) == 0
    assert on(draft, STRIPE) == amount + tip - fee
    assert on(draft, GIFTS) == -amount
    assert all(line.contributor == "C000001" for line in draft.lines)


@given(AMOUNTS, TIPS_GIVEN, FEES_TAKEN)
def test_the_lines_of_the_project_sum_to_zero_and_no_tip_is_among_them(amount: int, tip: int, fee: int) -> None:
    draft = donation(amount, tip, fee)
    assert sum(line.money.minor for line in draft.lines if line.project) == 0
    assert {line.account for line in draft.lines if line.project} <= {STRIPE, FEES, GIFTS}
    assert on(draft, TIPS, project="PRJ000001") == on(draft, FEES, project="") == 0


@given(AMOUNTS, TIPS_GIVEN, FEES_TAKEN)
def test_the_fee_is_shared_to_the_cent_between_gift_and_tip(amount: int, tip: int, fee: int) -> None:
    shares = entries.shares_of_fee(Money(fee), amount=Money(amount), tip=Money(tip))
    draft = donation(amount, tip, fee)
    assert shares.project + shares.tip == Money(fee)
    assert on(draft, FEES) == shares.project.minor
    assert on(draft, TIPS) == shares.tip.minor - tip
    assert abs(shares.project.minor * (amount + tip) - fee * amount) < amount + tip
    assert tip or not shares.tip


@given(AMOUNTS, FEES_TAKEN)
def test_a_payment_that_no_pledge_explains_is_held_whole(amount: int, fee: int) -> None:
    draft = entries.unallocated(ACCOUNTS, make_movement(amount, fee), contributor="C000001")
    assert on(draft, SUSPENSE) == -amount
    assert (on(draft, STRIPE), on(draft, FEES)) == (amount - fee, fee)
    assert not any(line.project for line in draft.lines)


@pytest.mark.parametrize(("amount", "tip"), [(4999, 500), (5500, 1), (5000, 499)])
def test_a_gift_and_a_tip_that_are_not_what_was_paid_make_no_entry(amount: int, tip: int) -> None:
    movement = make_movement(5500, 108)
    with pytest.raises(Invalid, match="gift_is_not_what_was_paid"):
        entries.donation(
            ACCOUNTS, movement, amount=Money(amount), tip=Money(tip), project="PRJ000001", contributor="C000001"
        )


def test_no_fee_can_be_shared_on_nothing() -> None:
    with pytest.raises(Invalid, match="bad_weights"):
        entries.shares_of_fee(Money(25), amount=Money(0), tip=Money(0))


def test_an_entry_is_named_after_the_movement_and_dated_on_its_day_in_paris() -> None:
    draft = donation(5000, 0, 100, created=datetime(2026, 3, 3, 23, 30, tzinfo=UTC))
    assert (draft.journal, draft.source, draft.details) == ("STR", "stripe:txn_1", {"charge": "ch_1"})
    assert draft.effective_on == date(2026, 3, 4)
