"""The FEC as a file: tabs, UTF-8, one line a record, the names of the columns first (LPF A47 A-1, VII and VIII)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Final

from ledger.statements.fec import FecLine

COLUMNS: Final = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\xa0\u2007\u2028\u2029\u202f]+")
"""What would end a field or a line before its time, and the spaces that readers of such files do not know."""

SUSPECT: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\xa0\u2007\u2028\u2029\u202f]")
"""The same but the tab, which a whole record has between its fields."""

NO_SIREN: Final = "0" * 9
"""Stands in the name of the file for an organisation that has no SIREN."""

LINES_AT_ONCE: Final = 500


def file_name(siren: str, closing: date) -> str:
    """Give the name that the law wants: SIREN, FEC, and the day that the year closes."""
    return f"{siren or NO_SIREN}FEC{closing:%Y%m%d}.txt"


def encode(lines: Iterable[FecLine]) -> Iterator[bytes]:
    """Write a header and lines, some hundreds at a time."""
    written: list[str] = []
    for line in chain([COLUMNS], lines):
        record = "\t".join(line)
        if SUSPECT.search(record) or record.count("\t") != len(COLUMNS) - 1:
            record = "\t".join([BREAKS.sub(" ", field) for field in line])
        written.append(record)
        if len(written) == LINES_AT_ONCE:
            yield _joined(written)
            written.clear()
    if written:
        yield _joined(written)


def _joined(records: list[str]) -> bytes:
    return "".join([f"{record}\r\n" for record in records]).encode()
