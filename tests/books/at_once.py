"""Writers on threads, started together, or the second while the first has not ended. Nothing waits by the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from ledger.books import journal
from ledger.books.drafts import EntryDraft
from ledger.db import Database
from tests.factories.books import NOW

Result = TypeVar("Result")

WRITERS = 6


def all_at_once(works: list[Callable[[], Result]]) -> list[Result]:
    """Run functions on threads of their own, started together."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


def post_one(database: Database, book_id: int, draft: EntryDraft) -> journal.Posted:
    with database.transaction() as session:
        return journal.post(session, book_id, draft, now=NOW)


def _waiting(database: Database) -> bool:
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as c:
        found = c.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return bool(found.scalar())


def second_waits_for_first(database: Database, first: Callable[[Session], Any], second: Callable[[], Any]) -> Any:
    """Do the first in a transaction, start the second, and commit the first once the database says that one waits."""
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            first(session)
            running = pool.submit(second)
            while not _waiting(database):
                assert not running.done(), "the second did not wait"
        return running.result()
