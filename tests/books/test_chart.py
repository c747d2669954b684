from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from ledger.books import book, chart
from ledger.books.chart import BadChart, UnknownChart
from ledger.config import ROOT
from ledger.db import Database
from ledger.errors import NotFound
from tests.factories.books import make_book

VECTORS: Final[dict[str, Any]] = json.loads((ROOT / "tests" / "data" / "accounts.json").read_text(encoding="utf-8"))
"""The accounts of the French regulations that the charts are made from; `own` are of the program's own numbering."""

CHARTS: Final = ("association", "cooperative", "mandate")

EQUITY_AND_LOANS: Final = (
    *("1013", "104", "1041", "1061", "1063", "4561", "45615", "45625", "4563", "4567", "457", "1671"),
    *("1681", "168110", "1688", "168810", "6611", "4422", "4423"),
)

SMALL = """
name = "small"
label = "Small"
closing_work = ["OD"]
[journals]
OD = "Opérations diverses"
STR = "Stripe"
[roles]
bank = "512"
stripe_clearing = "512"
psp_fees = "627"
gifts = "758"
tips_held = "467"
unallocated = "467"
[accounts]
467 = { kind = "liability", label = "Divers" }
512 = { kind = "asset", label = "Banques" }
627 = { kind = "expense", label = "Frais" }
758 = { kind = "income", label = "Dons" }
"""


def test_a_role_gives_the_code_of_its_account() -> None:
    association = chart.load("association")
    assert association.code_of("stripe_clearing") == "511510"
    assert association.code_of("gifts") == "754110"
    with pytest.raises(NotFound):
        association.code_of("treasure")


def test_every_chart_of_the_program_can_be_read() -> None:
    assert chart.names() == CHARTS
    for name in CHARTS:
        assert chart.load(name).name == name


@pytest.mark.parametrize("name", ["association", "cooperative"])
def test_a_chart_has_the_accounts_of_its_regulation_under_their_names(name: str) -> None:
    labels = {account.code: account.label for account in chart.load(name).accounts}
    for row in VECTORS[f"{name}_2025"]:
        assert labels[row["code"]] == row["label"].replace("'", "’")


def test_accounts_of_our_own_are_named_alike_in_every_chart() -> None:
    ours = {row["code"]: row["label"] for row in VECTORS["own"]}
    named: dict[str, str] = {}
    for name in CHARTS:
        for account in chart.load(name).accounts:
            if len(account.code) == 6:
                assert named.setdefault(account.code, account.label) == account.label
    assert ours.items() <= named.items()


def test_a_cooperative_has_the_accounts_of_capital_and_loans() -> None:
    assert set(EQUITY_AND_LOANS) <= {account.code for account in chart.load("cooperative").accounts}


def test_all_charts_have_the_same_journals_and_do_the_same_work_in_them() -> None:
    association = chart.load("association")
    for name in CHARTS:
        assert chart.load(name).journals == association.journals
        assert chart.load(name).closing_work == association.closing_work


def test_a_role_that_a_chart_does_not_have_is_said() -> None:
    with pytest.raises(NotFound, match="unknown_role"):
        chart.load("cooperative").code_of("waived_expenses")


def test_a_company_is_given_a_liberality_and_a_principal_what_is_held_for_it() -> None:
    labels = {account.code: (account.kind, account.label) for account in chart.load("cooperative").accounts}
    assert labels[chart.load("cooperative").code_of("gifts")] == ("income", "Libéralités reçues - dons de particuliers")
    mandate = chart.load("mandate")
    assert mandate.code_of("gifts").startswith(mandate.code_of("held_for_principals"))
    assert {account.kind for account in mandate.accounts} == {"asset", "liability", "memo"}


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
        ('kind = "asset"', 'kind = "income"'),
        ('kind = "asset", ', ""),
        ('label = "Banques"', 'label = ""'),
        ('758 = { kind = "income"', '758 = { kind = "liability"'),
        ("512 =", "51 ="),
        ("627 =", "512 ="),
        ('gifts = "758"', 'cash = "512"'),
        ('STR = "Stripe"', 'BQ = "Banque"'),
        ('STR = "Stripe"', 'STR = ""'),
        ('OD = "Opérations', 'od = "Opérations'),
        ('closing_work = ["OD"]', 'closing_work = ["CL"]'),
        ('name = "small"', 'name = "tall"'),
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
