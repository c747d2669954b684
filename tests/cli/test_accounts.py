"""`ecot books extend` and `add-account`, and the chart that an organisation is founded with."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.db import Database
from ledger.organisations import organisations
from tests.cli.test_commands import FOUND, Ecot, told


@pytest.fixture
def ecot(database: Database, tmp_path: Path) -> Ecot:
    return Ecot(database, tmp_path)


@pytest.mark.parametrize(
    ("options", "chart"),
    [
        ("", "association"),
        (" --form cooperative", "cooperative"),
        (" --form company", "cooperative"),
        (" --form commune", "mandate"),
        (" --form association --chart cooperative", "cooperative"),
    ],
)
def test_an_organisation_is_founded_with_the_chart_of_its_form_or_the_one_asked_for(
    ecot: Ecot, database: Database, options: str, chart: str
) -> None:
    assert told(ecot(FOUND.format("halle") + options)) == (0, "", "")
    with database.reading() as session:
        assert organisations.chart_of(session, organisations.get(session, "halle")).name == chart
    assert ecot(FOUND.format("b") + " --chart treasure").exit_code == 2


def test_a_sub_account_is_added_once_and_what_it_cannot_be_is_told_in_one_line(ecot: Ecot, database: Database) -> None:
    ecot(FOUND.format("halle"))
    add = "books add-account halle 1681100001 --under 168110 --label"

    assert told(ecot(add, "Prêt de Mme Roux")) == (0, "", "")
    assert told(ecot(add, "again")) == (1, "", "ecot: account_exists(account='1681100001')\n")
    assert told(ecot("books add-account halle 999 --under 99 --label x"))[0] == 1
    assert told(ecot("books add-account nothing 5121 --under 512 --label x"))[0] == 1
    assert ecot("books add-account halle 5121 --under 512").exit_code == 2
    with database.reading() as session:
        row = session.execute(sa.text("SELECT kind, label FROM account WHERE code = '1681100001'")).one()
    assert tuple(row) == ("liability", "Prêt de Mme Roux")


def test_a_book_is_extended_by_what_its_chart_gained_which_is_printed(ecot: Ecot, database: Database) -> None:
    with database.transaction() as session:
        session.execute(
            sa.text("INSERT INTO book (name, chart, currency, first_month) VALUES ('x', 'association', 'EUR', 1)")
        )
    ecot(FOUND.format("halle"))
    assert told(ecot("books extend halle")) == (0, "", "")
    with database.transaction() as session:
        empty = session.scalar(sa.text("SELECT min(id) FROM book"))
        session.execute(sa.text("UPDATE organisation SET book_id = :id"), {"id": empty})

    first = told(ecot("books extend halle"))

    assert first[0] == 0
    assert {"512100", "754110", "STR"} <= set(first[1].split())
    assert told(ecot("books extend halle")) == (0, "", "")
    assert told(ecot("books extend nothing")) == (1, "", "ecot: organisation_unknown(slug='nothing')\n")
