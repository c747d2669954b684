"""What the income statement and the balance sheet share: a layout filled for two dates, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ledger.money import Money
from ledger.statements.layout import Layout
from ledger.statements.table import Row, Tone
from ledger.statements.trial_balance import AccountRow

RESULT: Final = ("6", "7")
"""The classes of costs and income, whose balance is the result."""

KEPT: Final = ("1", "2", "3", "4", "5")
"""The classes of accounts that a year hands on to the next."""


def rows(layout: Layout, columns: Iterable[tuple[int | None, ...]], locale: str, currency: str) -> Iterator[Row]:
    """Give a layout's lines with an amount from each column."""
    for line, *amounts in zip(layout.lines, *columns, strict=True):
        tone = Tone.BALANCE if line.is_heading else Tone.TOTAL if line.is_total else Tone.LINE
        cells = (None if amount is None else Money(amount, currency) for amount in amounts)
        yield Row((line.labels[locale], *cells), tone)


def moved(accounts: Iterable[AccountRow], *classes: str) -> Mapping[str, int]:
    """Give what moved on the accounts of some classes, positive for a debit."""
    return {row.account: (row.debits - row.credits).minor for row in accounts if row.account.startswith(classes)}
