"""The balances that an organisation brings along, read from a list that another program made. Pure.

What is wrong is told line by line, so that all of it can be mended at once. Amounts are read as the file as a whole
writes them: a decimal comma in one line settles what `1.234` means in another; what nothing settles is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.errors import Invalid
from ledger.money import MINOR_DIGITS, Money, zero
from ledger.projects.importing import BadLine, divided
from ledger.projects.search import folded

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account", "account number", "compte", "comptenum", "numero de compte", "n° de compte", "n° compte"),
    "label": ("label", "account name", "name", "libelle", "intitule", "comptelib", "intitule du compte"),
    "debit": ("debit", "debits", "closing debit", "solde debiteur", "debiteur"),
    "credit": ("credit", "credits", "closing credit", "solde crediteur", "crediteur"),
    "contributor": ("contributor", "contributeur", "auxiliaire", "compauxnum", "compte auxiliaire"),
    "project": ("project", "projet"),
}
"""The columns, and the heads that each may have, in small letters without accents."""

REQUIRED: Final = ("account", "label", "debit", "credit")
LONGEST: Final = {"account": 20, "label": 200, "contributor": 40, "project": 40}
MOST_LINES: Final = 10_000

SPACES: Final = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " "))
LONG_DECIMALS: Final = 3
"""A mark before three figures may group thousands or divide units."""


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """One balance: a debit is positive. `line` is its number in the file."""

    line: int
    account: str
    label: str
    money: Money
    contributor: str
    project: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was read. Lines without an amount are left out."""

    lines: tuple[OpeningLine, ...]
    problems: tuple[BadLine, ...]


def read(content: bytes, currency: str = "EUR") -> Reading:
    """Read a list of balances: CSV in UTF-8 or Windows-1252, with comma, semicolon or tab, and a line of heads.

    Columns: `account`, `label`, `debit`, `credit`, and if wanted `contributor` and `project`, in English or French.

    Raises:
        Invalid: the file as a whole cannot be read (`unknown_encoding`, `no_header`, `missing_columns`,
            `unknown_columns`, `doubled_columns`, `too_many_lines`).
    """
    rows, problems = divided(decoded(content))
    if not rows:
        if problems:
            return Reading((), tuple(problems))
        raise Invalid("no_header")
    columns = _columns(rows[0][1])
    if len(rows) - 1 > MOST_LINES:
        raise Invalid("too_many_lines", maximum=MOST_LINES)
    named: list[tuple[int, dict[str, str]]] = []
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            problems.append(BadLine(line, "", "wrong_number_of_columns"))
        else:
            named.append((line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    found = list(_lines(named, _marks(named), currency, problems))
    return Reading(tuple(found), tuple(sorted(problems, key=lambda each: each.line)))


def decoded(content: bytes) -> str:
    """Give the text of a file in UTF-8, with or without a mark, or else in Windows-1252.

    Raises:
        Invalid: `unknown_encoding`.
    """
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("unknown_encoding")


def _columns(heads: list[str]) -> list[str]:
    names = {head: column for column, known in HEADS.items() for head in known}
    columns = [names.get(folded(head.strip()), "") for head in heads]
    if unknown := [head.strip() for head, column in zip(heads, columns, strict=True) if not column]:
        raise Invalid("unknown_columns", columns=unknown)
    if missing := [column for column in REQUIRED if column not in columns]:
        raise Invalid("missing_columns", columns=missing)
    if doubled := [column for column in dict.fromkeys(columns) if columns.count(column) > 1]:
        raise Invalid("doubled_columns", columns=doubled)
    return columns


def _lines(
    rows: Iterable[tuple[int, dict[str, str]]], marks: frozenset[str], currency: str, problems: list[BadLine]
) -> Iterator[OpeningLine]:
    for line, words in rows:
        faults = list(_faults(line, words))
        sides = {}
        for side in ("debit", "credit"):
            try:
                sides[side] = _amount(words[side], marks, currency)
            except Invalid as error:
                faults.append(BadLine(line, side, error.reason, words[side][:40]))
        if len(sides) == 2 and all(sides.values()):  # noqa: PLR2004 - debit and credit
            faults.append(BadLine(line, "credit", "both_sides"))
        if faults:
            problems += faults
        elif money := sides["debit"] - sides["credit"]:
            names = words["account"], words["label"], money, words.get("contributor", ""), words.get("project", "")
            yield OpeningLine(line, *names)


def _faults(line: int, words: Mapping[str, str]) -> Iterator[BadLine]:
    if not words["account"] and (words["debit"] or words["credit"]):
        yield BadLine(line, "account", "missing")
    for column, text in words.items():
        if len(text) > LONGEST.get(column, len(text)):
            yield BadLine(line, column, "too_long", text[:40])
        elif not text.isprintable():
            yield BadLine(line, column, "control_character", ascii(text[:40]))


def _bare(text: str) -> str:
    """Give an amount without spaces and without the sign of the euro."""
    return text.translate(SPACES).replace("€", "").removesuffix("EUR").replace(" ", "").replace("'", "")


def _marks(rows: Iterable[tuple[int, Mapping[str, str]]]) -> frozenset[str]:
    """Give the decimal marks that the amounts of a file show: one in a file that is of one mind."""
    texts = (_bare(words[side]) for _, words in rows for side in ("debit", "credit"))
    return frozenset(mark for text in texts if (mark := _mark(text)))


def _mark(text: str) -> str:
    """Tell the decimal mark from one amount; nothing where it could be either."""
    seen = [each for each in text if each in ",."]
    if not seen:
        return ""
    last, other = seen[-1], {",": ".", ".": ","}[seen[-1]]
    if other in seen:
        return last
    if len(seen) > 1:
        return other
    whole, _, decimals = text.rpartition(last)
    either = len(decimals) == LONG_DECIMALS and len(whole) <= LONG_DECIMALS and whole != "0"
    return "" if either else last


def _amount(text: str, marks: frozenset[str], currency: str) -> Money:
    bare = _bare(text)
    if not bare:
        return zero(currency)
    if bare[0] in "-\N{MINUS SIGN}(":
        raise Invalid("negative")
    if len(marks) > 1 and _mark(bare):
        raise Invalid("mixed_marks")
    if any(each in bare for each in ",.") and not marks:
        raise Invalid("amount_ambiguous")
    mark = min(marks, default=",")
    group = {",": ".", ".": ","}[mark]
    match = re.fullmatch(rf"([0-9]{{1,15}}|[0-9]{{1,3}}(?:\{group}[0-9]{{3}}){{1,4}})(?:\{mark}([0-9]+))?", bare)
    if match is None:
        raise Invalid("amount_unreadable")
    decimals, digits = (match[2] or ""), MINOR_DIGITS[currency]
    if len(decimals.rstrip("0")) > digits:
        raise Invalid("amount_too_many_decimals")
    return Money(int(match[1].replace(group, "") + decimals[:digits].ljust(digits, "0")), currency)
