"""Posting: what the program adds to the statements that it sends, and what a hot account costs."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa

from ledger.books import book, journal
from ledger.books.drafts import EntryDraft, credit, debit
from ledger.db import Database
from ledger.money import Money
from tests.benchmarks import stores
from tests.benchmarks.measure import Figure, interleaved, rate
from tests.factories.books import NOW, TODAY, make_book, make_donation

TURN: Final = 400
"""Entries in one turn of one client."""

TURNS: Final = 5

SPREAD: Final = 64
"""Over how many accounts of each kind the spread case is spread."""

SECONDS: Final = 3.0
"""How long many clients post in one turn."""

WARM: Final = 10
"""How many entries a client posts before its time is taken: a site's processes are not new either."""

Call = tuple[str, Any]


def measure() -> Iterator[Figure]:
    """Measure one client on each database, then sixteen on PostgreSQL."""
    with stores.server() as address:
        yield _one_client_postgresql(address)
        yield _hot_and_spread(address, clients=16)
    yield _one_client_sqlite()


def _one_client_postgresql(address: str) -> Figure:
    with stores.postgresql(address) as ours, stores.postgresql(address) as bare, stores.postgresql(address) as scratch:
        drafts, calls = _drafts(), iter(_recorded(scratch, TURN * TURNS))
        ours_book, _ = open_book(ours), open_book(bare)
        with psycopg.connect(bare.url.set(drivername="postgresql").render_as_string(hide_password=False)) as raw:
            raw.autocommit = True
            cursor = raw.cursor()
            rates = interleaved(
                lambda: rate(lambda: _post(ours, ours_book, islice(drafts, TURN))),
                lambda: rate(lambda: _replay(cursor.execute, next(calls))),
                turns=TURNS,
            )
    return Figure("posting, PostgreSQL, one client, against the same in bare psycopg", str(rates), rates.ratio, 0.5)


def _one_client_sqlite() -> Figure:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        ours, bare, scratch = (stack.enter_context(stores.sqlite(Path(directory))) for _ in range(3))
        drafts, calls = _drafts(), iter(_recorded(scratch, TURN * TURNS))
        ours_book, _ = open_book(ours), open_book(bare)
        raw = stack.enter_context(bare.engine.connect()).connection.driver_connection
        rates = interleaved(
            lambda: rate(lambda: _post(ours, ours_book, islice(drafts, TURN))),
            lambda: rate(lambda: _replay(_sqlite_execute(raw), next(calls))),
            turns=TURNS,
        )
    return Figure("posting, SQLite (WAL, FULL), against the same in bare sqlite3", str(rates), rates.ratio, 0.5)


def open_book(database: Database) -> int:
    """Open a book and its year."""
    with database.transaction() as session:
        book_id = make_book(session)
        journal.post(session, book_id, make_donation(), now=NOW)  # opens the year
        return book_id


def _drafts() -> Iterator[EntryDraft]:
    return (make_donation(source=f"stripe:txn_{n}", contributor=f"C{n:06}") for n in count(1_000_000))


def _post(database: Database, book_id: int, drafts: Iterator[EntryDraft]) -> int:
    done = 0
    for draft in drafts:
        with database.transaction() as session:
            journal.post(session, book_id, draft, now=NOW)
        done += 1
    return done


def _recorded(database: Database, entries: int) -> Sequence[list[list[Call]]]:
    """Post entries and write down every statement of every transaction with its values, a turn in each list."""
    transactions: list[list[Call]] = []

    def executed(
        _connection: object, _cursor: object, statement: str, values: Any, _context: object, many: object
    ) -> None:
        transactions[-1].append((statement, list(values) if many else values))

    book_id = open_book(database)
    sa.event.listen(database.engine, "before_cursor_execute", executed)
    for draft in islice(_drafts(), entries):
        transactions.append([])
        _post(database, book_id, iter([draft]))
    sa.event.remove(database.engine, "before_cursor_execute", executed)
    return [transactions[first : first + TURN] for first in range(0, entries, TURN)]


def _replay(execute: Callable[[str, Any], object], transactions: list[list[Call]]) -> int:
    for calls in transactions:
        if not calls[0][0].startswith(("BEGIN", "PRAGMA")):
            execute("BEGIN", ())
        for statement, values in calls:
            execute(statement, values)
        execute("COMMIT", ())
    return len(transactions)


def _sqlite_execute(raw: Any) -> Callable[[str, Any], object]:
    def execute(statement: str, values: Any) -> None:
        if isinstance(values, list):
            raw.executemany(statement, values)
        else:
            raw.execute(statement, values).fetchall()

    return execute


def _hot_and_spread(address: str, *, clients: int) -> Figure:
    with stores.postgresql(address) as database:
        book_id = open_book(database)
        with database.transaction() as session:
            for above in ("511510", "627100", "754110"):
                for n in range(SPREAD):
                    book.add_account(session, book_id, f"{above}{n:03}", under=above, label=str(n))
        url = database.url.render_as_string(hide_password=False)
        rates = interleaved(
            lambda: throughput(client, clients, url, book_id, 1),
            lambda: throughput(client, clients, url, book_id, SPREAD),
            turns=TURNS,
        )
    name = f"one hot account at {clients} clients, against {SPREAD} accounts"
    return Figure(f"posting, PostgreSQL, {name}", str(rates), rates.ratio, 0.8)


def throughput(act: Callable[..., None], clients: int, *how: Any) -> float:
    """Let clients post at the same time, each in a process of its own; give how many entries they write in a second."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Barrier(clients + 1), context.Event()
    done = context.Queue()
    processes = [
        context.Process(target=act, args=(number, ready, go, done, *how), daemon=True) for number in range(clients)
    ]
    for process in processes:
        process.start()
    ready.wait(60)
    go.set()
    total: int = sum(done.get() for _ in processes)
    for process in processes:
        process.join()
    return total / SECONDS


def client(number: int, ready: Any, go: Any, done: Any, url: str, book_id: int, accounts: int) -> None:
    """Post gifts, to one set of accounts or to many, until the time is over."""
    database = Database(url)

    def post(n: int) -> None:
        draft = _gift(f"{time.time_ns()}-{number}", (number * 7919 + n) % accounts, hot=accounts == 1)
        with database.transaction() as session:
            journal.post(session, book_id, draft, now=NOW)

    for n in range(WARM):
        post(n)
    ready.wait(60)
    go.wait()
    until, entries = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < until:
        post(entries)
        entries += 1
    done.put(entries)
    database.dispose()


def _gift(source: str, n: int, *, hot: bool) -> EntryDraft:
    tail = "" if hot else f"{n:03}"
    return EntryDraft(
        journal="STR",
        effective_on=TODAY,
        source=f"stripe:txn_{source}",
        memo="donation",
        lines=(
            debit(f"511510{tail}", Money(4892), project=f"PRJ{n:06}"),
            debit(f"627100{tail}", Money(108), project=f"PRJ{n:06}"),
            credit(f"754110{tail}", Money(5000), project=f"PRJ{n:06}", contributor="C000001"),
        ),
    )
