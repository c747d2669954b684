"""A statement as a table, in the reader's language: one content for the screen, the files and the paper.

Rows come one after another, so that a long statement is never whole in memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import TypeAlias

from ledger.money import Money

Cell: TypeAlias = str | date | Money | None
"""What a cell holds; nothing for an empty one."""


class Kind(StrEnum):
    """What the cells of a column are: words, a short code, the id of an entry, a day, an amount."""

    TEXT = "text"
    CODE = "code"
    ENTRY = "entry"
    DAY = "day"
    AMOUNT = "amount"


class Tone(StrEnum):
    """What a row is. A heading names what follows and stands on pages only: files repeat it in each row."""

    LINE = "line"
    HEADING = "heading"
    BALANCE = "balance"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; one that is only in files repeats there what a page says in its headings."""

    title: str
    kind: Kind = Kind.TEXT
    only_in_files: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row with a cell for each column; a heading has one cell."""

    cells: tuple[Cell, ...]
    tone: Tone = Tone.LINE


@dataclass(frozen=True, slots=True)
class Table:
    """A statement: its name in file names, its title, the days it tells of, its columns and rows.

    `note` says at which seal it was drawn; in files it is the last row, after the totals, in
    the first column of words, so that days and amounts stay what they are.
    """

    name: str
    title: str
    start: date
    end: date
    currency: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    note: str = ""

    def file_name(self, suffix: str) -> str:
        """Give the name under which it is downloaded."""
        return f"{self.name}_{self.start}_{self.end}.{suffix}"


def for_files(table: Table) -> Iterator[Row]:
    """Give the rows that a file has, each with all its cells, and last the note."""
    yield from (row for row in table.rows if row.tone is not Tone.HEADING)
    if table.note:
        words = next(place for place, column in enumerate(table.columns) if column.kind is Kind.TEXT)
        yield Row(tuple(table.note if place == words else None for place in range(len(table.columns))))


def for_pages(table: Table, *, longest: int) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Give the columns and rows that a page has, one row more than the longest when there are more.

    What the rows are read from is closed, so that a table is for one page or for one file.
    """
    shown = [index for index, column in enumerate(table.columns) if not column.only_in_files]
    rows = tuple(
        row if row.tone is Tone.HEADING else Row(tuple(row.cells[index] for index in shown), row.tone)
        for row in islice(table.rows, longest + 1)
    )
    if isinstance(table.rows, Generator):
        table.rows.close()
    return tuple(table.columns[index] for index in shown), rows
