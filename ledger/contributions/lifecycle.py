"""The life of a pledge: which state follows from what the provider says. Pure.

Facts may arrive in any order and any number of times. Two rules hold whatever comes: a success wins over
everything that came before it, and a failure never overwrites money.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ledger.ports import CheckoutFacts, CheckoutStatus, PaymentStatus


class PledgeState(StrEnum):
    """Where a pledge is."""

    PLEDGED = "pledged"
    """Promised; the provider was not reached yet, or an attempt is to be made again."""
    CHECKOUT_OPEN = "checkout_open"
    """The donor is at the provider's page, or left it."""
    PROCESSING = "processing"
    """The donor did all there is to do; the bank has not answered."""
    CONFIRMED = "confirmed"
    """The provider has the money; its balance transaction, and so our entry, is still to come."""
    PAID = "paid"
    """In the book."""
    FAILED = "failed"
    EXPIRED = "expired"
    REPLACED = "replaced"
    """The donor filled the same form in anew before paying."""
    UNALLOCATED = "unallocated"
    """Paid, but not as promised: in suspense until a treasurer decides."""


PENDING: Final = frozenset({PledgeState.PROCESSING, PledgeState.CONFIRMED})
"""Money on its way: shown beside what is collected, never within it."""

PROMISED: Final = frozenset({PledgeState.CHECKOUT_OPEN})
"""Promises that are shown: a payment page is open for them, which ends by itself. A form alone shows nothing, or
anybody could make a project look promised much."""

SETTLED: Final = frozenset({PledgeState.PAID, PledgeState.UNALLOCATED})
"""States that no notice about the same attempt changes any more."""

RETRIABLE: Final = frozenset({PledgeState.PLEDGED, PledgeState.CHECKOUT_OPEN, PledgeState.FAILED, PledgeState.EXPIRED})
"""States from which the donor may try to pay again."""


def follow(state: PledgeState, facts: CheckoutFacts) -> PledgeState:
    """Give the state that follows from facts just read, as far as the donor's payment goes.

    `PAID` and `UNALLOCATED` are never given: they come with an entry in the book (`workflows.settle_charge`).
    An unknown payment status changes nothing.
    """
    if state in SETTLED:
        return state
    if facts.payment_status is PaymentStatus.SUCCEEDED:
        return PledgeState.CONFIRMED
    if state is PledgeState.CONFIRMED or facts.payment_status is PaymentStatus.UNKNOWN:
        return state
    if facts.payment_status is PaymentStatus.PROCESSING:
        return PledgeState.PROCESSING
    if state is PledgeState.REPLACED:
        return state
    return _without_money(state, facts)


def _without_money(state: PledgeState, facts: CheckoutFacts) -> PledgeState:
    if facts.status is CheckoutStatus.EXPIRED:
        return PledgeState.EXPIRED
    if facts.status is CheckoutStatus.COMPLETE or facts.payment_status is PaymentStatus.CANCELED:
        return PledgeState.FAILED
    if facts.status is CheckoutStatus.OPEN:
        return PledgeState.CHECKOUT_OPEN
    return state
