"""What the role that the application connects as may do on PostgreSQL, and what it lacks the right for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from ledger.books import balances, book, closing, periods
from ledger.books.refusals import Overdrawn
from ledger.books.verify import verify
from ledger.db import Database
from tests.books.attacks import World
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def application(on_postgresql: tuple[Database, World]) -> Iterator[Database]:
    """A database entered as the application's role."""
    owner = on_postgresql[0]
    role = f"app_{uuid.uuid4().hex}"
    with owner.transaction() as session:
        session.execute(sa.text(f"CREATE ROLE {role}"))
        session.execute(sa.text("SELECT book_grant(:role)"), {"role": role})
    entered = Database(owner.url.render_as_string(hide_password=False))

    @sa.event.listens_for(entered.engine, "begin")
    def become(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL ROLE {role}")

    yield entered
    entered.dispose()
    with owner.transaction() as session:
        session.execute(sa.text(f"DROP OWNED BY {role}"))
        session.execute(sa.text(f"DROP ROLE {role}"))


def test_the_role_can_do_all_that_the_program_does(application: Database) -> None:
    with application.transaction() as session:
        book_id = make_book(session)
        book.add_account(session, book_id, "1681100001", under="168110", label="Prêt")
        book.close_account(session, book_id, "518", closed_on=TODAY)
        make_entry(session, book_id)
        make_entry(session, book_id, make_transfer(10, debited="530000", credited="754110"))
        make_entry(session, book_id, make_transfer(10, debited="512100", credited="530000"))
        with pytest.raises(Overdrawn):
            make_entry(session, book_id, make_transfer(10, debited="512100", credited="530000"))
    with application.transaction() as session:
        balances.fold(session)
        period = periods.covering(session, book_id, TODAY)
        periods.close(session, period.id, now=NOW)
        make_entry(session, book_id, make_donation(on=TODAY))
        periods.reopen(session, period.id, by="Camille", reason="an invoice", now=NOW)
        periods.close(session, period.id, now=NOW)
        closing.close_year(session, period.id, by="Camille", now=NOW)
    with application.reading() as session:
        assert verify(session) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET memo = 'x'",
        "DELETE FROM entry",
        "TRUNCATE entry CASCADE",
        "UPDATE posting SET amount = amount",
        "DELETE FROM posting",
        "TRUNCATE posting",
        "INSERT INTO posting SELECT * FROM posting",
        "INSERT INTO entry SELECT * FROM entry",
        "UPDATE account SET guard = 'none'",
        "DELETE FROM account",
        "UPDATE period SET ends_on = ends_on",
        "UPDATE period SET soft_closed_at = NULL",
        "UPDATE period SET closed_at = now()",
        "DELETE FROM period",
        "UPDATE period_act SET reason = 'x'",
        "DELETE FROM period_act",
        "UPDATE journal SET closing_work = true",
        "UPDATE book SET currency = currency",
        "UPDATE balance_now SET debits = 0",
        "DELETE FROM balance_day",
        "INSERT INTO balance_project_day VALUES ('PRJ000001', 1, '2026-03-03', 1, 1)",
        "UPDATE fold_state SET upto = 0",
        "ALTER TABLE entry DISABLE TRIGGER USER",
        "DROP TRIGGER entry_check ON entry",
        "CREATE OR REPLACE FUNCTION book_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER mine BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION book_append_only()",
        "SELECT book_rebase()",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_lacks_the_right(application: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError), application.transaction() as session:
        session.execute(sa.text(statement))
