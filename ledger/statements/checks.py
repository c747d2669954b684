"""What `books verify` asks of projects: that what is shown as theirs is in the book, and in the treasury."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.models import Account, Book, Posting
from ledger.books.verify import Problem
from ledger.contributions import queries
from ledger.organisations.models import Organisation
from ledger.projects.models import Project
from ledger.statements import project_account


def projects_agree(session: Session, book_id: int) -> Iterator[Problem]:
    """Compare, for each project, its account with its contributions less their fees, and with the treasury's side.

    All three in minor units of the book's currency. A movement that is no contribution has to be added here.
    """
    book = session.get_one(Book, book_id)
    accounts = _accounts(session, book)
    treasury = _treasury(session, book)
    collected = _collected(session, book)
    for reference in sorted(accounts.keys() | treasury.keys() | collected.keys()):
        closing = accounts.get(reference, 0)
        if closing != collected.get(reference, 0):
            detail = f"account {closing}, contributions less fees {collected.get(reference, 0)}"
            yield Problem("project_account_and_contributions_differ", "project", reference, detail)
        if closing != treasury.get(reference, 0):
            detail = f"account {closing}, treasury {treasury.get(reference, 0)}"
            yield Problem("project_account_and_treasury_differ", "project", reference, detail)


def _accounts(session: Session, book: Book) -> dict[str, int]:
    sums = project_account.money_of_projects(book).add_columns(Posting.project, sa.func.sum(-Posting.amount))
    return {reference: int(amount) for reference, amount in session.execute(sums.group_by(Posting.project))}


def _treasury(session: Session, book: Book) -> dict[str, int]:
    sums = (
        sa.select(Posting.project, sa.func.sum(Posting.amount))
        .join(Account, Account.id == Posting.account_id)
        .where(
            Posting.project != "",
            Account.book_id == book.id,
            Account.currency == book.currency,
            Account.code.startswith(project_account.TREASURY),
        )
        .group_by(Posting.project)
    )
    return {reference: int(amount) for reference, amount in session.execute(sums)}


def _collected(session: Session, book: Book) -> dict[str, int]:
    """Read what the pages show as a project's net."""
    projects = session.scalars(
        sa.select(Project)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(Organisation.book_id == book.id)
    ).all()
    totals = queries.totals(session, [project.id for project in projects])
    return {project.reference: totals[project.id].net.minor for project in projects}
