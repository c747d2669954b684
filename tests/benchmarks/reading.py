"""Reading: the balance of an account is as quick with a million lines as with a thousand, and so is a trial balance."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books import balances, journal, queries
from ledger.books.drafts import EntryDraft, credit, debit
from ledger.db import Database
from ledger.money import Money
from ledger.statements import plain_text
from ledger.statements.plain_text import Program
from tests.benchmarks import stores
from tests.benchmarks.measure import Figure, median_seconds
from tests.factories.books import NOW, make_book

LINES: Final = 1_000_000
FEW: Final = 1_000
TAIL: Final = 1_000
"""Lines that came in since the balances were folded: some minutes' worth of a busy day."""

AT_ONCE: Final = 100
"""Gifts in one entry, as one deposit would bring them; the account of gifts has that many lines in each."""

BIG, SMALL, BANK = "754110", "754200", "512100"
LAST: Final = date(2026, 12, 31)
HALF: Final = date(2026, 6, 30)
MILLISECOND: Final = 0.001


def measure() -> Iterator[Figure]:
    """Measure balances on both databases, and the trial balance against ledger-cli."""
    with stores.server() as address, stores.postgresql(address) as database:
        yield from _balances(database, "PostgreSQL")
        yield from _trial(database)
    with tempfile.TemporaryDirectory() as directory, stores.sqlite(Path(directory)) as database:
        yield from _balances(database, "SQLite")


def _balances(database: Database, engine: str) -> Iterator[Figure]:
    book_id = _fill(database)
    for name, as_of in (("now", None), ("as of a day", HALF)):
        with database.reading() as session:
            big, small = (
                median_seconds(partial(balances.of, session, book_id, account, as_of=as_of), times=200)
                for account in (BIG, SMALL)
            )
        title = f"balance {name}, {engine}, {LINES:,} lines"
        yield Figure(f"{title}, under a millisecond", f"{big * 1000:.2f} ms", MILLISECOND / big, 1.0)
        shown = f"{big * 1000:.2f} ms against {small * 1000:.2f} ms"
        yield Figure(f"{title}, against {FEW:,} lines", shown, small / big, 0.5)


def _fill(database: Database) -> int:
    """Fill a book with a year: an account with a million lines, one with a thousand, and a tail of each."""
    with database.transaction() as session:
        book_id = make_book(session)
        journal.post_many(session, book_id, _deposits(BIG, LINES - TAIL), now=NOW)
        journal.post_many(session, book_id, _deposits(SMALL, FEW), now=NOW)
    with database.transaction() as session:
        balances.fold(session)
    with database.transaction() as session:
        journal.post_many(session, book_id, _deposits(BIG, TAIL, name="tail"), now=NOW)
        if not database.is_sqlite:
            session.execute(sa.text("ANALYZE"))
    return book_id


def _deposits(account: str, lines: int, *, name: str = "deposit") -> Iterator[EntryDraft]:
    for n in range(lines // AT_ONCE):
        gifts = [
            credit(account, Money(1000 + i), project=f"PRJ{i % 50:06}", contributor=f"C{i:06}") for i in range(AT_ONCE)
        ]
        banked = [debit(BANK, -gift.money, project=gift.project) for gift in gifts]
        yield EntryDraft(
            journal="BQ",
            effective_on=LAST - timedelta(days=n * 365 // (lines // AT_ONCE)),
            source=f"{name}:{account}:{n}",
            memo="deposit",
            lines=(*gifts, *banked),
        )


def _trial(database: Database) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as directory, database.reading() as session:
        book_id = session.scalars(sa.text("SELECT id FROM book")).one()
        ours = median_seconds(partial(balances.trial, session, book_id, as_of=HALF), times=20)
        lines = queries.count_entries(session, book_id) * AT_ONCE * 2
        theirs = _ledger_cli(session, book_id, Path(directory) / "book.journal")
    shown = f"{ours * 1000:.1f} ms against {theirs:.1f} s" if theirs else "ledger-cli is not installed"
    yield Figure(f"trial balance as of a day, {lines:,} lines, against ledger-cli", shown, theirs / ours, 200)


def _ledger_cli(session: Session, book_id: int, file: Path) -> float:
    """Give how long ledger-cli takes for the same from our export; nothing where it is missing."""
    program = shutil.which("ledger")
    if program is None:
        return 0.0
    with file.open("wb") as exported:
        exported.writelines(plain_text.encode(session, book_id, LAST, Program.HLEDGER))
    begun = time.perf_counter()
    command = [program, "-f", str(file), "--no-pager", "balance", "--end", str(HALF + timedelta(days=1))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun
