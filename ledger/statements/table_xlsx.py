"""A table as a spreadsheet: amounts are numbers, days are days, words are never formulas."""

from __future__ import annotations

from typing import BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ledger import i18n
from ledger.money import MINOR_DIGITS, Money
from ledger.statements import csv_file, table, table_csv
from ledger.statements.table import Cell, Kind, Row, Table, Tone

ROWS: Final = 1_000_000
"""Rows of a sheet: spreadsheets stop a little later, and what is left goes on in another sheet."""

WIDTHS: Final = {Kind.TEXT: 24, Kind.CODE: 12, Kind.ENTRY: 12, Kind.DAY: 12, Kind.AMOUNT: 16}


def write(content: Table, file: BinaryIO) -> None:
    """Write a table into a file; a row is forgotten once it is written, so that any number fits in memory."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"title": content.title})
    formats = {
        (kind, bold): book.add_format({"bold": bold, "num_format": pattern})
        for kind, pattern in _patterns(content.currency).items()
        for bold in (False, True)
    }
    sheet = _sheet(book, content, formats)
    for index, row in enumerate(table.for_files(content)):
        if index and not index % ROWS:
            sheet = _sheet(book, content, formats)
        _write(sheet, index % ROWS + 1, row, formats)
    book.close()


def _patterns(currency: str) -> dict[Kind, str]:
    decimals = MINOR_DIGITS[currency]
    amount = f"#,##0.{'0' * decimals}".rstrip(".")
    return dict.fromkeys(Kind, "@") | {Kind.AMOUNT: amount, Kind.DAY: "yyyy-mm-dd"}


def _sheet(book: xlsxwriter.Workbook, content: Table, formats: dict[tuple[Kind, bool], Format]) -> Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(content.columns):
        sheet.set_column(place, place, WIDTHS[column.kind])
        sheet.write_string(0, place, table_csv.title(column, content.currency), formats[Kind.TEXT, True])
    return sheet


def _write(sheet: Worksheet, place: int, row: Row, formats: dict[tuple[Kind, bool], Format]) -> None:
    bold = row.tone is not Tone.LINE
    for column, cell in enumerate(row.cells):
        _put(sheet, (place, column), cell, formats, bold=bold)


def _put(
    sheet: Worksheet, place: tuple[int, int], cell: Cell, formats: dict[tuple[Kind, bool], Format], *, bold: bool
) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, Money):
        sheet.write_number(*place, i18n.decimal_of(cell), formats[Kind.AMOUNT, bold])
    elif isinstance(cell, str):
        sheet.write_string(*place, csv_file.CONTROL.sub(" ", cell), formats[Kind.TEXT, bold])
    else:
        sheet.write_datetime(*place, cell, formats[Kind.DAY, bold])
