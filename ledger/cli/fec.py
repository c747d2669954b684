"""`ecot fec`: the file that French tax law asks of a year's entries, written and checked."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from ledger.cli import settings as command_settings
from ledger.organisations import organisations
from ledger.statements import fec as fec_lines
from ledger.statements import fec_check, fec_file, spans
from ledger.statements.fec_reader import Finding

REASONS: Final = {
    "account": "the account does not start with three figures",
    "after_closing": "the entry is dated after the day that the file's name closes the year on",
    "amount": "not an amount: figures, a comma, two decimals at most",
    "both_sides": "debit and credit on the same line",
    "byte_order_mark": "the file starts with a byte order mark",
    "class_8": "voluntary contributions (class 8) are better exported apart",
    "column_missing": "a column is missing",
    "column_order": "the columns are not in the order of the law",
    "column_twice": "a column is there twice",
    "columns_added": "there are more columns than the law wants",
    "date": "not a day of the calendar written AAAAMMJJ",
    "date_year": "not a year between 1900 and 2099",
    "decimal_point": "a decimal point where the law wants a comma",
    "direction": "neither D nor C",
    "empty_amount": "an amount is empty where 0,00 is wanted",
    "empty_field": "a field that may not be empty is",
    "empty_line": "the line is empty",
    "encoding": "the file is not in UTF-8",
    "entry_dates": "the lines of an entry have several dates",
    "entry_split": "the lines of an entry do not stand together",
    "field_count": "not as many fields as columns",
    "file_name": "the name is not SIREN, FEC, AAAAMMJJ and .txt",
    "gap": "entry numbers are missing",
    "line_end": "lines end in an unusual way",
    "line_too_long": "the line is too long to be one; nothing after it was read",
    "no_amount": "neither debit nor credit",
    "no_header": "the first line does not name the columns",
    "no_line": "the file has no entry",
    "not_numbered": "the entries are not numbered",
    "not_validated": "ValidDate is empty: the entry is not definitive",
    "padded_amount": "amounts are filled up with zeros",
    "separator": "fields are separated otherwise than by tabs or bars",
    "trailing_separator": "lines end with a separator",
    "unbalanced": "the entry does not balance",
    "zero_byte": "there are bytes of value zero",
}


@click.group()
def fec() -> None:
    """The accounting entries file (fichier des écritures comptables)."""


@fec.command("export")
@click.option("--organisation", "slug", required=True, help="Short name of the organisation.")
@click.option("--year", type=click.IntRange(1900, 2099), required=True, help="Year in which the accounting year ends.")
@click.option(
    "--output", type=click.Path(file_okay=False, exists=True, path_type=Path), default=Path(), help="Directory."
)
def export(slug: str, year: int, output: Path) -> None:
    """Write the file of an accounting year, closed or not, and print its name."""
    with command_settings.opened() as database, database.reading() as session:
        organisation = organisations.get(session, slug)
        span = spans.year_closing_in(session, organisation.book_id, year)
        path = output / fec_file.file_name(organisation.siren, span.end)
        _write(path, fec_file.encode(fec_lines.lines(session, organisation.book_id, span)))
    click.echo(path)


def _write(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            file.writelines(parts)
        unfinished.replace(path)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    finally:
        unfinished.unlink(missing_ok=True)


@fec.command("check")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def check(path: Path) -> None:
    """Read any such file; print each defect with its line, and fail if there is one. Remarks do not count."""
    with path.open("rb") as file:
        verdict = fec_check.check(file, name=path.name)
    for finding in verdict.findings:
        click.echo(_said(finding))
    click.echo(
        f"{verdict.lines} lines, {verdict.entries} entries, "
        f"debits {fec_check.written(verdict.debits)}, credits {fec_check.written(verdict.credits)}: "
        f"{len(verdict.defects) or 'no'} defect{'' if len(verdict.defects) == 1 else 's'}"
    )
    sys.exit(1 if verdict.defects else 0)


def _said(finding: Finding) -> str:
    place = f"line {finding.n}" if finding.n else "file"
    detail = f" ({finding.detail})" if finding.detail else ""
    return f"{place}: {'' if finding.defect else 'remark: '}{REASONS[finding.code]}{detail}"
