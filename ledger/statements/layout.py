"""The layout of a chart's yearly statements: which account goes to which line, which lines add up. Data, and pure.

The layouts stand in config/charts/statements/, one file for each chart, with the regulation that they come from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ledger.books.chart import DIRECTORY
from ledger.errors import Invalid, NotFound

SIDES: Final = {"debit": 1, "credit": -1}
KEYS: Final = {"fr", "en", "group", "accounts", "debit", "credit", "result", "of", "less"}


class NoLayout(NotFound):
    """The chart has no such statement."""

    code = "no_layout"


class BadLayout(Invalid):
    """A layout contradicts itself, or has no line for an account."""

    code = "bad_layout"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement: a heading, an amount of the accounts of its group, or a total of groups.

    `rules` pairs the prefix of account codes with the side that a balance must be on (0 for either). `result` is
    `year` or `earlier` where the line also takes the result that no entry has brought there.
    """

    labels: Mapping[str, str]
    group: str
    rules: tuple[tuple[str, int], ...]
    result: str
    of: tuple[str, ...]
    less: tuple[str, ...]

    @property
    def is_heading(self) -> bool:
        """Whether the line has no amount."""
        return not self.group and not self.of

    @property
    def is_total(self) -> bool:
        """Whether the line adds up others."""
        return bool(self.of)


@dataclass(frozen=True, slots=True)
class Layout:
    """A statement's lines, and the side on which the amounts of each group are positive."""

    lines: tuple[Line, ...]
    groups: Mapping[str, int]

    def fill(self, balances: Mapping[str, int], results: Mapping[str, int] | None = None) -> tuple[int | None, ...]:
        """Give each line its amount, from balances by account code and results (both positive for a debit).

        Raises:
            BadLayout: no line is for an account.
        """
        amounts = [0] * len(self.lines)
        for code, balance in balances.items():
            if balance:
                place = self._place(code, balance)
                amounts[place] += balance * self.groups[self.lines[place].group]
        for place, line in enumerate(self.lines):
            if line.result:
                amounts[place] += (results or {}).get(line.result, 0) * self.groups[line.group]
        sums = {
            group: sum(amount for line, amount in zip(self.lines, amounts, strict=True) if line.group == group)
            for group in self.groups
        }
        return tuple(self._amount(line, amount, sums) for line, amount in zip(self.lines, amounts, strict=True))

    def _place(self, code: str, balance: int) -> int:
        side = 1 if balance > 0 else -1
        fitting = [
            (len(prefix), place)
            for place, line in enumerate(self.lines)
            for prefix, wanted in line.rules
            if code.startswith(prefix) and wanted in {0, side}
        ]
        if not fitting:
            raise BadLayout("account_without_line", account=code)
        return max(fitting)[1]

    @staticmethod
    def _amount(line: Line, amount: int, sums: Mapping[str, int]) -> int | None:
        if line.is_heading:
            return None
        return sum(sums[group] for group in line.of) - sum(sums[group] for group in line.less) + amount


@cache
def load(chart: str, statement: str) -> Layout:
    """Read a statement (`income_statement`, `balance_sheet`, `mandate_account`) of a chart.

    Raises:
        NoLayout.
        BadLayout: a key or group is unknown, or two lines claim the same prefix.
    """
    if statement not in statements(chart):
        raise NoLayout(chart=chart, statement=statement)
    content = _content(chart)
    groups = {name: SIDES[side] for name, side in content["groups"].items()}
    lines = tuple(_line(row) for row in content[statement])
    _check(lines, groups)
    return Layout(lines, groups)


@cache
def statements(chart: str) -> frozenset[str]:
    """Give the statements that a chart has a layout of."""
    return frozenset(_content(chart)) - {"groups"}


def _content(chart: str) -> Mapping[str, Any]:
    path = DIRECTORY / "statements" / f"{chart}.toml"
    if not chart.isidentifier() or not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _line(row: Mapping[str, Any]) -> Line:
    if not set(row) <= KEYS:
        raise BadLayout("unknown_key", keys=sorted(set(row) - KEYS))
    return Line(
        labels={"fr": row["fr"], "en": row["en"]},
        group=row.get("group", ""),
        rules=tuple(_rules(row)),
        result=row.get("result", ""),
        of=tuple(row.get("of", ())),
        less=tuple(row.get("less", ())),
    )


def _rules(row: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for key, side in (("accounts", 0), *SIDES.items()):
        yield from ((prefix, side) for prefix in row.get(key, ()))


def _check(lines: Iterable[Line], groups: Mapping[str, int]) -> None:
    claimed: set[tuple[str, int]] = set()
    for line in lines:
        if not {*line.of, *line.less, *filter(None, [line.group])} <= set(groups):
            raise BadLayout("unknown_group", line=line.labels["en"])
        for prefix, side in line.rules:
            sides = {(prefix, each) for each in (SIDES.values() if side == 0 else (side,))}
            if sides & claimed:
                raise BadLayout("prefix_claimed_twice", account=prefix)
            claimed |= sides
