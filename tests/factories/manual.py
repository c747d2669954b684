"""Entries posted by hand, for tests."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ledger.books import vouchers
from ledger.books.drafts import credit, debit
from ledger.money import Money
from ledger.organisations import organisations
from ledger.ports import FileStore
from ledger.workflows import manual_entries
from ledger.workflows.manual_entries import Author, ManualEntry
from tests.factories.books import NOW, TODAY


def make_manual_entry(
    session: Session, files: FileStore, slug: str = "amis-du-lavoir", *, form: str = "a-form", euros: int = 12
) -> int:
    """Whole euros of dues paid to the bank, with a paper for it."""
    book_id = organisations.get(session, slug).book_id
    entry = ManualEntry(
        form=form,
        day=TODAY,
        label="Cotisation",
        reason="Versée au guichet",
        lines=(debit("512100", Money(euros * 100)), credit("756", Money(euros * 100))),
        voucher=vouchers.keep(files, book_id, "bordereau.pdf", b"%PDF-1.7\n", media_type="application/pdf"),
        author=Author("Inès Faure"),
    )
    return manual_entries.post(session, book_id, entry, now=NOW).entry_id
