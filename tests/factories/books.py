"""Books, drafts and entries for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from ledger.books import book, journal
from ledger.books.drafts import EntryDraft, credit, debit
from ledger.money import Money

NOW = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
TODAY = date(2026, 3, 3)

_numbers = count(1)


def make_book(session: Session, *, name: str = "Les Amis du Lavoir", chart: str = "association") -> int:
    return book.create(session, name=name, chart=chart)


def make_donation(
    euros: int = 50,
    *,
    source: str = "",
    on: date = TODAY,
    project: str = "PRJ000001",
    contributor: str = "C000001",
    fee: int = 108,
) -> EntryDraft:
    """A gift by card of whole euros, with a fee in cents, on the accounts of an association."""
    gross = Money(euros * 100)
    return EntryDraft(
        journal="STR",
        effective_on=on,
        source=source or f"stripe:txn_{next(_numbers)}",
        memo="donation",
        lines=(
            debit("511510", gross - Money(fee), project=project),
            debit("627100", Money(fee), project=project),
            credit("754110", gross, project=project, contributor=contributor),
        ),
    )


def make_transfer(euros: int, *, debited: str, credited: str, source: str = "", on: date = TODAY) -> EntryDraft:
    """Whole euros from one account to another."""
    return EntryDraft(
        journal="OD",
        effective_on=on,
        source=source or f"od:{next(_numbers)}",
        memo="transfer",
        lines=(debit(debited, Money(euros * 100)), credit(credited, Money(euros * 100))),
    )


def make_entry(session: Session, book_id: int, draft: EntryDraft | None = None, *, now: datetime = NOW) -> int:
    return journal.post(session, book_id, draft or make_donation(), now=now).entry_id
