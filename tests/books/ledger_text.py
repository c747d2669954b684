"""Ledgers as an accountant would write them, for tests: text to drafts, and a book's balances to text.

    2026-03-03 STR stripe:txn_1 donation
        511510    48,92  PRJ000001
        627100     1,08  PRJ000001
        754110   -50,00  PRJ000001 C000001

A debit is positive, a credit negative; a word that starts with PRJ is the project, with C the contributor.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ledger.books import balances
from ledger.books.drafts import EntryDraft, Line
from ledger.money import Money


def drafts(text: str) -> tuple[EntryDraft, ...]:
    """Read entries, each a head and its lines."""
    found: list[EntryDraft] = []
    head: list[str] = []
    lines: list[Line] = []
    for row in [*text.splitlines(), "end"]:
        if not row.strip():
            continue
        if row.startswith("    ") and row.strip()[0].isdigit() and row.strip()[4] != "-":
            lines.append(_line(row))
            continue
        if head:
            day, journal, source, *memo = head
            found.append(EntryDraft(journal, date.fromisoformat(day), source, " ".join(memo), tuple(lines)))
        head, lines = row.split(), []
    return tuple(found)


def draft(text: str) -> EntryDraft:
    """Read one entry."""
    (only,) = drafts(text)
    return only


def trial(session: Session, book_id: int, *, as_of: date | None = None, project: str | None = None) -> list[str]:
    """Write a trial balance, accounts that are not at zero, one a row."""
    rows = balances.trial(session, book_id, as_of=as_of, project=project)
    return [f"{row.account} {_written(row.balance)}" for row in rows if row.balance]


def _line(row: str) -> Line:
    account, amount, *names = row.split()
    return Line(
        account,
        Money(int(amount.replace(",", "").replace(" ", ""))),
        project=next((name for name in names if name.startswith("PRJ")), ""),
        contributor=next((name for name in names if name.startswith("C")), ""),
    )


def _written(money: Money) -> str:
    sign = "-" if money.minor < 0 else ""
    return f"{sign}{abs(money.minor) // 100},{abs(money.minor) % 100:02}"
