"""A treasurer closes the years of a book: softly, with a way back, then for good with its dedicated funds.

A form says how many acts its page had shown: sent twice, or from a page that is out of date, it changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from ledger import clock
from ledger.books import closing, journal, periods, queries
from ledger.books.drafts import EntryDraft
from ledger.books.periods import ActRow, PeriodRow
from ledger.errors import NotFound, Refused
from ledger.money import Money
from ledger.statements import dedicated_proposals
from ledger.workflows.manual_entries import Author

RESULT: Final = ("6", "7")
"""The classes of accounts that make the result."""


class PeriodNotOver(Refused):
    """A year is closed once it is over: what arrives today belongs to it as long as it lasts."""

    code = "period_not_over"


class ClosingChanged(Refused):
    """The book is not as the page that asked for the closing had shown it."""

    code = "closing_changed"


@dataclass(frozen=True, slots=True)
class PeriodHistory:
    """A period with what was done to it, and what can be done next."""

    period: PeriodRow
    acts: tuple[ActRow, ...]
    can_close: bool
    can_reopen: bool
    can_close_for_good: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """Entry of a project's dedicated fund: its draft, what it changes in the result, and its id once it is posted."""

    draft: EntryDraft
    project: str
    effect: Money
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a period for good comes to. `seen` names all of it, for a form to send back."""

    period: PeriodRow
    result: Money
    proposals: tuple[Proposal, ...]
    seen: str


def histories(session: Session, book_id: int, *, today: date) -> tuple[PeriodHistory, ...]:
    """List the periods of a book, the latest first."""
    rows = periods.of_book(session, book_id)
    acts = periods.acts(session, book_id)
    found = []
    for place, period in enumerate(rows):
        earlier, later = rows[:place], rows[place + 1 :]
        soft = not period.is_open and not period.is_closed_for_good
        found.append(
            PeriodHistory(
                period,
                tuple(act for act in acts if act.period_id == period.id),
                can_close=period.is_open and period.ends_on < today and not any(each.is_open for each in earlier),
                can_reopen=soft and all(each.is_open for each in later),
                can_close_for_good=soft and all(each.is_closed_for_good for each in earlier),
            )
        )
    return tuple(reversed(found))


def history(session: Session, book_id: int, period_id: int, *, today: date) -> PeriodHistory:
    """Give one period of a book.

    Raises:
        NotFound: the book has no such period.
    """
    for each in histories(session, book_id, today=today):
        if each.period.id == period_id:
            return each
    raise NotFound("unknown_period", period_id=period_id)


def close(session: Session, book_id: int, period_id: int, *, acts: int, author: Author, now: datetime) -> None:
    """Close a period softly, unless more was done to it than the form knew.

    Raises:
        NotFound: the book has no such period.
        PeriodNotOver, EarlierPeriodOpen.
    """
    if _is_fresh(session, book_id, period_id, acts, now):
        if periods.get(session, period_id).ends_on >= clock.day_in_paris(now):
            raise PeriodNotOver(period_id=period_id)
        periods.close(session, period_id, by=author.name, now=now)


def reopen(
    session: Session, book_id: int, period_id: int, *, acts: int, reason: str, author: Author, now: datetime
) -> None:
    """Open a softly closed period again, unless more was done to it than the form knew.

    Raises:
        NotFound: the book has no such period.
        ReasonMissing, LaterPeriodClosed, PeriodClosed.
    """
    if _is_fresh(session, book_id, period_id, acts, now):
        periods.reopen(session, period_id, by=author.name, reason=reason, now=now)


def look(session: Session, book_id: int, period_id: int) -> Closing:
    """Tell what closing a period for good comes to.

    Raises:
        NotFound: the book has no such period.
    """
    period = next((each for each in periods.of_book(session, book_id) if each.id == period_id), None)
    if period is None:
        raise NotFound("unknown_period", period_id=period_id)
    result = closing.result(session, book_id, period.ends_on)
    drafts = dedicated_proposals.propose(session, book_id, period)
    proposals = tuple(_proposal(session, book_id, draft) for draft in drafts)
    told = [result.minor, [draft.fingerprint().hex() for draft in drafts], [each.entry_id for each in proposals]]
    return Closing(period, result, proposals, hashlib.sha256(json.dumps(told).encode()).hexdigest())


def close_for_good(
    session: Session,
    book_id: int,
    period_id: int,
    *,
    seen: str,
    accepted: Collection[str],
    author: Author,
    now: datetime,
) -> None:
    """Post the proposals of the accepted projects, then the closing entry, and close; once.

    Raises:
        NotFound: the book has no such period.
        ClosingChanged: something was posted since the form was shown.
        PeriodNotClosed, EarlierPeriodOpen, and what `journal.post` raises.
    """
    history(session, book_id, period_id, today=clock.day_in_paris(now))
    if periods.locked(session, period_id).is_closed_for_good:
        return
    found = look(session, book_id, period_id)
    if found.seen != seen:
        raise ClosingChanged(period_id=period_id)
    for each in found.proposals:
        if each.project in accepted and each.entry_id is None:
            draft = replace(each.draft, details={**each.draft.details, **author.details()})
            journal.post(session, book_id, draft, now=now, refuse_late=True)
    closing.close_year(session, period_id, by=author.name, now=now)


def _is_fresh(session: Session, book_id: int, period_id: int, acts: int, now: datetime) -> bool:
    periods.locked(session, period_id)
    return len(history(session, book_id, period_id, today=clock.day_in_paris(now)).acts) == acts


def _proposal(session: Session, book_id: int, draft: EntryDraft) -> Proposal:
    posted = queries.by_source(session, book_id, draft.source)
    minor = -sum(line.money.minor for line in draft.lines if line.account.startswith(RESULT))
    entry_id = posted.id if posted else None
    return Proposal(draft, draft.lines[0].project, Money(minor, draft.lines[0].money.currency), entry_id)
