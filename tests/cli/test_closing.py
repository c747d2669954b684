from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.books import balances
from ledger.db import Database
from ledger.money import Money
from tests.cli.test_commands import Ecot, told
from tests.factories.books import make_donation, make_entry
from tests.factories.organisations import make_organisation


@pytest.fixture
def ecot(database: Database, tmp_path: Path) -> Ecot:
    return Ecot(database, tmp_path)


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        organisation = make_organisation(session, slug="lavoir")
        make_entry(session, organisation.book_id, make_donation(50, on=date(2025, 5, 1)))
        return organisation.book_id


def test_a_year_is_closed_softly_reopened_and_closed_for_good(database: Database, ecot: Ecot, book_id: int) -> None:
    soft = "2025-01-01 to 2025-12-31 is closed softly: closing work is still posted there\n"
    assert told(ecot("books close lavoir 2025-12-31 --by Lou")) == (0, soft, "")
    reopened = ecot("books reopen lavoir 2025-12-31 --by Camille --reason", "an invoice")
    assert told(reopened) == (0, "2025-01-01 to 2025-12-31 is open again\n", "")
    assert told(ecot("books close lavoir 2025-12-31"))[0] == 0
    final = ecot("books close lavoir 2025-12-31 --final --yes --by Camille")
    assert final.exit_code == 0
    assert final.output.startswith("2025-01-01 to 2025-12-31 is closed for good: result 48.92 EUR, entry ")
    with database.reading() as session:
        assert balances.of(session, book_id, "120") == Money(-4892)

    lines = told(ecot("books periods lavoir"))[1].splitlines()
    assert lines[0] == "2025-01-01\t2025-12-31\tclosed for good"
    acts = [line.split("\t")[1:] for line in lines[1:]]
    assert [(act, *names) for act, _at, *names in acts] == [
        ("close", "Lou"),
        ("reopen", "Camille", "an invoice"),
        ("close",),
        ("close_for_good", "Camille"),
    ]


@pytest.mark.usefixtures("book_id")
def test_who_does_not_confirm_closes_nothing_for_good(ecot: Ecot) -> None:
    ecot("books close lavoir 2025-12-31")
    assert ecot("books close lavoir 2025-12-31 --final").exit_code == 1
    assert "closed softly" in told(ecot("books periods lavoir"))[1]


@pytest.mark.usefixtures("book_id")
def test_a_day_that_ends_no_period_closes_nothing(ecot: Ecot) -> None:
    code, _, error = told(ecot("books close lavoir 2025-12-30"))
    assert (code, error[:5]) == (1, "ecot:")
    assert told(ecot("books close lavoir 2025-12-31 --final --yes"))[0] == 1
    assert told(ecot("books periods lavoir"))[1] == "2025-01-01\t2025-12-31\topen\n"
