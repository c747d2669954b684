"""Entries before they are posted: pure facts that are checked as far as facts alone can be.

The sign is said here, once, for the whole program: **a debit is positive, a credit is negative.** Everybody else
writes `debit(account, money)` and `credit(account, money)` with a positive amount.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from ledger.books.refusals import BadDraft, ProjectUnbalanced, Unbalanced
from ledger.money import Money

Key = TypeVar("Key")

ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an entry: a signed amount on an account of the chart (debit positive, credit negative).

    `project` and `contributor` are the dimensions it is also counted under: references such as `PRJ000012` and
    `C000012` (the FEC's CompAuxNum), or empty.
    """

    account: str
    money: Money
    project: str = ""
    contributor: str = ""

    def __post_init__(self) -> None:
        """Refuse a zero and references that an export could not carry."""
        if not self.money:
            raise BadDraft("zero_amount", account=self.account)
        _check_word("account", self.account, longest=20, needed=True)
        _check_word("project", self.project, longest=40)
        _check_word("contributor", self.contributor, longest=40)


def debit(account: str, money: Money, *, project: str = "", contributor: str = "") -> Line:
    """Debit an account by a positive amount.

    Raises:
        BadDraft: the amount is zero or negative.
    """
    return Line(account, _positive(account, money), project, contributor)


def credit(account: str, money: Money, *, project: str = "", contributor: str = "") -> Line:
    """Credit an account by a positive amount.

    Raises:
        BadDraft: the amount is zero or negative.
    """
    return Line(account, -_positive(account, money), project, contributor)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A journal entry to be: where it goes, the day of the fact, its unique source, its lines.

    `source` names the fact once for all (`stripe:txn_…`, `cheque:…`), `memo` is a short label, `details` are
    words about the fact that are kept with the entry. Lines sum to zero in each currency, and for each project
    that they name: so what a project owns always equals its result.

    Raises:
        BadDraft, Unbalanced, ProjectUnbalanced: when it is made.
    """

    journal: str
    effective_on: date
    source: str
    memo: str
    lines: tuple[Line, ...]
    details: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no book could take."""
        object.__setattr__(self, "lines", tuple(self.lines))
        _check_word("journal", self.journal, longest=20, needed=True)
        _check_word("source", self.source, longest=200, needed=True)
        _check_word("memo", self.memo, longest=200)
        if len(self.lines) < 2:  # noqa: PLR2004 - double entry
            raise BadDraft("too_few_lines", source=self.source)
        for currency, minor in _sums((line.money.currency, line) for line in self.lines):
            if minor:
                raise Unbalanced(source=self.source, difference=Money(minor, currency))
        named = [line for line in self.lines if line.project]
        for (project, currency), minor in _sums(((line.project, line.money.currency), line) for line in named):
            if minor:
                raise ProjectUnbalanced(source=self.source, project=project, difference=Money(minor, currency))

    def fingerprint(self, *, reverses_id: int | None = None) -> bytes:
        """Give the SHA-256 of what makes this fact this fact: equal for a replay, other for other content.

        The order of the lines does not count, nor do memo and details: they are words about the fact, and may be
        put better in a later version of the program that reads the same fact again.
        """
        lines = sorted(
            (line.account, line.money.minor, line.money.currency, line.project, line.contributor) for line in self.lines
        )
        content = [self.journal, self.effective_on.isoformat(), self.source, reverses_id, lines]
        return hashlib.sha256(ENCODER.encode(content).encode()).digest()


def _sums(keyed: Iterable[tuple[Key, Line]]) -> Iterable[tuple[Key, int]]:
    sums: dict[Key, int] = {}
    for key, line in keyed:
        sums[key] = sums.get(key, 0) + line.money.minor
    return sums.items()


def _positive(account: str, money: Money) -> Money:
    if money.minor <= 0:
        raise BadDraft("amount_not_positive", account=account, amount=money)
    return money


def _check_word(name: str, word: str, *, longest: int, needed: bool = False) -> None:
    """Refuse a word that is missing, too long, or has what a line of an export cannot carry."""
    if (needed and not word) or len(word) > longest or not word.isprintable() or word != word.strip():
        raise BadDraft("bad_word", field=name, value=word)
