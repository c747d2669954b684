"""Balances under a prefix, and as known at a seal: against plain sums, whatever is folded and sealed in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger.books import balances, book, journal, seals
from ledger.books.balances import TrialRow
from ledger.books.drafts import EntryDraft
from ledger.books.models import Account, Entry, EntrySeal, Posting
from ledger.books.refusals import UnknownAccount
from ledger.db import Database
from ledger.money import Money
from tests.factories.books import NOW, make_book, make_donation, make_entry, make_transfer
from tests.statements import any_book

PREFIXES = ("", "5", "51", "754", "754110", "6", "8")


def live(database: Database, batches: Sequence[Sequence[EntryDraft]], folds: Sequence[bool]) -> int:
    """Post batches, each but the last sealed before the next, with folds here and there."""
    with database.transaction() as session:
        book_id = book.create(session, name="Les Amis du Lavoir", chart="association")
    for number, batch in enumerate(batches):
        with database.transaction() as session:
            for draft in batch:
                journal.post(session, book_id, draft, now=any_book.NOW)
        if number < len(batches) - 1:
            with database.transaction() as session:
                seals.seal(session, now=any_book.NOW, batch=3)
        if folds[number]:
            with database.transaction() as session:
                balances.fold(session)
    return book_id


def plainly(session: Session, book_id: int, known_at: int | None, day: date | None) -> list[tuple[str, str, str, int]]:
    """Read all postings that count, one by one: account, project, contributor, amount."""
    rows = session.execute(
        sa.select(Account.code, Posting.project, Posting.contributor, Posting.amount, Posting.effective_on)
        .select_from(Posting)
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .outerjoin(EntrySeal, EntrySeal.entry_id == Entry.id)
        .where(Entry.book_id == book_id, sa.true() if known_at is None else EntrySeal.sequence <= known_at)
    ).all()
    return [tuple(row[:4]) for row in rows if day is None or row.effective_on <= day]  # type: ignore[misc]


@any_book.per_example
@given(
    batches=st.lists(st.lists(any_book.drafts(), max_size=5), min_size=1, max_size=4),
    folds=st.lists(st.booleans(), min_size=4, max_size=4),
    day=st.one_of(st.none(), st.integers(0, any_book.DAYS).map(any_book.day)),
)
def test_every_balance_is_the_plain_sum_of_what_was_known(
    database: Database, batches: list[list[EntryDraft]], folds: list[bool], day: date | None
) -> None:
    book_id = live(database, batches, folds)
    with database.reading() as session:
        head = seals.head(session, book_id)
        for known_at in (None, *range(head.sequence + 2 if head else 2)):
            rows = plainly(session, book_id, known_at, day)
            for prefix in PREFIXES:
                total = sum(amount for code, _, _, amount in rows if code.startswith(prefix))
                assert balances.under(session, book_id, prefix, as_of=day, known_at=known_at) == Money(total)
            for account in any_book.ACCOUNTS:
                of_account = [row for row in rows if row[0] == account]
                which = {"as_of": day, "known_at": known_at}
                assert balances.of(session, book_id, account, **which).minor == sum(row[3] for row in of_account)
                assert balances.of(session, book_id, account, project="PRJ000001", **which).minor == sum(
                    row[3] for row in of_account if row[1] == "PRJ000001"
                )
                assert balances.of(session, book_id, account, contributor="C000001", **which).minor == sum(
                    row[3] for row in of_account if row[2] == "C000001"
                )
            for project in (None, "PRJ000001"):
                counted = [row for row in rows if project in {None, row[1]}]
                trial = balances.trial(session, book_id, as_of=day, project=project, known_at=known_at)
                assert [_figures(row) for row in trial] == [
                    (account, *_sums([row for row in counted if row[0] == account]))
                    for account in sorted({row[0] for row in counted})
                ]


def _figures(row: TrialRow) -> tuple[str, int, int]:
    return row.account, row.debits.minor, row.credits.minor


def _sums(rows: list[tuple[str, str, str, int]]) -> tuple[int, int]:
    return sum(max(row[3], 0) for row in rows), -sum(min(row[3], 0) for row in rows)


def test_a_balance_at_a_seal_stays_as_it_was_whatever_is_posted_later(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_donation(50))
    with database.transaction() as session:
        seals.seal(session, now=NOW)
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(20, on=date(2025, 3, 3)))
        make_entry(session, book_id, make_transfer(10, debited="512100", credited="754200"))
    for _before_and_after_they_are_sealed in range(2):
        with database.transaction() as session:
            assert balances.under(session, book_id, "754", known_at=1) == Money(-5000)
            assert balances.under(session, book_id, "754", known_at=1, project="PRJ000001") == Money(-5000)
            assert balances.under(session, book_id, "754", known_at=0) == Money(0)
            assert [row.account for row in balances.trial(session, book_id, known_at=1)] == [
                "511510",
                "627100",
                "754110",
            ]
            seals.seal(session, now=NOW)
            balances.fold(session)
    with database.reading() as session:
        assert balances.under(session, book_id, "754", known_at=2) == Money(-8000)


def test_a_prefix_that_no_account_has_is_told(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        with pytest.raises(UnknownAccount):
            balances.under(session, book_id, "999")
        with pytest.raises(UnknownAccount):
            balances.under(session, book_id, "75%")


def test_another_book_and_its_seals_change_nothing(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_donation(50))
    with database.transaction() as session:
        seals.seal(session, now=NOW)
    with database.transaction() as session:
        other = make_book(session, name="Another")
        make_entry(session, other, make_donation(20))
        assert balances.under(session, book_id, "754", known_at=1) == Money(-5000)
        assert balances.under(session, other, "754", known_at=1) == Money(0)
