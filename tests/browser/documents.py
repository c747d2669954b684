"""The treasurer's statement read back from where it is shown: the screen, the CSV file and the PDF, in cents."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import pypdf
from playwright.sync_api import Locator

AMOUNT: Final = re.compile(r"\N{MINUS SIGN}?(?:\d{1,3}(?:\s\d{3})*,\d{2}\s€|€\d{1,3}(?:,\d{3})*\.\d{2})")
"""An amount as either language writes it: « 1 234,50 € » or “€1,234.50”."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a statement says: each movement is its amount (out is negative) and the balance after it."""

    opening: int
    movements: tuple[tuple[int, int], ...]
    total_in: int
    total_out: int
    closing: int

    def check(self) -> None:
        """Assert that the statement adds up."""
        balances = [self.opening, *(running for _, running in self.movements)]
        assert [after - before for before, after in pairwise(balances)] == [amount for amount, _ in self.movements]
        assert balances[-1] == self.closing == self.opening + self.total_in - self.total_out
        assert self.total_in == sum(amount for amount, _ in self.movements if amount > 0)


def cents(text: str) -> int:
    """Read an amount with two decimals in either language; nothing is nothing."""
    digits = int(re.sub(r"\D", "", text) or 0)
    return -digits if "\N{MINUS SIGN}" in text or text.startswith("-") else digits


def on_screen(table: Locator) -> Figures:
    """Read the table of the page."""
    opening, *movements = [row.locator("td, th").all_inner_texts() for row in table.locator("tbody tr").all()]
    totals, closing = [row.locator("td, th").all_inner_texts() for row in table.locator("tfoot tr").all()]
    return Figures(
        opening=cents(opening[-1]),
        movements=tuple((cents(row[4]) - cents(row[5]), cents(row[6])) for row in movements),
        total_in=cents(totals[1]),
        total_out=cents(totals[2]),
        closing=cents(closing[-1]),
    )


def in_csv(content: bytes) -> Figures:
    """Read the file for spreadsheets."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    _, opening, *movements, totals, closing, _note = rows
    return Figures(
        opening=cents(opening[8]),
        movements=tuple((cents(row[6]) - cents(row[7]), cents(row[8])) for row in movements),
        total_in=cents(totals[6]),
        total_out=cents(totals[7]),
        closing=cents(closing[8]),
    )


def in_pdf(content: bytes) -> Figures:
    """Read the document: the balances on top, then the lines. In and out are told apart by what the balance does."""
    amounts = [cents(found) for found in AMOUNT.findall(pdf_text(content))]
    top, (opening, *lines), (total_in, total_out, closing) = amounts[:4], amounts[4:-3], amounts[-3:]
    assert top == [closing, opening, total_in, total_out]
    movements: list[tuple[int, int]] = []
    before = opening
    for amount, running in zip(lines[::2], lines[1::2], strict=True):
        movements.append((amount if running > before else -amount, running))
        before = running
    return Figures(opening, tuple(movements), total_in, total_out, closing)


def pdf_text(content: bytes) -> str:
    """Read the words of a PDF."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
