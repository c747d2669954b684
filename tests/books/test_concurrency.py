"""Many writers at once, on threads. Nothing waits by the clock: a test goes on when the database says who waits."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import balances, book, journal, periods, seals
from ledger.books.book import AccountExists
from ledger.books.refusals import AlreadyReversed, Overdrawn, PeriodClosed, SourceReused
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from tests.books.at_once import WRITERS, all_at_once, post_one, second_waits_for_first
from tests.books.attacks import rule_of
from tests.factories.books import NOW, TODAY, make_book, make_donation, make_entry, make_transfer


@pytest.fixture
def book_id(database: Database) -> int:
    with database.transaction() as session:
        return make_book(session)


def test_of_writers_with_one_fact_one_wins_and_the_others_find_it_posted(database: Database, book_id: int) -> None:
    draft = make_donation()
    posted = all_at_once([lambda: post_one(database, book_id, draft)] * WRITERS)
    assert len({one.entry_id for one in posted}) == 1
    assert sorted(one.replayed for one in posted) == [False] + [True] * (WRITERS - 1)
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(-5000)


def test_of_writers_with_one_source_and_other_facts_one_wins(database: Database, book_id: int) -> None:
    def post(euros: int) -> str:
        try:
            post_one(database, book_id, make_donation(euros, source="stripe:txn_1"))
        except SourceReused:
            return "refused"
        return "posted"

    results = all_at_once([lambda n=n: post(50 + n) for n in range(WRITERS)])  # type: ignore[misc]
    assert sorted(results) == ["posted"] + ["refused"] * (WRITERS - 1)


def test_of_writers_that_reverse_one_entry_one_wins(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        entry_id = make_entry(session, book_id)

    def undo(n: int) -> str:
        try:
            with database.transaction() as session:
                journal.reverse(session, entry_id, source=f"undo:{n}", effective_on=TODAY, memo="", now=NOW)
        except AlreadyReversed:
            return "refused"
        return "reversed"

    results = all_at_once([lambda n=n: undo(n) for n in range(WRITERS)])  # type: ignore[misc]
    assert sorted(results) == ["refused"] * (WRITERS - 1) + ["reversed"]


def test_writers_that_open_a_year_end_with_one_period(database: Database, book_id: int) -> None:
    posted = all_at_once([lambda: post_one(database, book_id, make_donation())] * WRITERS)
    assert len({one.entry_id for one in posted}) == WRITERS
    with database.reading() as session:
        assert len(periods.of_book(session, book_id)) == 1


def test_balances_are_exact_while_writers_post_and_a_worker_folds(database: Database, book_id: int) -> None:
    done = threading.Event()
    plain = sa.text(
        "SELECT coalesce(sum(amount), 0) FROM posting l JOIN account a ON a.id = l.account_id WHERE a.code = '754110'"
    )

    def write() -> int:
        for n in range(12):
            post_one(database, book_id, make_donation(2 + n % 3, project=f"PRJ00000{n % 2}", on=date(2026, 3, 1 + n)))
        return 0

    def fold() -> int:
        while not done.is_set():
            with database.transaction() as session:
                balances.fold(session)
        return 0

    def read() -> int:
        reads = 0
        while not done.is_set():
            with database.reading() as session:
                expected = Money(int(session.scalar(plain)))
                assert balances.of(session, book_id, "754110") == expected
                assert balances.of(session, book_id, "754110", as_of=date(2026, 12, 31)) == expected
                by_project = [balances.of(session, book_id, "754110", project=f"PRJ00000{n}") for n in (0, 1)]
                assert by_project[0] + by_project[1] == expected
            reads += 1
        return reads

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        watching = [pool.submit(fold), pool.submit(read)]
        try:
            for written in [pool.submit(write) for _ in range(WRITERS)]:
                written.result()
        finally:
            done.set()
        assert watching[1].result() > 0
        watching[0].result()
    with database.reading() as session:
        assert balances.of(session, book_id, "754110") == Money(-WRITERS * 36 * 100)
        assert verify(session) == ()


def test_nothing_is_posted_to_a_period_once_it_is_closed(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        period = periods.covering(session, book_id, date(2025, 1, 1))
    started = threading.Barrier(3)

    def write() -> list[bool]:
        late = []
        started.wait()
        for _ in range(15):
            with database.transaction() as session:
                posted = journal.post(session, book_id, make_donation(on=date(2025, 6, 1)), now=NOW)
                day = session.scalar(sa.text("SELECT effective_on FROM entry WHERE id = :id"), {"id": posted.entry_id})
                late.append(str(day) > "2026")
        return late

    def close() -> list[bool]:
        started.wait()
        with database.transaction() as session:
            periods.close(session, period.id, now=NOW)
        return []

    with ThreadPoolExecutor(3) as pool:
        futures: list[Future[list[bool]]] = [pool.submit(write), pool.submit(write), pool.submit(close)]
        for future in futures:
            try:
                late = future.result()
            except PeriodClosed:
                continue  # it lost the race between looking and writing; its transaction is undone
            assert late == sorted(late)
    with database.reading() as session:
        assert verify(session) == ()


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_adds_the_account_that_another_is_adding_is_told_that_it_exists(database: Database, book_id: int) -> None:
    def add(session: Session) -> None:
        book.add_account(session, book_id, "1681100001", under="168110", label="Prêt")

    def add_too() -> None:
        with pytest.raises(AccountExists), database.transaction() as session:
            add(session)

    second_waits_for_first(database, add, add_too)


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_posts_what_another_is_posting_waits_and_finds_it_posted(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        periods.covering(session, book_id, TODAY)
    draft = make_donation()

    def post_and_go_on() -> journal.Posted:
        with database.transaction() as session:
            posted = journal.post(session, book_id, draft, now=NOW)
            make_entry(session, book_id)
            return posted

    posted = second_waits_for_first(database, lambda session: make_entry(session, book_id, draft), post_and_go_on)
    assert posted.replayed
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM entry")) == 2
        assert session.scalar(sa.text("SELECT count(*) FROM posting")) == 6


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_payouts_of_one_account_wait_for_each_other(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_transfer(100, debited="530000", credited="754110"))

    def pay(session: Session) -> int:
        return make_entry(session, book_id, make_transfer(60, debited="512100", credited="530000"))

    def pay_too() -> None:
        with database.transaction() as session:
            pay(session)

    with pytest.raises(Overdrawn):
        second_waits_for_first(database, pay, pay_too)


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_payouts_by_sql_alone_wait_for_each_other(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_transfer(100, debited="530000", credited="754110"))
    pay = sa.text(
        "SELECT posted FROM book_post(:book, (SELECT id FROM period), 'OD', '2026-03-03', '2026-03-03', now(), :source,"
        " decode(repeat('00', 32), 'hex'), NULL, '', '{}',"
        " ARRAY(SELECT id FROM account WHERE code IN ('512100', '530000') ORDER BY code),"
        " ARRAY[6000, -6000]::bigint[], ARRAY['', ''], ARRAY['', ''])"
    )

    def pay_too() -> str:
        try:
            with database.transaction() as session:
                session.execute(pay, {"book": book_id, "source": "second"})
        except sa.exc.IntegrityError as error:
            return rule_of(error)
        return "accepted"

    rule = second_waits_for_first(
        database, lambda session: session.execute(pay, {"book": book_id, "source": "first"}), pay_too
    )
    assert rule == "entry_overdrawn"


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_gift_to_a_guarded_account_waits_for_nobody(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id, make_transfer(100, debited="530000", credited="754110"))
    with database.transaction() as session:
        make_entry(session, book_id, make_transfer(60, debited="512100", credited="530000"))
        post_one(database, book_id, make_transfer(5, debited="530000", credited="754110"))


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_closing_waits_for_who_is_posting_and_counts_it(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        period = periods.covering(session, book_id, TODAY)

    def close() -> None:
        with database.transaction() as session:
            periods.close(session, period.id, now=NOW)

    second_waits_for_first(database, lambda session: make_entry(session, book_id), close)
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT soft_closed_entries FROM period")) == 1
        assert verify(session) == ()


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_posts_while_a_period_closes_waits_and_is_refused(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        period = periods.covering(session, book_id, TODAY)
    with pytest.raises(PeriodClosed):
        second_waits_for_first(
            database,
            lambda session: periods.close(session, period.id, now=NOW),
            lambda: post_one(database, book_id, make_donation()),
        )


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_second_sealer_waits_and_finds_nothing_left(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id)

    def seal_too() -> int:
        with database.transaction() as session:
            return len(seals.seal(session, now=NOW))

    assert second_waits_for_first(database, lambda session: seals.seal(session, now=NOW), seal_too) == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_line_cannot_join_an_entry_that_another_transaction_is_writing(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        make_entry(session, book_id)
    with pytest.raises(sa.exc.IntegrityError, match="fk_posting_entry"):
        _join_an_entry_of_another_transaction(database, book_id)


def _join_an_entry_of_another_transaction(database: Database, book_id: int) -> None:
    join = sa.text(
        "INSERT INTO posting (entry_id, n, account_id, amount, effective_on, project, contributor)"
        " VALUES (:entry, :n, 1, :amount, '2026-03-03', '', '')"
    )
    with database.transaction() as intruder, database.transaction() as session:
        entry_id = make_entry(session, book_id)
        for n, amount in ((7, 5), (8, -5)):
            intruder.execute(join, {"entry": entry_id, "n": n, "amount": amount})


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_many_books_do_not_wait_for_each_other(database: Database, book_id: int) -> None:
    with database.transaction() as session:
        other = make_book(session, name="Another")
    with database.transaction() as session:
        make_entry(session, book_id)
        post_one(database, other, make_donation())
