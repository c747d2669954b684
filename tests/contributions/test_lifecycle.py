"""Facts arrive in any order and any number of times: a success wins, and a failure never overwrites money."""

from __future__ import annotations

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.contributions import lifecycle
from ledger.contributions.lifecycle import PENDING, PROMISED, RETRIABLE, SETTLED, PledgeState
from ledger.ports import CheckoutFacts, CheckoutStatus, PaymentStatus
from tests.factories.payments import make_facts

STATES = st.sampled_from(PledgeState)
FACTS = st.builds(make_facts, status=st.sampled_from(CheckoutStatus), payment=st.sampled_from(PaymentStatus))
SUCCESS = make_facts(status=CheckoutStatus.COMPLETE, payment=PaymentStatus.SUCCEEDED)


def after(state: PledgeState, facts: list[CheckoutFacts]) -> PledgeState:
    return reduce(lifecycle.follow, facts, state)


@given(STATES.filter(lambda state: state not in SETTLED), st.lists(FACTS), st.lists(FACTS))
def test_a_success_wins_whatever_comes_before_and_after(
    state: PledgeState, before: list[CheckoutFacts], later: list[CheckoutFacts]
) -> None:
    assert after(state, [*before, SUCCESS, *later]) is PledgeState.CONFIRMED


@pytest.mark.parametrize("start", [state for state in PledgeState if state not in SETTLED])
def test_one_payment_s_facts_end_alike_in_every_order(start: PledgeState) -> None:
    facts = [
        make_facts(),
        make_facts(payment=PaymentStatus.WAITING, error_code="card_declined"),
        make_facts(status=CheckoutStatus.EXPIRED),
        make_facts(status=CheckoutStatus.COMPLETE, payment=PaymentStatus.PROCESSING),
        SUCCESS,
    ]
    assert {after(start, list(order)) for order in permutations(facts)} == {PledgeState.CONFIRMED}


@given(STATES, FACTS)
def test_the_same_fact_again_changes_nothing(state: PledgeState, facts: CheckoutFacts) -> None:
    once = lifecycle.follow(state, facts)
    assert lifecycle.follow(once, facts) is once


@given(st.sampled_from([*SETTLED]), st.lists(FACTS))
def test_what_is_in_the_book_is_changed_by_no_notice(state: PledgeState, facts: list[CheckoutFacts]) -> None:
    assert after(state, facts) is state


@given(st.lists(FACTS))
def test_money_that_the_provider_has_is_never_called_failed(facts: list[CheckoutFacts]) -> None:
    assert after(PledgeState.CONFIRMED, facts) is PledgeState.CONFIRMED


@given(STATES, st.sampled_from(CheckoutStatus))
def test_a_payment_status_that_we_do_not_know_changes_nothing(state: PledgeState, status: CheckoutStatus) -> None:
    assert lifecycle.follow(state, make_facts(status=status, payment=PaymentStatus.UNKNOWN)) is state


@given(STATES, st.sampled_from([PaymentStatus.NONE, PaymentStatus.WAITING]))
def test_a_checkout_status_that_we_do_not_know_changes_nothing_by_itself(
    state: PledgeState, payment: PaymentStatus
) -> None:
    assert lifecycle.follow(state, make_facts(status=CheckoutStatus.UNKNOWN, payment=payment)) is state


@given(STATES, st.lists(FACTS))
def test_only_an_entry_in_the_book_makes_a_pledge_paid(state: PledgeState, facts: list[CheckoutFacts]) -> None:
    came_to = after(state, facts)
    assert came_to is state or came_to not in SETTLED


@given(st.lists(FACTS.filter(lambda facts: facts.payment_status not in {"succeeded", "processing"})))
def test_a_pledge_that_was_replaced_comes_back_only_with_money(facts: list[CheckoutFacts]) -> None:
    assert after(PledgeState.REPLACED, facts) is PledgeState.REPLACED


@pytest.mark.parametrize(
    ("status", "payment", "state"),
    [
        (CheckoutStatus.OPEN, PaymentStatus.NONE, PledgeState.CHECKOUT_OPEN),
        (CheckoutStatus.OPEN, PaymentStatus.WAITING, PledgeState.CHECKOUT_OPEN),
        (CheckoutStatus.OPEN, PaymentStatus.CANCELED, PledgeState.FAILED),
        (CheckoutStatus.EXPIRED, PaymentStatus.NONE, PledgeState.EXPIRED),
        (CheckoutStatus.EXPIRED, PaymentStatus.WAITING, PledgeState.EXPIRED),
        (CheckoutStatus.EXPIRED, PaymentStatus.CANCELED, PledgeState.EXPIRED),
        (CheckoutStatus.EXPIRED, PaymentStatus.SUCCEEDED, PledgeState.CONFIRMED),
        (CheckoutStatus.COMPLETE, PaymentStatus.PROCESSING, PledgeState.PROCESSING),
        (CheckoutStatus.COMPLETE, PaymentStatus.WAITING, PledgeState.FAILED),
        (CheckoutStatus.COMPLETE, PaymentStatus.CANCELED, PledgeState.FAILED),
        (CheckoutStatus.COMPLETE, PaymentStatus.SUCCEEDED, PledgeState.CONFIRMED),
    ],
)
def test_what_the_provider_says_is_what_the_donor_sees(
    status: CheckoutStatus, payment: PaymentStatus, state: PledgeState
) -> None:
    facts = make_facts(status=status, payment=payment)
    for start in (PledgeState.PLEDGED, PledgeState.CHECKOUT_OPEN, PledgeState.FAILED, PledgeState.PROCESSING):
        assert lifecycle.follow(start, facts) is state


def test_no_pledge_is_counted_twice_and_money_is_not_asked_for_again() -> None:
    assert not PENDING & PROMISED
    assert not SETTLED & (PENDING | PROMISED | RETRIABLE)
    assert not PENDING & RETRIABLE
    assert PledgeState.REPLACED not in PENDING | PROMISED | RETRIABLE
