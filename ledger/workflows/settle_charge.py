"""What was read again at the provider becomes state, entry, contribution and mail: one transaction.

Called with facts that may come twice, late and in any order; the same facts again change nothing. Money is posted
from the charge's balance transaction only, which may come later than the success it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from ledger import jobs
from ledger.books import journal
from ledger.books.chart import Chart
from ledger.books.drafts import EntryDraft
from ledger.clock import day_in_paris
from ledger.contributions import entries, lifecycle, pledges
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.models import Contribution, Pledge, UnallocatedPayment
from ledger.organisations import organisations
from ledger.organisations.models import Organisation
from ledger.payments import balance, checkouts
from ledger.payments.models import Checkout
from ledger.people.models import Person
from ledger.ports import BalanceTransactionFacts, ChargeFacts, CheckoutFacts, PaymentStatus
from ledger.projects import projects
from ledger.projects.models import Project

REREAD_AFTER: Final = timedelta(seconds=20)
"""How long a success without its balance transaction waits before it is read again."""

_MONEY: Final = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.PROCESSING})


def settle(session: Session, facts: CheckoutFacts, *, now: datetime) -> str:
    """Apply what was read of a checkout; say in a word what came of it, for the inbox.

    Raises:
        Invalid: the facts contradict themselves; nothing is changed and somebody has to look.
    """
    checkout = checkouts.locate(session, facts)
    if checkout is None:
        return "not_ours"
    if facts.payment_status not in _MONEY and checkouts.is_outdated(checkout, facts):
        return "outdated"
    checkouts.follow(checkout, facts, now=now)
    pledge = pledges.of_checkout(session, checkout.id)
    last = pledges.last_attempt(session, pledge.id)
    if facts.payment_status in _MONEY or (last is not None and last[1].id == checkout.id):
        pledges.move(pledge, lifecycle.follow(pledge.state, facts), now=now)
    if facts.payment_status is not PaymentStatus.SUCCEEDED:
        return str(pledge.state)
    if facts.charge is None or facts.balance_transaction is None:
        _read_again(session, checkout, now=now)
        return "waiting_for_balance_transaction"
    project = session.get_one(Project, pledge.project_id)
    payment = _Payment(pledge, checkout, facts.charge, facts.balance_transaction, project)
    return _book(session, payment, now=now)


def _read_again(session: Session, checkout: Checkout, *, now: datetime) -> None:
    jobs.enqueue(
        session,
        "reread_checkout",
        now=now,
        run_at=now + REREAD_AFTER,
        key=f"reread:{checkout.id}",
        checkout_id=checkout.id,
    )


@dataclass(frozen=True, slots=True)
class _Payment:
    """A payment that succeeded, with its balance transaction and what it was promised for."""

    pledge: Pledge
    checkout: Checkout
    charge: ChargeFacts
    transaction: BalanceTransactionFacts
    project: Project

    @property
    def why_unallocated(self) -> str:
        """Why no pledge explains it as it is; empty when its pledge does."""
        if self.charge.amount.currency != self.checkout.amount.currency:
            return "currency_differs"
        if self.charge.amount != self.checkout.amount or self.transaction.amount != self.checkout.amount:
            return "amount_differs"
        return "paid_twice" if self.pledge.state in lifecycle.SETTLED else ""


def _book(session: Session, payment: _Payment, *, now: datetime) -> str:
    recorded = balance.record(session, payment.transaction)
    if recorded is None:
        return "replayed"
    checkouts.record_charge(session, payment.checkout, payment.charge)
    reason = payment.why_unallocated
    organisation = session.get_one(Organisation, payment.project.organisation_id)
    draft = _draft(session, payment, organisations.chart_of(session, organisation), unallocated=bool(reason))
    recorded.entry_id = journal.post(session, organisation.book_id, draft, now=now).entry_id
    if reason:
        _hold(session, payment, entry_id=recorded.entry_id, reason=reason, now=now)
        return f"unallocated:{reason}"
    _contribute(session, payment, entry_id=recorded.entry_id, now=now)
    return "paid"


def _draft(session: Session, payment: _Payment, accounts: Chart, *, unallocated: bool) -> EntryDraft:
    pledge = payment.pledge
    contributor = session.get_one(Person, pledge.person_id).reference
    if unallocated:
        return entries.unallocated(accounts, payment.transaction, contributor=contributor)
    return entries.donation(
        accounts,
        payment.transaction,
        amount=pledge.amount,
        tip=pledge.tip,
        project=payment.project.reference,
        contributor=contributor,
    )


def _hold(session: Session, payment: _Payment, *, entry_id: int, reason: str, now: datetime) -> None:
    held = UnallocatedPayment(
        balance_transaction_id=payment.transaction.id,
        organisation_id=payment.project.organisation_id,
        checkout_id=payment.checkout.id,
        entry_id=entry_id,
        reason=reason,
        amount=payment.transaction.amount,
        recorded_at=now,
    )
    session.add(held)
    if payment.pledge.state is not PledgeState.PAID:
        pledges.move(payment.pledge, PledgeState.UNALLOCATED, now=now)


def _contribute(session: Session, payment: _Payment, *, entry_id: int, now: datetime) -> None:
    pledge, transaction = payment.pledge, payment.transaction
    contribution = Contribution(
        pledge_id=pledge.id,
        project_id=pledge.project_id,
        person_id=pledge.person_id,
        kind=pledge.kind,
        charge_id=payment.charge.id,
        balance_transaction_id=transaction.id,
        entry_id=entry_id,
        amount=pledge.amount,
        tip=pledge.tip,
        fee=entries.shares_of_fee(transaction.fee, amount=pledge.amount, tip=pledge.tip).project,
        paid_on=day_in_paris(transaction.created),
        after_closing=not projects.accepts(payment.project, transaction.created),
        recorded_at=now,
    )
    session.add(contribution)
    session.flush()  # the job below carries its key
    pledges.move(pledge, PledgeState.PAID, now=now)
    jobs.enqueue(session, "deliver_attestation", now=now, contribution_id=contribution.id)
    for checkout_id in pledges.others_unfinished(session, pledge.id, payment.checkout.id):
        jobs.enqueue(session, "release_checkout", now=now, checkout_id=checkout_id)
