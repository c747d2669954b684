"""CSV as spreadsheets here open it: UTF-8 with a mark, semicolons, decimal commas, ISO days, and no live formulas."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from ledger import i18n
from ledger.money import Money

BYTE_ORDER_MARK: Final = "\ufeff"
FORMULA: Final = ("=", "+", "-", "@")
"""What makes a spreadsheet take a cell for a formula."""

INNER: Final = re.compile(r"([,|]\s*)(?=[=+@\uff1d\uff0b\uff20\uff0d-])")
"""A formula after a comma: a spreadsheet set for another country divides the line there."""

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def text(value: str) -> str:
    """Make words safe in a cell: on one line, and with an apostrophe before what would be a formula."""
    words = INNER.sub(r"\1'", CONTROL.sub(" ", value).strip())
    # Some spreadsheets read the wide forms of these characters, too: normalised, they are the same.
    return f"'{words}" if unicodedata.normalize("NFKC", words).startswith(FORMULA) else words


def amount(money: Money | None) -> str:
    """Write an amount without its currency, decimals after a comma; nothing for none."""
    return "" if money is None else str(i18n.decimal_of(money)).replace(".", ",")


def day(value: date) -> str:
    """Write a day as ISO 8601 does."""
    return value.isoformat()


def encode(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Encode rows one by one, so that a long file is never whole in memory."""
    mark = BYTE_ORDER_MARK
    for row in rows:
        line = io.StringIO()
        csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(row)
        yield (mark + line.getvalue()).encode()
        mark = ""
