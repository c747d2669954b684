"""Real hledger and real Beancount load our journals without an error and find our balances, account by account."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from beancount import loader
from beancount.core import data
from hypothesis import given
from hypothesis import strategies as st

from ledger import i18n
from ledger.books import balances, book, journal
from ledger.books.drafts import EntryDraft, Line
from ledger.db import Database
from ledger.money import Money
from ledger.statements import plain_text
from ledger.statements.plain_text import Program
from tests.books import ledger_text
from tests.factories.books import make_book
from tests.statements import any_book

END: Final = date(2026, 12, 31)
DEMONSTRATION: Final = """
2026-02-01 STR stripe:txn_1 donation
    511510  48,92  PRJ000001 C000001
    627100   1,08  PRJ000001 C000001
    754110 -50,00  PRJ000001 C000001
"""


def write(database: Database, book_id: int, program: Program, directory: Path, until: date = END) -> Path:
    path = directory / f"book.{plain_text.SUFFIXES[program]}"
    with database.reading() as session:
        path.write_bytes(b"".join(plain_text.encode(session, book_id, until, program)))
    return path


def ours(database: Database, book_id: int, until: date = END) -> dict[str, Decimal]:
    """Give our own balances by the last part of the accounts' names, those at zero left out."""
    with database.reading() as session:
        rows = balances.trial(session, book_id, as_of=until)
    return {f"{row.account} {row.balance.currency}": i18n.decimal_of(row.balance) for row in rows if row.balance}


def hledgers(path: Path) -> dict[str, Decimal]:
    command = ["hledger", "--file", str(path), "--strict", "balance", "--flat", "--no-total", "--output-format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})
    assert (done.returncode, done.stderr) == (0, "")
    found = {}
    for name, amount in list(csv.reader(io.StringIO(done.stdout)))[1:]:
        number, currency = amount.split()
        found[f"{name.rpartition(':')[2]} {currency}"] = Decimal(number)
    return found


def beancounts(path: Path) -> dict[str, Decimal]:
    command = [sys.executable, "-m", "beancount.scripts.check", "--no-cache", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    entries, errors, _ = loader.load_file(str(path))
    assert not errors
    found: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, data.Transaction) else ():
            assert posting.units is not None
            assert posting.units.number is not None
            found[f"{posting.account.rpartition(':')[2]} {posting.units.currency}"] += posting.units.number
    return {name: number for name, number in found.items() if number}


READERS: Final = {Program.HLEDGER: hledgers, Program.BEANCOUNT: beancounts}
programs = [pytest.param(Program.HLEDGER, marks=pytest.mark.hledger), Program.BEANCOUNT]


@pytest.mark.parametrize("program", programs)
@any_book.per_example
@given(entries=any_book.books, day=st.integers(0, any_book.DAYS))
def test_the_real_program_finds_our_balances(
    database: Database, tmp_path: Path, program: Program, entries: list[EntryDraft], day: int
) -> None:
    book_id = any_book.keep(database, entries, undone=1)
    until = any_book.day(day)

    found = READERS[program](write(database, book_id, program, tmp_path, until))

    assert found == ours(database, book_id, until)


@pytest.mark.parametrize("program", programs)
def test_several_currencies_and_hostile_words_are_read_as_they_are(
    database: Database, tmp_path: Path, program: Program
) -> None:
    with database.transaction() as session:
        book_id = make_book(session, name='L"Œuvre" \\ ; du | Lavoir')
        for code, currency in (("512900", "XPF"), ("512901", "USD")):
            book.add_account(session, book_id, code, under="512", label='"=\\; ( [2026-13-45]', currency=currency)
            book.add_account(session, book_id, f"1024{code}", under="1024", label="x", currency=currency)
            lines = (Line(code, Money(12345, currency)), Line(f"1024{code}", Money(-12345, currency)))
            words = ["date:nothing, date2:2026-99-99 [=2026-02-30]", '\\" ; | (x) {1 EUR} @ "', "2026-01-01 * x"]
            for number, word in enumerate(words):
                draft = EntryDraft("OD", date(2026, 5, 1), f"{word} {code} {number}", word, lines)
                journal.post(session, book_id, draft, now=any_book.NOW)

    assert READERS[program](write(database, book_id, program, tmp_path)) == ours(database, book_id)


def test_an_entry_reads_well_in_either_language(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        journal.post(session, book_id, ledger_text.draft(DEMONSTRATION), now=any_book.NOW)

    assert write(database, book_id, Program.HLEDGER, tmp_path).read_text(encoding="utf-8").splitlines() == [
        "; Les Amis du Lavoir",
        "decimal-mark .",
        "commodity 1000.00 EUR",
        "account Assets:511510  ; Paiements par carte à encaisser - Stripe",
        "account Expenses:627100  ; Services bancaires - commissions des prestataires de paiement",
        "account Income:754110  ; Dons manuels",
        "",
        "2026-02-01 * (STR 1) donation",
        "    ; source: stripe:txn_1",
        "    Assets:511510  48.92 EUR  ; project: PRJ000001, contributor: C000001",
        "    Expenses:627100  1.08 EUR  ; project: PRJ000001, contributor: C000001",
        "    Income:754110  -50.00 EUR  ; project: PRJ000001, contributor: C000001",
    ]
    written = write(database, book_id, Program.BEANCOUNT, tmp_path).read_text(encoding="utf-8").splitlines()
    assert written[-10:] == [
        '  source: "stripe:txn_1"',
        "  Assets:511510  48.92 EUR",
        '    project: "PRJ000001"',
        '    contributor: "C000001"',
        "  Expenses:627100  1.08 EUR",
        '    project: "PRJ000001"',
        '    contributor: "C000001"',
        "  Income:754110  -50.00 EUR",
        '    project: "PRJ000001"',
        '    contributor: "C000001"',
    ]


def test_a_journal_ends_with_the_day_that_is_asked_for(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        book_id = make_book(session)
        journal.post(session, book_id, ledger_text.draft(DEMONSTRATION), now=any_book.NOW)

    for program in Program:
        path = write(database, book_id, program, tmp_path, date(2026, 2, 1) - timedelta(days=1))
        assert "511510" not in path.read_text(encoding="utf-8")
