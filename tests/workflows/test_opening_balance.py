"""An opening balance is posted once, also when two send it at once, and adds the accounts that it needs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final

import pytest

from ledger.adapters.memory import MemoryFileStore
from ledger.books import queries, vouchers
from ledger.books.drafts import credit, debit
from ledger.books.refusals import AlreadyReversed
from ledger.db import Database
from ledger.money import Money
from ledger.projects import queries as projects
from ledger.projects.queries import OrganisationRow
from ledger.workflows import manual_entries, opening_balance
from ledger.workflows.manual_entries import Author, ManualEntry
from ledger.workflows.opening_balance import OpeningExists, OpeningInvalid
from tests.factories.books import NOW, TODAY
from tests.factories.organisations import make_organisation

DAY: Final = date(2026, 1, 1)
LIST: Final = b"account;label;debit;credit\n411A;A;1,5;\n411AB;AB;1,5;\n1024;Funds;;3,0\n"
OTHER: Final = LIST.replace(b"1,5", b"2,5").replace(b"3,0", b"5,0")
ROUNDS: Final = 8


@pytest.fixture
def organisation(database: Database) -> OrganisationRow:
    with database.transaction() as session:
        made = make_organisation(session)
        (row,) = projects.organisations(session, [made.id])
        return row


def bring(database: Database, organisation: OrganisationRow, content: bytes = LIST) -> int:
    voucher = opening_balance.keep(MemoryFileStore(), organisation.book_id, "x.csv", content)
    with database.transaction() as session:
        return opening_balance.post(
            session, organisation, content, day=DAY, voucher=voucher, author=Author("Inès"), now=NOW
        ).entry_id


def undo(database: Database, organisation: OrganisationRow, entry_id: int, form: str) -> int:
    with database.transaction() as session:
        return manual_entries.reverse(
            session, organisation.book_id, entry_id, form=form, memo="x", reason="x", author=Author("Inès"), now=NOW
        ).entry_id


def test_two_who_send_the_same_list_at_once_post_one_entry(database: Database, organisation: OrganisationRow) -> None:
    together = threading.Barrier(ROUNDS)

    def send(_number: int) -> int:
        together.wait()
        return bring(database, organisation)

    with ThreadPoolExecutor(ROUNDS) as pool:
        assert len(set(pool.map(send, range(ROUNDS)))) == 1


def test_two_who_send_different_lists_at_once_post_one_of_them(
    database: Database, organisation: OrganisationRow
) -> None:
    together = threading.Barrier(2)

    def send(content: bytes) -> int | None:
        together.wait()
        try:
            return bring(database, organisation, content)
        except OpeningExists:
            return None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(bool, pool.map(send, (LIST, OTHER)))) == [False, True]


def test_a_reversal_that_is_sent_twice_at_once_is_one_and_two_forms_are_told_apart(
    database: Database, organisation: OrganisationRow
) -> None:
    entry_id = bring(database, organisation)
    together = threading.Barrier(ROUNDS)

    def send(_number: int) -> int:
        together.wait()
        return undo(database, organisation, entry_id, "the-form")

    with ThreadPoolExecutor(ROUNDS) as pool:
        assert len(set(pool.map(send, range(ROUNDS)))) == 1
    with pytest.raises(AlreadyReversed):
        undo(database, organisation, entry_id, "another-form")


def test_a_manual_form_that_is_sent_twice_at_once_posts_once(database: Database, organisation: OrganisationRow) -> None:
    together = threading.Barrier(ROUNDS)
    voucher = vouchers.keep(MemoryFileStore(), organisation.book_id, "x.pdf", b"%PDF-", media_type="application/pdf")
    lines = (debit("512100", Money(100)), credit("756", Money(100)))
    entry = ManualEntry("a-form", TODAY, "Cotisation", "Au guichet", lines, voucher, Author("Inès"))

    def send(_number: int) -> int:
        together.wait()
        with database.transaction() as session:
            return manual_entries.post(session, organisation.book_id, entry, now=NOW).entry_id

    with ThreadPoolExecutor(ROUNDS) as pool:
        assert len(set(pool.map(send, range(ROUNDS)))) == 1


def test_a_sub_account_may_stand_below_another_one_of_the_list(
    database: Database, organisation: OrganisationRow
) -> None:
    bring(database, organisation)
    with database.reading() as session:
        codes = {row.code: row.label for row in queries.accounts(session, organisation.book_id)}
    assert (codes["411A"], codes["411AB"]) == ("A", "AB")


def test_a_list_with_a_problem_posts_nothing_and_adds_no_account(
    database: Database, organisation: OrganisationRow
) -> None:
    with pytest.raises(OpeningInvalid):
        bring(database, organisation, LIST + b"999;x;1,5;\n")
    with database.reading() as session:
        assert "411A" not in {row.code for row in queries.accounts(session, organisation.book_id)}
