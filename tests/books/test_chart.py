from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.books import book, chart
from ledger.books.book import AccountExists
from ledger.books.chart import BadChart, UnknownChart
from ledger.books.refusals import UnknownAccount, UnknownBook
from ledger.db import Database
from ledger.errors import NotFound
from tests.factories.books import make_book

SMALL = """
name = "small"
label = "Small"
[journals]
OD = "Opérations diverses"
[roles]
bank = "512"
[accounts]
512 = { kind = "asset", label = "Banques" }
"""


def test_a_role_gives_the_code_of_its_account() -> None:
    association = chart.load("association")
    assert association.code_of("stripe_clearing") == "511510"
    assert association.code_of("gifts") == "754110"
    with pytest.raises(NotFound):
        association.code_of("treasure")


def test_every_chart_of_the_program_can_be_read() -> None:
    names = [path.stem for path in chart.DIRECTORY.glob("*.toml")]
    assert "association" in names
    for name in names:
        assert chart.load(name).name == name


@pytest.mark.parametrize("name", ["nothing", "../default", "", "a/b"])
def test_only_charts_of_the_program_can_be_named(name: str) -> None:
    with pytest.raises(UnknownChart):
        chart.load(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "asset"', 'kind = "treasure"'),
        ('kind = "asset"', 'kind = "asset", guard = "dog"'),
        ('kind = "asset"', 'kind = "asset", colour = "red"'),
        ("512 =", "51 ="),
        ('bank = "512"', 'bank = "513"'),
        ('label = "Small"', 'label = "Small"\nheight = 3'),
    ],
)
def test_a_chart_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    assert chart.read(path).code_of("bank") == "512"
    path.write_text(SMALL.replace(old, new, 1))
    with pytest.raises(BadChart):
        chart.read(path)


def test_a_book_opens_with_every_account_and_journal_of_its_chart(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        association = book.chart_of(session, book_id)
        codes = set(session.scalars(sa.text("SELECT code FROM account")))
        journals = set(session.scalars(sa.text("SELECT code FROM journal")))
    assert codes == {account.code for account in association.accounts}
    assert journals == set(association.journals)


def test_a_book_gains_what_its_chart_has_gained_and_only_that(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        assert book.extend(session, book_id) == ()
        with pytest.raises(UnknownBook):
            book.extend(session, book_id + 1)


def test_a_sub_account_takes_after_the_account_above(database: Database) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        account_id = book.add_account(session, book_id, "1681100001", under="168110", label="Prêt de Mme Roux")
        row = session.execute(sa.text("SELECT kind, currency FROM account WHERE id = :id"), {"id": account_id}).one()
        assert tuple(row) == ("liability", "EUR")
        with pytest.raises(AccountExists):
            book.add_account(session, book_id, "1681100001", under="168110", label="again")
        with pytest.raises(UnknownAccount):
            book.add_account(session, book_id, "1681200001", under="168110", label="not below")
        with pytest.raises(UnknownAccount):
            book.add_account(session, book_id, "9991", under="999", label="below nothing")
