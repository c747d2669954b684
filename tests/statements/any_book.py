"""Books as they could be: entries drawn by chance, with words that exports have trouble with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ledger.books import book, journal, seals
from ledger.books.drafts import EntryDraft, Line
from ledger.db import Database
from ledger.money import Money

NOW: Final = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
FIRST: Final = date(2025, 11, 1)
DAYS: Final = 430
ACCOUNTS: Final = ("512100", "511510", "754110", "754200", "627100", "467220", "6896", "196", "401", "1024")
VOLUNTARY: Final = ("864", "875")
MEMOS: Final = ("", "donation", "=1+1", "« Œuvre » à 5 €", 'a;b"c|d', "-3", "~ @ * ! ; # {x} [2026]", "x" * 200)
CONTRIBUTORS: Final = ("", "", "C000001", "C000002", "C999999999999999999999", "X 7/b;c")

_sources = count(1)

per_example = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
"""The database is shared by the examples of a test; each has a book of its own."""


@st.composite
def drafts(draw: st.DrawFn) -> EntryDraft:
    """Draw an entry: two to six lines that balance, of one class of accounts or of class 8."""
    voluntary = draw(st.integers(0, 9)) == 0
    accounts = VOLUNTARY if voluntary else ACCOUNTS
    amounts = draw(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=5))
    if total := sum(amounts):
        amounts = [*amounts, -total]
    elif len(amounts) == 1:
        amounts = [*amounts, -amounts[0]]
    project = draw(st.sampled_from(["", "PRJ000001"]))
    lines = tuple(
        Line(draw(st.sampled_from(accounts)), Money(amount), project, draw(st.sampled_from(CONTRIBUTORS)))
        for amount in amounts
    )
    return EntryDraft(
        journal="CV" if voluntary else draw(st.sampled_from(["STR", "BQ", "OD", "AN"])),
        effective_on=day(draw(st.integers(0, DAYS))),
        source=f"{draw(st.sampled_from(['od:', '=HYPERLINK:', 'chèque n° ']))}{next(_sources)}",
        memo=draw(st.sampled_from(MEMOS)),
        lines=lines,
    )


books = st.lists(drafts(), max_size=12)


def keep(database: Database, entries: Sequence[EntryDraft], *, undone: int = 0, sealed: int = 0) -> int:
    """Make a book of entries, the first of them sealed, and some of them undone again; return its id."""
    with database.transaction() as session:
        book_id = book.create(session, name="Les Amis du Lavoir", chart="association")
        first = [journal.post(session, book_id, draft, now=NOW).entry_id for draft in entries[:sealed]]
    with database.transaction() as session:
        seals.seal(session, now=NOW)
    with database.transaction() as session:
        rest = [journal.post(session, book_id, draft, now=NOW).entry_id for draft in entries[sealed:]]
        for number in [*first, *rest][:undone]:
            journal.reverse(session, number, source=f"undo:{number}", effective_on=date(2026, 12, 30), memo="", now=NOW)
    return book_id


def day(number: int) -> date:
    """Give a day that entries may have."""
    return FIRST + timedelta(days=number)
