"""What a person posts by hand: once, with its document kept first, and never to what Stripe alone fills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.adapters.memory import MemoryFileStore
from ledger.books import book, journal, queries, seals, verify, vouchers
from ledger.books.drafts import credit, debit
from ledger.books.models import Entry
from ledger.books.refusals import AlreadyReversed, NotReversible, SourceReused, UnknownEntry
from ledger.books.vouchers import UnknownFileType, VoucherAltered
from ledger.db import Database
from ledger.errors import NotFound
from ledger.money import Money
from ledger.workflows import manual_entries
from ledger.workflows.manual_entries import Author, AutomaticAccount, DayOutOfBounds, ManualEntry
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry

INES = Author("Inès Faure", "C000003")
PDF = b"%PDF-1.7\n"


def ask(book_id: int, files: MemoryFileStore, *, form: str = "a-form", account: str = "512100") -> ManualEntry:
    """Ask for dues of twelve euros, with the slip of the bank."""
    return ManualEntry(
        form=form,
        day=TODAY,
        label="Cotisation",
        reason="Versée au guichet",
        lines=(debit(account, Money(1200)), credit("756", Money(1200))),
        voucher=vouchers.keep(files, book_id, "bordereau.pdf", PDF, media_type="application/pdf"),
        author=INES,
    )


def post_and_die(database: Database, book_id: int, asked: ManualEntry) -> None:
    with database.transaction() as session:
        manual_entries.post(session, book_id, asked, now=NOW)
        raise KeyboardInterrupt


def undo(session: Session, book_id: int, entry_id: int, *, form: str = "undo", days: int = 0) -> journal.Posted:
    return manual_entries.reverse(
        session,
        book_id,
        entry_id,
        form=form,
        memo="Annulé",
        reason="Erreur",
        author=INES,
        now=NOW + timedelta(days=days),
    )


def test_dying_before_the_entry_is_posted_leaves_a_file_and_no_entry_and_the_form_posts_later(
    database: Database,
) -> None:
    files = MemoryFileStore()
    with database.transaction() as session:
        book_id = make_book(session)
    asked = ask(book_id, files)
    with pytest.raises(KeyboardInterrupt):
        post_and_die(database, book_id, asked)
    assert list(files.keys("vouchers/")) == [asked.voucher.key]
    with database.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0
        assert not manual_entries.post(session, book_id, ask(book_id, files), now=NOW).replayed
        assert manual_entries.post(session, book_id, ask(book_id, files), now=NOW).replayed
    assert list(files.keys("vouchers/")) == [asked.voucher.key]
    with database.reading() as session:
        assert verify.verify(session, more=[vouchers.check(files)]) == ()


def test_reason_author_and_document_are_sealed_with_the_entry(database: Database) -> None:
    files = MemoryFileStore()
    with database.transaction() as session:
        book_id = make_book(session)
        entry_id = manual_entries.post(session, book_id, ask(book_id, files), now=NOW).entry_id
    with database.transaction() as session:
        seals.seal(session, now=NOW)
    with database.reading() as session:
        content = seals.prove(session, entry_id).content.decode()
        entry = queries.entry(session, entry_id)
    assert entry is not None
    assert entry.details["author_reference"] == "C000003"
    for sealed in ("Versée au guichet", "Inès Faure", entry.details["attachment_sha256"]):
        assert sealed in content


def test_a_replay_with_other_words_is_refused(database: Database) -> None:
    files = MemoryFileStore()
    with database.transaction() as session:
        book_id = make_book(session)
        asked = ask(book_id, files)
        manual_entries.post(session, book_id, asked, now=NOW)
        for changed in (replace(asked, reason="autre"), replace(asked, label="autre")):
            with pytest.raises(SourceReused):
                manual_entries.post(session, book_id, changed, now=NOW)


@pytest.mark.parametrize("account", ["511510", "511520", "5115107"])
def test_nobody_posts_by_hand_to_what_stripe_alone_fills(database: Database, account: str) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        if account == "5115107":
            book.add_account(session, book_id, account, under="511510", label="Stripe, autre compte")
        with pytest.raises(AutomaticAccount) as refused:
            manual_entries.post(session, book_id, ask(book_id, MemoryFileStore(), account=account), now=NOW)
        assert refused.value.values == {"account": account}


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), date(1999, 12, 31)])
def test_a_day_that_is_a_slip_of_the_hand_is_refused(database: Database, day: date) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        with pytest.raises(DayOutOfBounds):
            manual_entries.post(session, book_id, replace(ask(book_id, MemoryFileStore()), day=day), now=NOW)


def test_the_form_of_a_reversal_is_known_again_on_a_later_day(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        entry_id = manual_entries.post(session, book_id, ask(book_id, MemoryFileStore()), now=NOW).entry_id
        first = undo(session, book_id, entry_id)
        again = undo(session, book_id, entry_id, days=2)
        assert (again.entry_id, again.replayed) == (first.entry_id, True)
        with pytest.raises(AlreadyReversed):
            undo(session, book_id, entry_id, form="another")
        with pytest.raises(NotReversible):
            undo(session, book_id, first.entry_id)


def test_what_the_program_posted_or_another_book_holds_is_reversed_by_nobody(database: Database) -> None:
    with database.transaction() as session:
        book_id, other = make_book(session), make_book(session)
        gift = make_entry(session, book_id, make_donation(5))
        entry_id = manual_entries.post(session, book_id, ask(book_id, MemoryFileStore()), now=NOW).entry_id
        with pytest.raises(NotReversible):
            undo(session, book_id, gift)
        for stranger in (entry_id, 99):
            with pytest.raises(UnknownEntry):
                undo(session, other, stranger)


def test_a_document_is_known_by_its_first_bytes_and_kept_under_its_hash() -> None:
    files = MemoryFileStore()
    assert vouchers.media_type_of(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert vouchers.media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    for content in (b"", b"GIF89a", b" %PDF-1.7", b"<svg/>"):
        with pytest.raises(UnknownFileType):
            vouchers.media_type_of(content)
    kept = vouchers.keep(
        files, 7, "C:\\Scans\\..\\une\tfacture" + "x" * 200 + ".pdf", PDF, media_type="application/pdf"
    )
    assert kept.key == f"vouchers/7/{kept.sha256}"
    assert kept.name.startswith("unefacture")
    assert kept.name.endswith("x.pdf")
    assert len(kept.name) == vouchers.LONGEST_NAME
    assert vouchers.read(files, kept) == vouchers.content_kept(files, 7, kept.sha256) == PDF
    for book_id, sha256 in ((8, kept.sha256), (7, "../" + kept.sha256[3:]), (7, "")):
        with pytest.raises(NotFound):
            vouchers.content_kept(files, book_id, sha256)
    files.put(kept.key, b"altered")
    with pytest.raises(VoucherAltered):
        vouchers.read(files, kept)
