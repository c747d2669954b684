"""The opening balance of an organisation that arrives with a history: planned, shown, then posted once.

One entry in the journal of balances brought forward, on the first day of an accounting year. The file that it was
read from is its document. To bring another one, the one before is reversed first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from ledger import clock, money
from ledger.books import book, journal, periods, queries, vouchers
from ledger.books.drafts import EntryDraft, Line
from ledger.books.journal import Posted
from ledger.books.queries import AccountRow, EntryRow
from ledger.books.refusals import PeriodClosed, SourceReused
from ledger.books.vouchers import Voucher
from ledger.errors import Invalid, Refused
from ledger.money import Money, zero
from ledger.organisations import organisations
from ledger.ports import FileStore
from ledger.projects import queries as projects
from ledger.projects.importing import BadLine
from ledger.projects.queries import OrganisationRow
from ledger.statements import movements, spans
from ledger.workflows import manual_entries, opening_file
from ledger.workflows.manual_entries import Author, DayOutOfBounds
from ledger.workflows.opening_file import OpeningLine

JOURNAL: Final = "AN"
MEMO: Final = "opening"
CSV: Final = "text/csv"
RESULT: Final = ("income", "expense", "memo")
"""The kinds of accounts that begin each year with nothing."""


class NotFirstDay(Refused):
    """An opening balance counts from the first day of an accounting year, and this is another one."""

    code = "not_first_day"


class EntriesBefore(Refused):
    """The book has entries before the day that it is to open on."""

    code = "entries_before"


class OpeningExists(Refused):
    """The book has an opening balance already, other than this one."""

    code = "opening_exists"


class OpeningInvalid(Invalid):
    """The list has problems, which its plan names; nothing is posted."""

    code = "opening_invalid"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A sub-account that the list brings along."""

    code: str
    under: str
    label: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list comes to. It is posted only when it has no problem; line 0 is the list as a whole."""

    day: date
    lines: tuple[OpeningLine, ...]
    accounts: tuple[NewAccount, ...]
    problems: tuple[BadLine, ...]
    debits: Money
    credits: Money


def plan(session: Session, organisation: OrganisationRow, content: bytes, *, day: date, now: datetime) -> Plan:
    """Read a list against a book, without changing anything.

    Raises:
        Invalid: the file as a whole cannot be read; see `opening_file.read`.
        DayOutOfBounds, NotFirstDay, PeriodClosed, EntriesBefore.
    """
    book_id = organisation.book_id
    _check_day(session, book_id, day, now)
    currency = movements.book_of(session, book_id).currency
    reading = opening_file.read(content, currency)
    accounts, unknown = _accounts(session, book_id, reading.lines, currency)
    problems = [*reading.problems, *unknown, *_unknown_dimensions(session, organisation, reading.lines)]
    if not problems:
        problems += _unbalanced(reading.lines, currency)
    return Plan(
        day,
        reading.lines,
        accounts,
        tuple(sorted(problems, key=lambda each: each.line)),
        money.total((each.money for each in reading.lines if each.money.minor > 0), currency),
        money.total((-each.money for each in reading.lines if each.money.minor < 0), currency),
    )


def keep(files: FileStore, book_id: int, name: str, content: bytes) -> Voucher:
    """Keep the list as the document of its entry, before that is posted.

    Raises:
        Unavailable.
    """
    return vouchers.keep(files, book_id, name, content, media_type=CSV)


def existing(session: Session, book_id: int) -> EntryRow | None:
    """Give the opening balance that a book has and that was not reversed."""
    _, entry = _place(session, book_id)
    return entry


def post(
    session: Session,
    organisation: OrganisationRow,
    content: bytes,
    *,
    day: date,
    voucher: Voucher,
    author: Author,
    now: datetime,
) -> Posted:
    """Post a list as the opening balance of a book; the same list again is a replay.

    Raises:
        OpeningInvalid: the list has problems.
        OpeningExists: another one was posted, and has to be reversed first.
        And what `plan` and `journal.post` raise.
    """
    book_id = organisation.book_id
    organisations.lock(session, organisation.id)  # two lists at once would add the same accounts
    source, before = _place(session, book_id)
    planned = plan(session, organisation, content, day=day, now=now)
    if planned.problems:
        raise OpeningInvalid(problems=len(planned.problems), first=planned.problems[0])
    draft = EntryDraft(
        journal=JOURNAL,
        effective_on=day,
        source=source,
        memo=MEMO,
        lines=tuple(Line(each.account, each.money, each.project, each.contributor) for each in planned.lines),
        details={**author.details(), **voucher.details()},
    )
    if before is None:
        for account in planned.accounts:
            book.add_account(session, book_id, account.code, under=account.under, label=account.label)
    try:
        return journal.post(session, book_id, draft, now=now, refuse_late=True)
    except SourceReused as error:
        raise OpeningExists(entry_id=error.values.get("entry_id")) from error


def _place(session: Session, book_id: int) -> tuple[str, EntryRow | None]:
    """Give the source that the next opening balance has: that of the one there is, as long as it is not reversed."""
    number = 1
    while True:
        source = f"{manual_entries.OPENING}{book_id}" + (f":{number}" if number > 1 else "")
        entry = queries.by_source(session, book_id, source)
        if entry is None or entry.reversed_by is None:
            return source, entry
        number += 1


def _check_day(session: Session, book_id: int, day: date, now: datetime) -> None:
    today = clock.day_in_paris(now)
    if not manual_entries.FIRST_DAY <= day <= today:
        raise DayOutOfBounds(day=day, first=manual_entries.FIRST_DAY, last=today)
    period = next((each for each in periods.of_book(session, book_id) if each.starts_on <= day <= each.ends_on), None)
    first = period.starts_on if period else spans.year_around(session, book_id, day).start
    if day != first:
        raise NotFirstDay(day=day, first=first)
    if period is not None and period.is_closed_for_good:
        raise PeriodClosed(day=day)
    if queries.has_entries_before(session, book_id, day):
        raise EntriesBefore(day=day)


def _accounts(
    session: Session, book_id: int, lines: tuple[OpeningLine, ...], currency: str
) -> tuple[tuple[NewAccount, ...], list[BadLine]]:
    """Give the sub-accounts that the lines need, and what is wrong with their accounts."""
    known = {row.code: row for row in queries.accounts(session, book_id)}
    automatic = manual_entries.automatic_accounts(session, book_id)
    new: dict[str, NewAccount] = {}
    problems = []
    for each in sorted(lines, key=lambda line: (len(line.account), line.line)):
        under = _nearest(each.account, known, new)
        fault = _fault_of_account(each, known.get(_root(under, new)), automatic, currency)
        if fault:
            problems.append(BadLine(each.line, "account", fault, each.account))
        elif under != each.account and not each.label:
            problems.append(BadLine(each.line, "label", "label_missing", each.account))
        elif under != each.account:
            new[each.account] = NewAccount(each.account, under, each.label)
    return tuple(new.values()), problems


def _nearest(code: str, known: Mapping[str, AccountRow], new: Mapping[str, NewAccount]) -> str:
    """Give the account itself if it is there, else the nearest above it, else nothing."""
    prefixes = (code[:length] for length in range(len(code), 0, -1))
    return next((prefix for prefix in prefixes if prefix in known or prefix in new), "")


def _root(code: str, new: Mapping[str, NewAccount]) -> str:
    """Give the account of the book that a new one stands below."""
    while code in new:
        code = new[code].under
    return code


def _fault_of_account(each: OpeningLine, row: AccountRow | None, automatic: tuple[str, ...], currency: str) -> str:
    if each.account[:1] in {"6", "7", "8"} or (row is not None and row.kind in RESULT):
        return "income_or_expense"
    if row is None:
        return "unknown_account"
    if each.account.startswith(automatic):
        return "automatic_account"
    if row.code != each.account and not book.SUFFIX.fullmatch(each.account.removeprefix(row.code)):
        return "bad_account"
    if row.closed_on is not None:
        return "account_closed"
    return "wrong_currency" if row.currency != currency else ""


def _unknown_dimensions(
    session: Session, organisation: OrganisationRow, lines: tuple[OpeningLine, ...]
) -> Iterator[BadLine]:
    references = {row.reference for row in projects.of_organisations(session, [organisation.id])}
    strangers = manual_entries.strangers(session, organisation.book_id, {each.contributor for each in lines})
    for each in lines:
        if each.project and each.project not in references:
            yield BadLine(each.line, "project", "unknown_project", each.project)
        if each.contributor in strangers:
            yield BadLine(each.line, "contributor", "unknown_contributor", each.contributor)


def _unbalanced(lines: tuple[OpeningLine, ...], currency: str) -> Iterator[BadLine]:
    if len(lines) < 2:  # noqa: PLR2004 - double entry
        yield BadLine(0, "", "too_few_lines")
        return
    if money.total((each.money for each in lines), currency):
        yield BadLine(0, "", "unbalanced")
    sums: dict[str, Money] = defaultdict(lambda: zero(currency))
    for each in lines:
        if each.project:
            sums[each.project] += each.money
    for project, difference in sums.items():
        if difference:
            yield BadLine(0, "project", "project_unbalanced", project)
