"""A table as a CSV file: every column, the currency in the titles of amounts."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.money import Money
from ledger.statements import csv_file, table
from ledger.statements.table import Cell, Column, Kind, Table


def encode(content: Table) -> Iterator[bytes]:
    """Write a table, a row at a time."""
    return csv_file.encode(_rows(content))


def title(column: Column, currency: str) -> str:
    """Give the title of a column in a file, where amounts stand without their currency."""
    return f"{column.title} ({currency})" if column.kind is Kind.AMOUNT else column.title


def _rows(content: Table) -> Iterator[tuple[str, ...]]:
    yield tuple(title(column, content.currency) for column in content.columns)
    for row in table.for_files(content):
        yield tuple(_written(cell) for cell in row.cells)


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return csv_file.amount(cell)
    return csv_file.text(cell) if isinstance(cell, str) else csv_file.day(cell)
