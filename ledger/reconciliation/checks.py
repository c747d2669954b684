"""What `books verify` asks of payments: that what the provider reported is in the book, once and to the cent."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import book
from ledger.books.models import Account, Entry, Posting
from ledger.books.verify import Problem
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.models import Contribution, Pledge
from ledger.organisations.models import Organisation
from ledger.payments.models import BalanceTransaction
from ledger.projects.models import Project


def clearing_agrees(session: Session, book_id: int) -> Iterator[Problem]:
    """Compare the clearing account with the balance transactions that this book has entries for, in minor units."""
    code = book.chart_of(session, book_id).code_of("stripe_clearing")
    held = session.scalar(
        sa.select(sa.func.sum(Posting.amount))
        .join(Account, Account.id == Posting.account_id)
        .where(Account.book_id == book_id, Account.code == code)
    )
    reported = session.scalar(
        sa.select(sa.func.sum(BalanceTransaction.net_minor))
        .join(Entry, Entry.id == BalanceTransaction.entry_id)
        .where(Entry.book_id == book_id)
    )
    if int(held or 0) != int(reported or 0):
        detail = f"account {int(held or 0)}, provider {int(reported or 0)}"
        yield Problem("clearing_account_and_provider_differ", "account", code, detail)


def movements_are_booked(session: Session, _book_id: int) -> Iterator[Problem]:
    """Name the provider's movements that were kept without an entry."""
    for movement in session.scalars(sa.select(BalanceTransaction.id).where(BalanceTransaction.entry_id.is_(None))):
        yield Problem("movement_without_entry", "balance_transaction", movement)


def paid_pledges_are_contributions(session: Session, book_id: int) -> Iterator[Problem]:
    """Name the pledges that are called paid without a contribution, and the contributions whose pledge is not paid."""
    rows = session.execute(
        sa.select(Pledge.reference, Pledge.state)
        .join(Project, Project.id == Pledge.project_id)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .outerjoin(Contribution, Contribution.pledge_id == Pledge.id)
        .where(Organisation.book_id == book_id)
        .where((Pledge.state == PledgeState.PAID) != Contribution.id.is_not(None))
    )
    for reference, state in rows:
        yield Problem("pledge_and_contribution_differ", "pledge", reference, str(state))


CHECKS = (clearing_agrees, movements_are_booked, paid_pledges_are_contributions)
