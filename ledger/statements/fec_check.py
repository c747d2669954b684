"""What is wrong with a FEC, line by line: the administration's own checks, and four rules that it leaves to auditors.

The checks are those of the DGFiP's program Test Compta Demat. The four: the lines of an entry balance; the numbers
of a journal (or of the whole file) have no gap; the lines of an entry stand together and have one date; columns and
file name are as the law has them. A remark is not a defect: it says what is tolerated, such as an empty ValidDate in
a year that is not closed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import BinaryIO, Final, TypeAlias

from ledger.statements.fec_reader import DIRECTION, Finding, Reading, Record, records

REQUIRED: Final = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
)
DATES: Final = ("EcritureDate", "PieceDate", "DateLet", "ValidDate")
YEARS: Final = (1900, 2099)
ACCOUNT: Final = re.compile(r"[0-9]{3}")
AMOUNT: Final = re.compile(r"(?P<before>[-+]?) *(?P<whole>[0-9]+)(?:,(?P<decimals>[0-9]{1,2}))? *(?P<after>[-+]?)")
PADDED: Final = re.compile(r"[-+]?0[0-9]")
NUMBER: Final = re.compile(r"(?P<prefix>.*?)(?P<figures>[0-9]{1,18})")
FILE_NAME: Final = re.compile(r"(?P<siren>[0-9]{9})FEC(?P<closing>[0-9]{8})\.txt", re.IGNORECASE)
DEBITS: Final = frozenset({"D", "+1", "1", "+"})
CREDITS: Final = frozenset({"C", "-1", "-"})
UNNUMBERED: Final = frozenset({"", "0"})


_Sequence: TypeAlias = dict[int, tuple[str, int]]
"""The numbers of a sequence, each as it is written and with the line that it first stands on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file holds, amounts in cents, and what was found, in the order of its lines."""

    lines: int
    entries: int
    debits: int
    credits: int
    findings: tuple[Finding, ...]

    @property
    def defects(self) -> tuple[Finding, ...]:
        """What has to be put right."""
        return tuple(finding for finding in self.findings if finding.defect)


@dataclass(slots=True)
class _Entry:
    """What is kept of an entry while the file goes by."""

    n: int
    day: str
    balance: int = 0
    readable: bool = True


@dataclass(slots=True)
class _Book:
    """What the rules need to remember of a file: its entries, by journal and number."""

    entries: dict[tuple[str, str], _Entry] = field(default_factory=dict)
    current: tuple[str, str] = ("", "")
    lines: int = 0
    debits: int = 0
    credits: int = 0


def check(file: BinaryIO, *, name: str = "") -> Verdict:
    """Read a file to its end and say what is wrong with it."""
    reading, book = Reading(), _Book()
    closing = _closing(name, reading)
    for record in records(file, reading):
        book.lines += 1
        _check_words(record, reading)
        _check_dates(record, reading, closing)
        _enter(record, _sides(record, reading), book, reading)
    if reading.names and not book.lines:
        reading.remark(1, "no_line")
    findings = [*reading.findings, *_unbalanced(book), *_gaps(book)]
    return Verdict(
        lines=book.lines,
        entries=len(book.entries),
        debits=book.debits,
        credits=book.credits,
        findings=tuple(sorted(findings, key=lambda finding: finding.n)),
    )


def _closing(name: str, reading: Reading) -> str:
    """Give the day that the file's name closes the year on, or nothing."""
    match = FILE_NAME.fullmatch(name)
    if match is None:
        if name:
            reading.remark(0, "file_name", name)
        return ""
    if _calendar(match["closing"]) is None:
        reading.defect(0, "file_name", name)
        return ""
    return match["closing"]


def _check_words(record: Record, reading: Reading) -> None:
    for name in REQUIRED:
        if not record[name] and name in record.fields:
            reading.defect(record.n, "empty_field", name)
    if not record["ValidDate"] and "ValidDate" in record.fields:
        reading.remark(record.n, "not_validated")
    account = record["CompteNum"]
    if account and not ACCOUNT.match(account):
        reading.defect(record.n, "account", account)
    if account.startswith("8"):
        reading.remark(record.n, "class_8", account)
    foreign = record["Montantdevise"]
    if foreign and _cents(foreign) is None:
        reading.defect(record.n, "amount", f"Montantdevise {foreign}")
    elif foreign and not record["Idevise"]:
        reading.defect(record.n, "empty_field", "Idevise")


def _check_dates(record: Record, reading: Reading, closing: str) -> None:
    for name in DATES:
        said = record[name]
        if not said:
            continue
        day = _calendar(said)
        if day is None:
            reading.defect(record.n, "date", f"{name} {said}")
        elif not YEARS[0] <= day.year <= YEARS[1]:
            reading.defect(record.n, "date_year", f"{name} {said}")
        elif closing and name == "EcritureDate" and said > closing:
            reading.defect(record.n, "after_closing", f"{said}, the year closes on {closing}")


