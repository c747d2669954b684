"""Charts of accounts: data in config/charts/, read into frozen rows.

The program speaks of accounts by role (`stripe_clearing`, `gifts`); a chart gives each role its code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ledger.books.models import GUARDS, KINDS
from ledger.config import ROOT
from ledger.errors import Invalid, NotFound

DIRECTORY: Final = ROOT / "config" / "charts"
CODE: Final = re.compile(r"[1-8][0-9]{2,7}")
"""A code of the French general plan: class 1 to 8, three figures at least (the FEC wants three)."""

BY_CLASS: Final = {"6": {"expense"}, "7": {"income"}, "8": {"memo"}}
"""The kinds that accounts of these classes have, whose balances the result and its foot are made of."""

KEPT: Final = {"asset", "liability", "equity"}
"""The kinds of the other classes, whose balances a year hands on."""

JOURNAL: Final = re.compile(r"[A-Z]{2,4}")
"""A code of a journal, which entry numbers begin with."""

RECEIVING: Final = frozenset({"stripe_clearing", "psp_fees", "gifts", "tips_held", "unallocated"})
"""The roles without which a payment that arrives could not be booked: every chart has them."""

RECEIVED_IN: Final = "STR"
"""The journal that payments are booked in."""


class UnknownChart(NotFound):
    """No file in config/charts/ has this name."""

    code = "unknown_chart"


class BadChart(Invalid):
    """A chart contradicts itself."""

    code = "bad_chart"


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account of a chart: code, French label, kind, and the guard that it is opened with."""

    code: str
    label: str
    kind: str
    guard: str = "none"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of accounts, with the roles of its accounts and its journals (code to label).

    The journals of `closing_work` are still posted to in a period that is softly closed.
    """

    name: str
    label: str
    accounts: tuple[ChartAccount, ...]
    journals: Mapping[str, str]
    roles: Mapping[str, str]
    closing_work: frozenset[str] = frozenset()

    def code_of(self, role: str) -> str:
        """Give the code of the account that has a role.

        Raises:
            NotFound: no account of this chart has the role.
        """
        if role not in self.roles:
            raise NotFound("unknown_role", role=role, chart=self.name)
        return self.roles[role]


def names() -> tuple[str, ...]:
    """List the charts of the program's own."""
    return tuple(sorted(path.stem for path in DIRECTORY.glob("*.toml")))


@cache
def load(name: str) -> Chart:
    """Read a chart of the program's own; a file is read once.

    Raises:
        UnknownChart: there is none of this name.
        BadChart: it contradicts itself.
    """
    path = DIRECTORY / f"{name}.toml"
    if not name.isidentifier() or not path.is_file():
        raise UnknownChart(name=name)
    return read(path)


def read(path: Path) -> Chart:
    """Read a chart from a file.

    Raises:
        BadChart: a code comes twice; a code, kind, guard or journal is none; a role names an account that is not
            there, or is missing though payments need it; a key is unknown; it is not what its file is called.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:  # so it says of a code that comes twice
        raise BadChart("bad_chart_file", path=path.name, fault=str(error)) from error
    if set(content) != {"name", "label", "closing_work", "journals", "roles", "accounts"}:
        raise BadChart("bad_chart_keys", path=path.name)
    if content["name"] != path.stem:
        raise BadChart("bad_chart_name", path=path.name, name=content["name"])
    chart = Chart(
        name=content["name"],
        label=content["label"],
        accounts=tuple(_account(code, row) for code, row in sorted(content["accounts"].items())),
        journals=MappingProxyType(content["journals"]),
        roles=MappingProxyType(content["roles"]),
        closing_work=frozenset(content["closing_work"]),
    )
    _check(chart)
    return chart


def _check(chart: Chart) -> None:
    codes = {account.code for account in chart.accounts}
    for role, code in chart.roles.items():
        if code not in codes:
            raise BadChart("role_without_account", role=role, account=code)
    for journal, label in chart.journals.items():
        if not JOURNAL.fullmatch(journal) or not label:
            raise BadChart("bad_journal", journal=journal)
    if journals := {RECEIVED_IN, *chart.closing_work} - chart.journals.keys():
        raise BadChart("journal_missing", journals=sorted(journals))
    if roles := RECEIVING - chart.roles.keys():
        raise BadChart("role_missing", roles=sorted(roles))


def _account(code: str, row: dict[str, Any]) -> ChartAccount:
    if not CODE.fullmatch(code) or not {"label", "kind"} <= set(row) <= {"label", "kind", "guard"}:
        raise BadChart("bad_account", account=code)
    account = ChartAccount(code=code, **row)
    if account.kind not in KINDS or account.guard not in GUARDS or not account.label:
        raise BadChart("bad_account", account=code)
    if account.kind not in BY_CLASS.get(code[0], KEPT):
        raise BadChart("bad_account", account=code)
    return account
