"""A book's accounts grow with its chart and by sub-accounts; none that was used is ever another."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ledger.books import book, chart, constraints, journal
from ledger.books.book import AccountExists, ChartDiffers
from ledger.books.chart import ChartAccount
from ledger.books.refusals import AccountClosed, BadAccount, Overdrawn, UnknownAccount, UnknownBook
from ledger.db import Database
from ledger.errors import EcotError
from tests.books import ledger_text
from tests.factories.books import NOW, TODAY, make_book, make_entry, make_transfer


def with_accounts(monkeypatch: pytest.MonkeyPatch, *accounts: ChartAccount, **roles: str) -> None:
    """Have the chart of associations changed: other accounts in place of those of the same codes, or more."""
    given = {account.code for account in accounts}
    old = chart.read(chart.DIRECTORY / "association.toml")
    kept = tuple(account for account in old.accounts if account.code not in given)
    journals = {**old.journals, "ZZ": "Nouveau"}
    changed = dataclasses.replace(old, accounts=(*kept, *accounts), journals=journals, roles={**old.roles, **roles})
    monkeypatch.setattr(chart, "load", {"association": changed}.__getitem__)


def test_a_book_gains_what_its_chart_has_gained_and_only_that(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        assert book.extend(session, book_id) == ()
    with_accounts(monkeypatch, ChartAccount("6257", "Réceptions", "expense"))
    with database.transaction() as session:
        assert book.extend(session, book_id) == ("6257", "ZZ")
        assert book.extend(session, book_id) == ()
        make_entry(session, book_id, make_transfer(10, debited="6257", credited="512100"))
        with pytest.raises(UnknownBook):
            book.extend(session, book_id + 1)


@pytest.mark.parametrize(
    "account",
    [ChartAccount("512100", "Banque", "liability"), ChartAccount("512100", "Banque", "asset", "debit_only")],
)
def test_a_chart_that_makes_an_account_another_is_refused_and_nothing_is_added(
    database: Database, monkeypatch: pytest.MonkeyPatch, account: ChartAccount
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
    with_accounts(monkeypatch, account, ChartAccount("6257", "Réceptions", "expense"))
    with database.transaction() as session, pytest.raises(ChartDiffers) as refused:
        book.extend(session, book_id)
    assert refused.value.values["account"] == "512100"
    with database.transaction() as session, pytest.raises(UnknownAccount):
        make_entry(session, book_id, make_transfer(10, debited="6257", credited="512100"))


def test_a_new_name_in_the_chart_leaves_the_book_as_it_is(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
    with_accounts(monkeypatch, ChartAccount("512100", "La Banque", "asset"))
    with database.transaction() as session:
        assert book.extend(session, book_id) == ("ZZ",)


def test_a_book_that_its_chart_has_left_behind_is_found_until_it_is_extended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        assert not list(book.agrees_with_chart(session, book_id))
    with_accounts(monkeypatch, ChartAccount("754111", "Dons", "income"), gifts="754111")
    with database.transaction() as session:
        found = [(problem.check, problem.id) for problem in book.agrees_with_chart(session, book_id)]
        assert found == [("account_of_chart_missing", "754111"), ("journal_of_chart_missing", "ZZ")]
        book.extend(session, book_id)
        assert not list(book.agrees_with_chart(session, book_id))
    with_accounts(monkeypatch, ChartAccount("512100", "Banque", "liability"))
    with database.reading() as session:
        found = [(problem.check, problem.id) for problem in book.agrees_with_chart(session, book_id)]
        assert found == [("account_differs_from_chart", "512100")]


@pytest.mark.parametrize(
    ("code", "under", "kind", "guard"),
    [
        ("1681100001", "168110", "liability", "none"),
        ("530001", "530", "asset", "debit_only"),
        ("467220PRJ000001", "467220", "liability", "none"),
        ("6251", "625", "expense", "none"),
    ],
)
def test_a_sub_account_takes_after_the_account_above(
    database: Database, code: str, under: str, kind: str, guard: str
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        account_id = book.add_account(session, book_id, code, under=under, label="Prêt de Mme Roux ")
        query = sa.text("SELECT kind, guard, currency, label FROM account WHERE id = :id")
        assert tuple(session.execute(query, {"id": account_id}).one()) == (kind, guard, "EUR", "Prêt de Mme Roux")
        with pytest.raises(AccountExists):
            book.add_account(session, book_id, code, under=under, label="again")


@pytest.mark.parametrize(
    ("error", "code", "under", "label", "guard"),
    [
        (UnknownAccount, "1681200001", "168110", "not below", ""),
        (UnknownAccount, "9991", "999", "below nothing", ""),
        (AccountExists, "512100", "512", "there already", ""),
        (AccountExists, "512", "512", "itself", ""),
        (BadAccount, "5121001", "512", "an account stands between", ""),
        (BadAccount, "5129-1", "512", "a code that other programs stumble over", ""),
        (BadAccount, "5129é", "512", "the same", ""),
        (BadAccount, "51299", "512", " ", ""),
        (BadAccount, "51299", "512", "a\tb", ""),
        (BadAccount, "5300001", "530000", "the guard above is dropped", "none"),
        (BadAccount, "5300001", "530000", "the guard above is turned round", "credit_only"),
        (AccountClosed, "5181", "518", "below a closed one", ""),
    ],
)
def test_a_sub_account_that_cannot_be_is_refused(
    database: Database, error: type[EcotError], code: str, under: str, label: str, guard: str
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        book.close_account(session, book_id, "518", closed_on=TODAY)
        with pytest.raises(error):
            book.add_account(session, book_id, code, under=under, label=label, guard=guard)


def test_a_sub_account_is_posted_to_guarded_and_closed_like_any_other(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        book.add_account(session, book_id, "5300001", under="530000", label="Caisse du marché")
        make_entry(session, book_id, make_transfer(10, debited="5300001", credited="754110"))
        with pytest.raises(Overdrawn):
            make_entry(session, book_id, make_transfer(11, debited="512100", credited="5300001"))
        make_entry(session, book_id, make_transfer(10, debited="512100", credited="5300001"))
        book.close_account(session, book_id, "5300001", closed_on=TODAY)
        make_entry(session, book_id, make_transfer(5, debited="5300001", credited="754110"))
        late = make_transfer(5, debited="5300001", credited="754110", on=date(2026, 3, 4))
        with pytest.raises(AccountClosed):
            journal.post(session, book_id, late, now=NOW)
        assert ledger_text.trial(session, book_id) == ["512100 10,00", "5300001 5,00", "754110 -15,00"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE account SET code = '512101' WHERE code = '512100'",
        "UPDATE account SET kind = 'liability' WHERE code = '512100'",
        "UPDATE account SET guard = 'debit_only' WHERE code = '512100'",
        "UPDATE book SET chart = 'cooperative'",
        "DELETE FROM account WHERE code = '512100'",
    ],
)
def test_the_database_keeps_the_chart_of_a_book_and_the_code_and_kind_of_an_account(
    database: Database, change: str
) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        make_entry(session, book_id, make_transfer(10, debited="512100", credited="754110"))
    with pytest.raises(IntegrityError) as refused, database.transaction() as session:
        session.execute(sa.text(change))
    assert constraints.name_in(refused.value) == "append_only"
