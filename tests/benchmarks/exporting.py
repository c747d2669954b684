"""Exporting: a million lines of the FEC, in little memory, against csv.writer over the same cursor."""

from __future__ import annotations

import csv
import multiprocessing
import os
import resource
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from ledger.books import balances, seals
from ledger.books.models import EntrySeal, Posting
from ledger.db import Database
from ledger.statements import fec, fec_file
from ledger.statements.spans import Span
from tests.benchmarks import stores
from tests.benchmarks.importing import ENTRIES, LINES, bring
from tests.benchmarks.measure import Figure, interleaved, rate
from tests.factories.books import NOW

YEAR: Final = Span(date(2026, 1, 1), date(2026, 12, 31))
MEGABYTES: Final = 150
TURNS: Final = 3


def measure() -> Iterator[Figure]:
    """Measure on PostgreSQL."""
    with stores.server() as address, stores.postgresql(address) as database:
        book_id = bring(database, ENTRIES)
        with database.transaction() as session:
            session.execute(sa.text("ANALYZE"))
        with database.transaction() as session:
            seals.seal(session, now=NOW)
        with database.transaction() as session:
            balances.fold(session)
            session.execute(sa.text("ANALYZE"))
        rates = interleaved(
            lambda: rate(lambda: _export(database, book_id)),
            lambda: rate(lambda: _bare(database, book_id)),
            turns=TURNS,
        )
        resident = _resident(database.url.render_as_string(hide_password=False), book_id)
    lines = f"FEC of {ENTRIES * LINES:,} lines, PostgreSQL"
    yield Figure(f"{lines}, against csv.writer over the same cursor", str(rates), rates.ratio, 0.5)
    yield Figure(f"{lines}, under {MEGABYTES} MB resident", f"{resident:.0f} MB", MEGABYTES / resident, 1.0)


def _export(database: Database, book_id: int) -> int:
    with database.reading() as session, Path(os.devnull).open("wb") as file:
        file.writelines(fec_file.encode(fec.lines(session, book_id, YEAR)))
    return ENTRIES * LINES


def _bare(database: Database, book_id: int) -> int:
    with database.reading() as session, Path(os.devnull).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\r\n")
        statement = fec._postings(book_id, YEAR).where(EntrySeal.entry_id.is_not(None))
        for rows in fec._parts(session, statement.order_by(EntrySeal.sequence, EntrySeal.position, Posting.n)):
            writer.writerows(rows)
    return ENTRIES * LINES


def _resident(url: str, book_id: int) -> float:
    """Export in a process of its own; give the most that it ever held, in megabytes."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_alone, args=(url, book_id, told))
    process.start()
    kilobytes: int = told.get()
    process.join()
    return kilobytes / 1024


def _alone(url: str, book_id: int, told: Any) -> None:
    database = Database(url)
    _export(database, book_id)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told.put(most // 1024 if sys.platform == "darwin" else most)
    database.dispose()
