"""The lines of an entry as a form has them: read one by one, and what is wrong stands beside its line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger import i18n
from ledger.books.drafts import Line, credit, debit
from ledger.errors import Invalid
from ledger.money import Money, zero
from ledger.web.fields import Problem, problem

COLUMNS: Final = ("account", "debit", "credit", "project", "contributor")
FIELD: Final = re.compile(rf"({'|'.join(COLUMNS)})_([1-9][0-9]?)")
ROWS: Final = 6
MOST: Final = 60
LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Known:
    """What lines may name: accounts of the book, but those that are posted to by the program only, and projects.

    `strangers` are the contributors among those named whom the book does not know.
    """

    currency: str
    accounts: Collection[str]
    automatic: tuple[str, ...]
    projects: Collection[str]
    strangers: Collection[str]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as they were read. `errors` are by field; `sides` are the totals of both sides as far as they are read."""

    read: tuple[Line, ...]
    errors: Mapping[str, tuple[Problem, ...]]
    sides: tuple[Money, Money]
    places: Mapping[str, str]
    """By account, the field of the first line that names it."""


class _Faults(Exception):
    def __init__(self, field: str, found: Problem) -> None:
        self.field, self.found = field, found
        super().__init__()


def rows_of(sent: Mapping[str, str]) -> int:
    """Give how many lines a form had."""
    numbers = [int(match[2]) for name in sent if (match := FIELD.fullmatch(name))]
    return min(max([ROWS, *numbers]), MOST)


def contributors_in(sent: Mapping[str, str]) -> frozenset[str]:
    """Give the contributors that a form names."""
    return frozenset(text.strip() for name, text in sent.items() if name.startswith("contributor_") and text.strip())


def read(sent: Mapping[str, str], known: Known) -> Lines:
    """Read the lines of a form; those that nothing was typed into are passed over."""
    lines: list[Line] = []
    errors: dict[str, tuple[Problem, ...]] = {}
    places: dict[str, str] = {}
    for number in range(1, rows_of(sent) + 1):
        typed = {column: sent.get(f"{column}_{number}", "").strip()[: LONGEST + 1] for column in COLUMNS}
        if not any(typed.values()):
            continue
        try:
            lines.append(_line(typed, known))
            places.setdefault(lines[-1].account, f"account_{number}")
        except _Faults as fault:
            errors[f"{fault.field}_{number}"] = (fault.found,)
    if not errors and (found := _fault_of_all(lines, known.currency)):
        errors["lines"] = (found,)
    return Lines(tuple(lines), errors, _sides(lines, known.currency), places)


def _line(typed: Mapping[str, str], known: Known) -> Line:
    account = typed["account"].partition(" ")[0]
    if not account:
        raise _Faults("account", problem("required"))
    if account not in known.accounts:
        raise _Faults("account", problem("unknown_account", account=account))
    if account.startswith(known.automatic):
        raise _Faults("account", problem("automatic_account", account=account))
    if typed["debit"] and typed["credit"]:
        raise _Faults("debit", problem("both_sides"))
    if not typed["debit"] and not typed["credit"]:
        raise _Faults("debit", problem("no_side"))
    project, contributor = _project(typed["project"], known), _contributor(typed["contributor"], known)
    side = "debit" if typed["debit"] else "credit"
    amount = _amount(side, typed[side], known.currency)
    return (debit if side == "debit" else credit)(account, amount, project=project, contributor=contributor)


def _amount(side: str, text: str, currency: str) -> Money:
    try:
        amount = i18n.parse_money(text, currency)
    except Invalid as error:
        raise _Faults(side, Problem(error.reason, error.values)) from error
    if amount <= zero(currency):
        raise _Faults(side, problem("amount_not_positive"))
    return amount


def _project(text: str, known: Known) -> str:
    reference = text.partition(" ")[0]
    if reference and reference not in known.projects:
        raise _Faults("project", problem("unknown_project", project=reference))
    return reference


def _contributor(text: str, known: Known) -> str:
    if len(text) > LONGEST:
        raise _Faults("contributor", problem("too_long", maximum=LONGEST))
    if text in known.strangers or not text.isprintable():
        raise _Faults("contributor", problem("unknown_contributor", contributor=text))
    return text


def _fault_of_all(lines: list[Line], currency: str) -> Problem | None:
    debits, credits_ = _sides(lines, currency)
    if debits != credits_:
        return problem("sides_differ", debits=debits, credits=credits_, difference=abs(debits - credits_))
    if len(lines) < 2:  # noqa: PLR2004 - double entry
        return problem("too_few_lines")
    return next(_projects_unbalanced(lines, currency), None)


def _projects_unbalanced(lines: list[Line], currency: str) -> Iterator[Problem]:
    sums: dict[str, Money] = defaultdict(lambda: zero(currency))
    for line in lines:
        if line.project:
            sums[line.project] += line.money
    for project, difference in sums.items():
        if difference:
            yield problem("project_unbalanced", project=project, difference=difference)


def _sides(lines: list[Line], currency: str) -> tuple[Money, Money]:
    debits = credits_ = zero(currency)
    for line in lines:
        if line.money > zero(currency):
            debits += line.money
        else:
            credits_ -= line.money
    return debits, credits_
