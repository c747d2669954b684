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
    """A chart of accounts, with the roles of its accounts and its journals (code to label)."""

    name: str
    label: str
    accounts: tuple[ChartAccount, ...]
    journals: Mapping[str, str]
    roles: Mapping[str, str]

    def code_of(self, role: str) -> str:
        """Give the code of the account that has a role.

        Raises:
            NotFound: no account of this chart has the role.
        """
        if role not in self.roles:
            raise NotFound("unknown_role", role=role, chart=self.name)
        return self.roles[role]


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
        BadChart: a code, kind or guard is none, a role names an account that is not there, or a key is unknown.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    if set(content) != {"name", "label", "journals", "roles", "accounts"}:
        raise BadChart("bad_chart_keys", path=path.name)
    accounts = tuple(_account(code, row) for code, row in sorted(content["accounts"].items()))
    codes = {account.code for account in accounts}
    for role, code in content["roles"].items():
        if code not in codes:
            raise BadChart("role_without_account", role=role, account=code)
    return Chart(
        name=content["name"],
        label=content["label"],
        accounts=accounts,
        journals=MappingProxyType(content["journals"]),
        roles=MappingProxyType(content["roles"]),
    )


def _account(code: str, row: dict[str, Any]) -> ChartAccount:
    if not CODE.fullmatch(code) or not set(row) <= {"label", "kind", "guard"}:
        raise BadChart("bad_account", account=code)
    account = ChartAccount(code=code, **row)
    if account.kind not in KINDS or account.guard not in GUARDS:
        raise BadChart("bad_account", account=code)
    return account
