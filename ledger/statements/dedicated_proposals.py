"""Dedicated funds proposed at closing: what is left of the restricted gifts of each project, as entries to accept.

A project's grants, other bodies' contributions and gifts are restricted to it. Its costs use up grants first, then
contributions, then gifts. What is left is carried to the project's fund; what was used of earlier years is taken from
it. Nothing is posted here: a person posts the drafts that they agree with, and posting one twice is a replay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.books.drafts import EntryDraft, Line, credit, debit
from ledger.books.models import Account, Entry, Posting
from ledger.books.periods import PeriodRow
from ledger.money import Money
from ledger.statements import movements


@dataclass(frozen=True, slots=True)
class Fund:
    """A kind of dedicated fund: its account, those of carrying over and of using, and the income that it is made of."""

    account: str
    carried: str
    used: str
    income: str


FUNDS: Final = (
    Fund("194", "6894", "7894", "741"),
    Fund("195", "6895", "7895", "755"),
    Fund("196", "6896", "7896", "754"),
)
"""Grants, contributions of other bodies, public generosity: in the order in which costs use them up (ANC 2018-06)."""

COSTS: Final = "6"
"""The class of costs, of which carrying over to a fund is none."""

CARRYING: Final = "689"
"""The accounts of carrying over to funds."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a fund held before, and what the year brought to it, in minor units."""

    held: int
    income: int


def settle(means: Sequence[Means], costs: int) -> tuple[int, ...]:
    """Give the change of each fund once costs are paid from them in their order: carried over, or used if negative."""
    changes = []
    for one in means:
        available = max(one.held + one.income, 0)
        spent = min(max(costs, 0), available)
        costs -= spent
        changes.append(available - spent - one.held)
    return tuple(changes)


def propose(session: Session, book_id: int, period: PeriodRow) -> tuple[EntryDraft, ...]:
    """Propose the entries of a period's dedicated funds, one for each project whose fund changes.

    What was posted of an earlier proposal for the period does not count, so that the same is proposed again.

    Raises:
        UnknownBook.
    """
    book = movements.book_of(session, book_id)
    funds = _funds(session, book_id)
    projects: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for project, code, before, during in _sums(session, book_id, book.currency, period):
        held, moved = projects.setdefault(project, (Counter(), Counter()))
        held[code] += before + during
        moved[code] += during
    drafts = (
        _draft(period, project, tuple(_lines(funds, held, moved, project, book.currency)))
        for project, (held, moved) in sorted(projects.items())
    )
    return tuple(draft for draft in drafts if draft is not None)


def _funds(session: Session, book_id: int) -> list[Fund]:
    """Give the funds that the book has accounts for."""
    codes = set(session.scalars(sa.select(Account.code).where(Account.book_id == book_id)))
    return [fund for fund in FUNDS if {fund.account, fund.carried, fund.used} <= codes]


def _sums(session: Session, book_id: int, currency: str, period: PeriodRow) -> Iterator[tuple[str, str, int, int]]:
    """Read for each project and account the sums of what came before the period and within it."""
    own = sa.select(Entry.id).where(Entry.book_id == book_id, Entry.source.startswith(f"dedicated:{period.id}:"))
    during = Posting.effective_on >= period.starts_on
    statement = (
        sa.select(
            Posting.project,
            Account.code,
            sa.func.sum(sa.case((~during, Posting.amount), else_=0)),
            sa.func.sum(sa.case((during, Posting.amount), else_=0)),
        )
        .join(Account, Account.id == Posting.account_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Account.book_id == book_id,
            Account.currency == currency,
            Posting.project != "",
            Posting.effective_on <= period.ends_on,
            Entry.id.not_in(own),
            sa.or_(Entry.reverses_id.is_(None), Entry.reverses_id.not_in(own)),
        )
        .group_by(Posting.project, Account.code)
    )
    for project, code, before, within in session.execute(statement):
        yield project, code, int(before), int(within)


def _lines(
    funds: Sequence[Fund], held: Mapping[str, int], moved: Mapping[str, int], project: str, currency: str
) -> Iterator[Line]:
    means = [Means(-_sum(held, fund.account), -_sum(moved, fund.income)) for fund in funds]
    costs = _sum(moved, COSTS) - _sum(moved, CARRYING)
    for fund, change in zip(funds, settle(means, costs), strict=True):
        amount = Money(abs(change), currency)
        if change > 0:
            yield debit(fund.carried, amount, project=project)
            yield credit(fund.account, amount, project=project)
        elif change < 0:
            yield debit(fund.account, amount, project=project)
            yield credit(fund.used, amount, project=project)


def _sum(amounts: Mapping[str, int], prefix: str) -> int:
    return sum(amount for code, amount in amounts.items() if code.startswith(prefix))


def _draft(period: PeriodRow, project: str, lines: tuple[Line, ...]) -> EntryDraft | None:
    if not lines:
        return None
    return EntryDraft(
        journal="OD",
        effective_on=period.ends_on,
        source=f"dedicated:{period.id}:{project}",
        memo="dedicated",
        lines=lines,
    )
