from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from ledger.books import verify
from ledger.contributions.models import Contribution
from ledger.db import Database
from ledger.money import Money
from ledger.statements import checks
from tests.factories.gifts import Funded, make_funded, make_gift

PAID = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def problems(database: Database, funded: Funded) -> list[str]:
    with database.reading() as session:
        return [str(problem) for problem in verify.verify(session, funded.book_id, more=[checks.projects_agree])]


def test_a_book_that_was_only_written_by_gifts_has_no_problem(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), tip=Money(500), fee=Money(107), paid_at=PAID)
        make_gift(session, funded, Money(2000), fee=Money(55), paid_at=PAID, donor="Amadou Diallo")
        make_funded(session, "chorale")

    assert problems(database, funded) == []


def test_a_contribution_that_says_more_than_the_book_is_found(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), fee=Money(100), paid_at=PAID)
        session.execute(sa.update(Contribution).values(amount_minor=6000))

    (found,) = problems(database, funded)

    assert found.startswith("project_account_and_contributions_differ: project PRJ000001")
    assert "account 4900, contributions less fees 5900" in found


def test_an_entry_that_no_contribution_explains_is_found(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), fee=Money(100), paid_at=PAID)
        session.execute(sa.delete(Contribution))

    (found,) = problems(database, funded)

    assert "account 4900, contributions less fees 0" in found
