"""What was read again at the provider becomes state, entry, contribution and mail: one transaction.

Called with facts that may come twice, late and in any order; the same facts again change nothing. Money is posted
from the charge's balance transaction only, which may come later than the success it belongs to.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from ledger import jobs
from ledger.books import journal
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
    return _book(session, pledge, checkout, facts.charge, facts.balance_transaction, now=now)


def _read_again(session: Session, checkout: Checkout, *, now: datetime) -> None:
    jobs.enqueue(
        session,
        "reread_checkout",
        now=now,
        run_at=now + REREAD_AFTER,
        key=f"reread:{checkout.id}",
        checkout_id=checkout.id,
    )


def _book(
    session: Session,
    pledge: Pledge,
    checkout: Checkout,
    charge: ChargeFacts,
    transaction: BalanceTransactionFacts,
    *,
    now: datetime,
) -> str:
    recorded = balance.record(session, transaction)
    if recorded is None:
        return "replayed"
    checkouts.record_charge(session, checkout, charge)
    project = session.get_one(Project, pledge.project_id)
    organisation = session.get_one(Organisation, project.organisation_id)
    reason = _why_unallocated(pledge, checkout, charge, transaction)
    accounts = organisations.chart_of(session, organisation)
    contributor = session.get_one(Person, pledge.person_id).reference
    if reason:
        draft = entries.unallocated(accounts, transaction, contributor=contributor)
    else:
        draft = entries.donation(
            accounts,
            transaction,
            amount=pledge.amount,
            tip=pledge.tip,
            project=project.reference,
            contributor=contributor,
        )
    recorded.entry_id = journal.post(session, organisation.book_id, draft, now=now).entry_id
    if reason:
        _hold(
            session, pledge, checkout, transaction, entry_id=recorded.entry_id, reason=reason, project=project, now=now
        )
        return f"unallocated:{reason}"
    _contribute(session, pledge, charge, transaction, entry_id=recorded.entry_id, project=project, now=now)
    return "paid"


def _why_unallocated(
    pledge: Pledge, checkout: Checkout, charge: ChargeFacts, transaction: BalanceTransactionFacts
) -> str:
    if charge.amount.currency != checkout.amount.currency:
        return "currency_differs"
    if charge.amount != checkout.amount or transaction.amount != checkout.amount:
        return "amount_differs"
    return "paid_twice" if pledge.state in lifecycle.SETTLED else ""


def _hold(
    session: Session,
    pledge: Pledge,
    checkout: Checkout,
    transaction: BalanceTransactionFacts,
    *,
    entry_id: int,
    reason: str,
    project: Project,
    now: datetime,
) -> None:
    held = UnallocatedPayment(
        balance_transaction_id=transaction.id,
        organisation_id=project.organisation_id,
        checkout_id=checkout.id,
        entry_id=entry_id,
        reason=reason,
        amount=transaction.amount,
        recorded_at=now,
    )
    session.add(held)
    if pledge.state is not PledgeState.PAID:
        pledges.move(pledge, PledgeState.UNALLOCATED, now=now)


def _contribute(
    session: Session,
    pledge: Pledge,
    charge: ChargeFacts,
    transaction: BalanceTransactionFacts,
    *,
    entry_id: int,
    project: Project,
    now: datetime,
) -> None:
    shares = entries.shares_of_fee(transaction.fee, amount=pledge.amount, tip=pledge.tip)
    contribution = Contribution(
        pledge_id=pledge.id,
        project_id=project.id,
        person_id=pledge.person_id,
        kind=pledge.kind,
        charge_id=charge.id,
        balance_transaction_id=transaction.id,
        entry_id=entry_id,
        amount=pledge.amount,
        tip=pledge.tip,
        fee=shares.project,
        paid_on=day_in_paris(transaction.created),
        after_closing=not projects.accepts(project, transaction.created),
        recorded_at=now,
    )
    session.add(contribution)
    session.flush()  # the job below carries its key
    pledges.move(pledge, PledgeState.PAID, now=now)
    jobs.enqueue(session, "deliver_attestation", now=now, contribution_id=contribution.id)