def _calendar(said: str) -> date | None:
    if len(said) != 8 or not (said.isascii() and said.isdigit()):  # noqa: PLR2004 - AAAAMMJJ
        return None
    try:
        return date(int(said[:4]), int(said[4:6]), int(said[6:]))
    except ValueError:
        return None


def _sides(record: Record, reading: Reading) -> tuple[int, int] | None:
    """Read debit and credit in cents; nothing when they cannot be read."""
    if DIRECTION[1] in record.fields and "Debit" not in record.fields:
        return _directed(record, reading)
    debit, credit = _amount(record, "Debit", reading), _amount(record, "Credit", reading)
    if debit is None or credit is None:
        return None
    if debit and credit:
        reading.defect(record.n, "both_sides", f"{record['Debit']} and {record['Credit']}")
    elif not debit and not credit:
        reading.defect(record.n, "no_amount")
    elif not record["Debit"] or not record["Credit"]:
        reading.remark(record.n, "empty_amount")
    return debit, credit


def _directed(record: Record, reading: Reading) -> tuple[int, int] | None:
    amount, direction = _amount(record, DIRECTION[0], reading), record[DIRECTION[1]].upper()
    if direction not in DEBITS | CREDITS:
        reading.defect(record.n, "direction", direction)
        return None
    if amount is None:
        return None
    if not amount:
        reading.defect(record.n, "no_amount")
    return (amount, 0) if direction in DEBITS else (0, amount)


def _amount(record: Record, name: str, reading: Reading) -> int | None:
    said = record[name]
    cents = _cents(said) if said else 0
    if cents is None:
        cents = _cents(said.replace(".", ","))  # what it means is plain, so that the totals and balances still count
        reading.defect(record.n, "amount" if cents is None else "decimal_point", f"{name} {said}")
    elif PADDED.match(said):
        reading.remark(record.n, "padded_amount", said)
    return cents


def _cents(said: str) -> int | None:
    match = AMOUNT.fullmatch(said)
    if match is None or (match["before"] and match["after"]):
        return None
    cents = int(match["whole"] + (match["decimals"] or "").ljust(2, "0"))
    return -cents if "-" in (match["before"], match["after"]) else cents


def _enter(record: Record, sides: tuple[int, int] | None, book: _Book, reading: Reading) -> None:
    """Count a line to its entry, and hold the lines of an entry together."""
    number, day = record["EcritureNum"], record["EcritureDate"]
    numbered = number not in UNNUMBERED
    if number == "0":
        reading.remark(record.n, "not_numbered")
    key = (record["JournalCode"], number if numbered else f"0 {day} {record['PieceRef']}")
    entry = book.entries.get(key)
    if entry is None:
        entry = book.entries[key] = _Entry(record.n, day)
    elif numbered and key != book.current:
        reading.defect(record.n, "entry_split", f"{number} began on line {entry.n}")
    if numbered and entry.day != day and _calendar(day):
        reading.defect(record.n, "entry_dates", f"{number} has {entry.day} on line {entry.n}, {day} here")
    book.current = key
    if sides is None:
        entry.readable = False
        return
    debit, credit = sides
    entry.balance += debit - credit
    book.debits += debit
    book.credits += credit


def _unbalanced(book: _Book) -> Iterator[Finding]:
    for (_journal, number), entry in book.entries.items():
        if entry.balance and entry.readable:
            yield Finding(entry.n, "unbalanced", f"{number}: debits less credits are {written(entry.balance)}")


def _gaps(book: _Book) -> Iterator[Finding]:
    """Look for gaps journal by journal; a sequence may also run through all journals."""
    by_journal: dict[tuple[str, str], _Sequence] = defaultdict(dict)
    through: dict[str, _Sequence] = defaultdict(dict)
    for (journal, number), entry in book.entries.items():
        if match := NUMBER.fullmatch(number):
            figures = int(match["figures"])
            by_journal[journal, match["prefix"]][figures] = through[match["prefix"]][figures] = (number, entry.n)
    if any(True for sequence in through.values() for _ in _missing(sequence)):
        for sequence in by_journal.values():
            yield from _missing(sequence)


def _missing(sequence: _Sequence) -> Iterator[Finding]:
    for before, after in pairwise(sorted(sequence)):
        if after != before + 1:
            (last, _), (number, n) = sequence[before], sequence[after]
            yield Finding(n, "gap", f"{last} is followed by {number}")


def written(cents: int) -> str:
    """Write cents as the file does: 1234,50."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02}"
