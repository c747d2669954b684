from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from ledger.books import balances, periods
from ledger.books.refusals import UnknownAccount
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from tests.books import ledger_text
from tests.factories.books import TODAY, make_book, make_donation, make_entry, make_transfer


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        return make_book(session)


def _fold(database: Database) -> None:
    with database.transaction() as session:
        balances.fold(session)


@pytest.mark.parametrize("folds", ["never", "between", "after"])
def test_a_balance_is_the_same_however_much_is_folded(database: Database, book_id: int, folds: str) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(50, project="PRJ000001", contributor="C000001"))
        make_entry(session, book_id, make_donation(30, project="PRJ000002", contributor="C000001"))
    if folds == "between":
        _fold(database)
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(20, on=date(2026, 3, 2), contributor="C000002"))
        make_entry(session, book_id, make_transfer(10, debited="580000", credited="511510"))
    if folds == "after":
        _fold(database)
        _fold(database)
    with database.reading() as session:

        def gifts(**which: object) -> int:
            return balances.of(session, book_id, "754110", **which).minor  # type: ignore[arg-type]

        assert gifts() == -10000
        assert gifts(as_of=date(2026, 3, 1)) == 0
        assert gifts(as_of=date(2026, 3, 2)) == -2000
        assert gifts(project="PRJ000001") == -7000
        assert gifts(project="PRJ000001", as_of=date(2026, 3, 2)) == -2000
        assert gifts(contributor="C000001") == -8000
        assert gifts(contributor="C000001", project="PRJ000002") == -3000
        assert gifts(contributor="C000002", as_of=date(2026, 3, 1)) == 0
        assert gifts(project="PRJ000003") == 0
        assert ledger_text.trial(session, book_id) == [
            "511510 86,76",
            "580000 10,00",
            "627100 3,24",
            "754110 -100,00",
        ]
        assert ledger_text.trial(session, book_id, as_of=date(2026, 3, 2)) == [
            "511510 18,92",
            "627100 1,08",
            "754110 -20,00",
        ]
        assert ledger_text.trial(session, book_id, project="PRJ000002") == [
            "511510 28,92",
            "627100 1,08",
            "754110 -30,00",
        ]
        assert verify(session) == ()


def test_a_trial_balance_shows_debits_and_credits_apart(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_transfer(10, debited="512100", credited="754110"))
        make_entry(session, book_id, make_transfer(4, debited="627100", credited="512100"))
    with database.reading() as session:
        bank = balances.trial(session, book_id)[0]
    assert (bank.account, bank.debits, bank.credits, bank.balance) == ("512100", Money(1000), Money(400), Money(600))
    assert bank.kind == "asset"


def test_an_account_that_is_not_there_has_no_balance(database: Database, book_id: int) -> None:
    with database.reading() as session, pytest.raises(UnknownAccount):
        balances.of(session, book_id, "999999")


def test_a_balance_counts_what_this_transaction_posted(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(50))
        assert balances.of(session, book_id, "754110") == Money(-5000)
        assert balances.of(session, book_id, "754110", project="PRJ000001", as_of=TODAY) == Money(-5000)


def test_two_books_do_not_mix(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        other = make_book(session, name="Another")
        make_entry(session, book_id, make_donation(50))
        make_entry(session, other, make_donation(20))
    _fold(database)
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(-5000)
        assert balances.of(session, other, "754110") == Money(-2000)
        assert ledger_text.trial(session, other) == ["511510 18,92", "627100 1,08", "754110 -20,00"]


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_fold_leaves_out_what_is_still_being_written(database: Database, book_id: int) -> None:
    """Ids are not drawn in the order of commits: what commits late must not be lost."""
    with database.transaction() as session:
        periods.covering(session, book_id, TODAY)
    with database.transaction() as slow:
        make_entry(slow, book_id, make_donation(50))
        with database.transaction() as quick:
            make_entry(quick, book_id, make_donation(20))
        _fold(database)
        with database.reading() as session:
            assert balances.of(session, book_id, "754110") == Money(-2000)
            assert session.scalar(sa.text("SELECT count(*) FROM balance_now")) == 0
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(-7000)
    _fold(database)
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(-7000)
        assert session.scalar(sa.text("SELECT count(*) FROM balance_now")) == 3
        assert verify(session) == ()


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_book_restored_into_a_younger_cluster_is_rebased(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(50))
    with database.transaction() as session:
        session.execute(sa.text("UPDATE fold_state SET upto = 9000000000"))
    with pytest.raises(sa.exc.IntegrityError, match="book_rebase"), database.transaction() as session:
        make_entry(session, book_id)
    with database.transaction() as session:
        session.execute(sa.text("SELECT book_rebase()"))
    _fold(database)
    with database.transaction() as session:
        make_entry(session, book_id, make_donation(20))
        assert balances.of(session, book_id, "754110") == Money(-7000)
        assert verify(session) == ()
