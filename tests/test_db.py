"""The two ways into the database, on both engines: all or nothing, one snapshot, and plain words when it is away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from ledger.db import Database, add_once
from ledger.errors import Invalid, Unavailable
from ledger.organisations.models import Membership, Role
from ledger.people.models import Person, SignInLink
from tests import databases

NOW = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
TOGETHER = 6


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file, for what only SQLite does."""
    yield from databases.sqlite(tmp_path)


@pytest.fixture
def server() -> Iterator[Database]:
    """A PostgreSQL database, for what only PostgreSQL does."""
    yield from databases.postgresql()


def somebody(email: str = "camille@example.org", *, at: datetime = NOW) -> Person:
    return Person(email=email, locale="fr", created_at=at)


def count(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def add_and(act: Callable[[Session], object], session: Session, *rows: Person) -> None:
    """Add rows within a transaction, and then do something else in it."""
    session.add_all(rows)
    session.flush()
    act(session)


def fail(_session: Session) -> None:
    raise ZeroDivisionError


def end_connection(session: Session) -> None:
    """Have the server end the connection of a session, as an administrator would."""
    pid = session.scalar(sa.text("SELECT pg_backend_pid()"))
    engine = session.get_bind().engine
    with engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def persons_in(database: Database) -> int:
    with database.reading() as session:
        return count(session)


def test_a_transaction_is_kept_when_it_ends_and_forgotten_when_it_raises(database: Database) -> None:
    with database.transaction() as session:
        session.add(somebody("a@example.org"))
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        add_and(fail, session, somebody("b@example.org"))
    assert persons_in(database) == 1


def test_a_transaction_that_cannot_be_committed_leaves_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add_all([somebody("a@example.org"), somebody("a@example.org")])
    assert persons_in(database) == 0


def test_what_was_read_stays_readable_after_the_end(database: Database) -> None:
    with database.transaction() as session:
        person = somebody()
        session.add(person)
    assert (person.id, person.email) == (1, "camille@example.org")


def test_a_reading_sees_one_instant_whatever_is_committed_meanwhile(database: Database) -> None:
    with database.reading() as before:
        assert count(before) == 0
        with database.transaction() as session:
            session.add(somebody())
        assert count(before) == 0
        assert persons_in(database) == 1


def test_a_reading_cannot_write_and_that_is_a_fault_of_the_program(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        add_and(count, session, somebody())
    assert persons_in(database) == 0


def test_a_connection_that_was_read_from_can_be_written_to(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        session.execute(sa.delete(Person))
    with database.transaction() as session:
        session.add(somebody())
    assert persons_in(database) == 1


def test_what_a_reading_changes_in_memory_is_not_written(database: Database) -> None:
    with database.transaction() as session:
        session.add(somebody())
    with database.reading() as session:
        session.scalars(sa.select(Person)).one().first_name = "Camille"
    with database.reading() as session:
        assert session.scalars(sa.select(Person)).one().first_name == ""


def test_keys_of_other_tables_are_checked(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Membership(organisation_id=1, person_id=1, role=Role.ADMIN, created_at=NOW))


def test_a_writer_who_waits_too_long_for_sqlite_is_told_so(file: Database) -> None:
    impatient = Database(f"sqlite:///{file.url.database}", patience=0.01)
    with file.transaction() as session:
        session.add(somebody("a@example.org"))
        session.flush()
        with pytest.raises(Unavailable, match="database_unavailable"), impatient.transaction() as second:
            second.add(somebody("b@example.org"))
        assert persons_in(impatient) == 0
    with impatient.transaction() as session:
        session.add(somebody("b@example.org"))
    impatient.dispose()
    assert persons_in(file) == 2


@pytest.mark.postgresql
def test_a_connection_that_postgresql_ends_is_told_and_replaced(server: Database) -> None:
    def end_connection_and_read(session: Session) -> None:
        end_connection(session)
        count(session)

    with pytest.raises(Unavailable, match="database_unavailable"), server.transaction() as session:
        add_and(end_connection_and_read, session, somebody())
    assert persons_in(server) == 0


@pytest.mark.postgresql
def test_a_connection_that_postgresql_ends_while_it_rests_is_replaced_unseen(server: Database) -> None:
    resting = Database(server.url.render_as_string(hide_password=False), rest=0.0)
    with resting.reading() as session:
        pid = session.scalar(sa.text("SELECT pg_backend_pid()"))
    with server.transaction() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    assert persons_in(resting) == 0
    resting.dispose()


@pytest.mark.postgresql
def test_a_connection_lost_before_the_commit_leaves_nothing(server: Database) -> None:
    with pytest.raises(Unavailable), server.transaction() as session:
        add_and(end_connection, session, somebody())
    assert persons_in(server) == 0


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/nothing/ecot.db", "postgresql://ecot@127.0.0.1:1/ecot"):
        nowhere = Database(url)
        with pytest.raises(Unavailable, match="database_unavailable"), nowhere.reading() as session:
            count(session)
        with pytest.raises(Unavailable, match="database_unavailable"), nowhere.transaction() as session:
            count(session)
        nowhere.dispose()


def fill_the_disk(session: Session) -> None:
    pages = session.scalar(sa.text("PRAGMA page_count"))
    session.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
    session.add_all([somebody(f"{number}@example.org") for number in range(5000)])
    session.flush()


def test_a_full_disk_is_unavailable_and_leaves_nothing(file: Database) -> None:
    with pytest.raises(Unavailable), file.transaction() as session:
        fill_the_disk(session)
    assert persons_in(file) == 0


def test_a_database_without_its_tables_says_so(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("DROP TABLE sign_in_link"))
    with pytest.raises(Unavailable, match="database_not_upgraded"), database.reading() as session:
        session.scalars(sa.select(SignInLink)).all()


def test_a_fault_of_ours_is_not_called_unavailable(database: Database) -> None:
    for statement in ("SELEC 1", "SELECT nothing FROM person"):
        with pytest.raises(DBAPIError), database.reading() as session:
            session.execute(sa.text(statement))


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u:secret@host/x", "postgres://u:secret@host/x"])
def test_an_address_of_no_database_of_ours_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid, match="database_url_unusable") as refused:
        Database(url)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_sqlite_keeps_what_it_confirmed_and_lets_readers_read(file: Database) -> None:
    with file.reading() as session:
        pragmas = [
            session.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def test_an_instant_comes_back_the_same_in_utc(database: Database) -> None:
    elsewhere = datetime(2026, 3, 3, 23, 5, 6, 123456, tzinfo=timezone(timedelta(hours=10)))
    with database.transaction() as session:
        session.add(somebody(at=elsewhere))
    with database.reading() as session:
        found = session.scalars(sa.select(Person.created_at)).one()
        later = session.scalars(sa.select(Person).where(Person.created_at > elsewhere)).all()
    assert found == elsewhere
    assert found.utcoffset() == timedelta(0)
    assert not later


def test_an_instant_without_a_zone_is_not_kept(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), database.transaction() as session:
        session.add(somebody(at=datetime(2026, 3, 3)))  # noqa: DTZ001 - what is refused


def test_a_row_is_added_once_and_the_session_goes_on(database: Database) -> None:
    with database.transaction() as session:
        session.add(somebody("before@example.org"))
        assert add_once(session, somebody())
        assert not add_once(session, somebody())
        session.add(somebody("after@example.org"))
    with database.transaction() as session:
        assert not add_once(session, somebody())
    assert persons_in(database) == 3


def test_a_row_that_breaks_another_rule_is_not_taken_for_a_double(database: Database) -> None:
    with database.transaction() as session:
        for broken in (
            Membership(organisation_id=1, person_id=1, role=Role.ADMIN, created_at=NOW),
            Person(email="a@example.org", created_at=NOW),
        ):
            with pytest.raises(IntegrityError):
                add_once(session, broken)


def test_of_many_who_add_the_same_row_at_once_one_does(database: Database) -> None:
    ready = threading.Barrier(TOGETHER, timeout=60)

    def try_it(_number: int) -> bool:
        ready.wait()
        with database.transaction() as session:
            return add_once(session, somebody())

    with ThreadPoolExecutor(TOGETHER) as pool:
        assert sorted(pool.map(try_it, range(TOGETHER))) == [False] * (TOGETHER - 1) + [True]
    assert persons_in(database) == 1


def test_a_row_is_added_after_all_when_the_transaction_under_way_gives_up(database: Database) -> None:
    ready = threading.Barrier(2, timeout=60)

    def wait_and_fail(session: Session) -> None:
        ready.wait()
        fail(session)

    def give_up() -> None:
        with pytest.raises(ZeroDivisionError), database.transaction() as session:
            add_and(wait_and_fail, session, somebody())

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(give_up)
        ready.wait()
        with database.transaction() as session:
            assert add_once(session, somebody())
        other.result()
    assert persons_in(database) == 1


def test_a_writer_that_waits_for_a_stuck_one_is_told_to_try_again(database: Database, frozen_now: datetime) -> None:
    impatient = Database(database.url.render_as_string(hide_password=False), patience=0.2)

    def write() -> None:
        with impatient.transaction() as session:
            session.add(Person(email="camille@example.org", locale="fr", created_at=frozen_now))

    with database.transaction() as stuck:
        stuck.execute(sa.text("SELECT 1" if database.is_sqlite else "LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE"))
        with pytest.raises(Unavailable, match="database_unavailable"):
            write()
    write()
    impatient.dispose()
