"""The account of a project as a CSV file: the rows of the screen, with ids that stay the same."""

from __future__ import annotations

from collections.abc import Iterator

from ledger import i18n
from ledger.statements import csv_file, words
from ledger.statements.project_account import AccountLine, ProjectAccount


def encode(account: ProjectAccount, locale: str) -> Iterator[bytes]:
    """Write an account: a header, the opening balance, a line per movement, totals, closing balance, seal."""
    return csv_file.encode(_rows(account, locale))


def file_name(account: ProjectAccount) -> str:
    """Give the name under which it is downloaded."""
    return f"{account.project_reference}_{account.start}_{account.end}.csv"


def _rows(account: ProjectAccount, locale: str) -> Iterator[tuple[str, ...]]:
    currency = account.opening.currency
    yield (
        i18n.translate(locale, "Day"),
        i18n.translate(locale, "Entry line"),
        i18n.translate(locale, "Source"),
        i18n.translate(locale, "Movement"),
        i18n.translate(locale, "Contributor"),
        i18n.translate(locale, "Name"),
        i18n.translate(locale, "In (%(currency)s)", currency=currency),
        i18n.translate(locale, "Out (%(currency)s)", currency=currency),
        i18n.translate(locale, "Balance (%(currency)s)", currency=currency),
    )
    opening, closing = csv_file.amount(account.opening), csv_file.amount(account.closing)
    total_in, total_out = csv_file.amount(account.total_in), csv_file.amount(account.total_out)
    start, end = csv_file.day(account.start), csv_file.day(account.end)
    yield start, "", "", i18n.translate(locale, "Opening balance"), "", "", "", "", opening
    for line in account.lines:
        yield _row(line, locale)
    yield end, "", "", i18n.translate(locale, "Totals"), "", "", total_in, total_out, ""
    yield end, "", "", i18n.translate(locale, "Closing balance"), "", "", "", "", closing
    yield "", "", "", csv_file.text(account.knowledge.say(locale)), "", "", "", "", ""


def _row(line: AccountLine, locale: str) -> tuple[str, ...]:
    return (
        csv_file.day(line.day),
        f"E{line.entry_id}-{line.n}",
        csv_file.text(line.source),
        words.label(line.label, locale),
        csv_file.text(line.party_reference),
        csv_file.text(line.party),
        csv_file.amount(line.in_),
        csv_file.amount(line.out),
        csv_file.amount(line.running),
    )
