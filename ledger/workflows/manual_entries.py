"""Entries that a person posts by hand (opérations diverses), and the reversal of what a person posted.

Who posted, why, and the document that it rests on are in the entry's details, so that they are sealed with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from ledger import clock
from ledger.books import book, journal, queries
from ledger.books.drafts import EntryDraft, Line
from ledger.books.journal import Posted
from ledger.books.queries import EntryRow
from ledger.books.refusals import AlreadyReversed, NotReversible, SourceReused, UnknownEntry
from ledger.books.vouchers import Voucher
from ledger.errors import Refused
from ledger.people.models import Person

JOURNAL: Final = "OD"
SOURCE: Final = "manual:"
OPENING: Final = "opening:"

AUTOMATIC: Final = ("stripe_clearing", "stripe_reserve")
"""Roles of the accounts that money from Stripe is posted to, from its balance transactions and nothing else."""

OUR_REFERENCE: Final = re.compile(r"C[0-9]{6,}")
"""How the program names people."""

FIRST_DAY: Final = date(2000, 1, 1)
"""A fact of an earlier day is a slip of the hand."""


class AutomaticAccount(Refused):
    """An account that only the program posts to, from what Stripe tells."""

    code = "automatic_account"


class DayOutOfBounds(Refused):
    """The day of a fact is still to come, or is long past."""

    code = "day_out_of_bounds"


@dataclass(frozen=True, slots=True)
class Author:
    """Who posts: a name, and the reference of a person whom we know."""

    name: str
    reference: str = ""

    def details(self) -> dict[str, str]:
        """Give the words that name them in an entry's details."""
        return {"author": self.name, **({"author_reference": self.reference} if self.reference else {})}


@dataclass(frozen=True, slots=True)
class ManualEntry:
    """What a person asks to be posted. `form` is the token of the form: sent twice, it is posted once."""

    form: str
    day: date
    label: str
    reason: str
    lines: tuple[Line, ...]
    voucher: Voucher
    author: Author


def author_of(session: Session, person_id: int) -> Author:
    """Name a person as the author of an entry."""
    person = session.get_one(Person, person_id)
    return Author(f"{person.first_name} {person.last_name}".strip() or person.reference, person.reference)


def automatic_accounts(session: Session, book_id: int) -> tuple[str, ...]:
    """Give the codes of the accounts that nobody posts to by hand; sub-accounts of theirs are none to post to either.

    Raises:
        UnknownBook.
    """
    roles = book.chart_of(session, book_id).roles
    return tuple(roles[role] for role in AUTOMATIC if role in roles)


def post(session: Session, book_id: int, entry: ManualEntry, *, now: datetime) -> Posted:
    """Post an entry in the journal of miscellaneous operations; the same form again is a replay.

    Raises:
        SourceReused: the form was posted with other content.
        DayOutOfBounds, AutomaticAccount.
        PeriodClosed: the day lies in a closed period; it is never moved to another one.
        And what `journal.post` and `EntryDraft` raise.
    """
    draft = EntryDraft(
        journal=JOURNAL,
        effective_on=entry.day,
        source=f"{SOURCE}{entry.form}",
        memo=entry.label,
        lines=entry.lines,
        details={"reason": entry.reason, **entry.author.details(), **entry.voucher.details()},
    )
    today = clock.day_in_paris(now)
    if not FIRST_DAY <= entry.day <= today:
        raise DayOutOfBounds(day=entry.day, first=FIRST_DAY, last=today)
    check_accounts(session, book_id, (line.account for line in entry.lines))
    posted = journal.post(session, book_id, draft, now=now, refuse_late=True)
    if posted.replayed:
        _check_same_words(session, posted.entry_id, draft)
    return posted


def check_accounts(session: Session, book_id: int, codes: Iterable[str]) -> None:
    """Refuse what only the program may post to.

    Raises:
        AutomaticAccount.
    """
    automatic = automatic_accounts(session, book_id)
    for code in codes:
        if code.startswith(automatic):
            raise AutomaticAccount(account=code)


def strangers(session: Session, book_id: int, references: Collection[str]) -> frozenset[str]:
    """Tell which of these contributors can be named by nobody here: people whom we know and the book does not.

    Any other word is taken as it stands, for somebody whom only the organisation knows.
    """
    ours = {reference for reference in references if OUR_REFERENCE.fullmatch(reference)}
    return frozenset(ours) - queries.contributors_known(session, book_id, ours)


def can_reverse(entry: EntryRow) -> bool:
    """Tell whether a person posted this entry, so that a person may undo it."""
    return entry.source.startswith((SOURCE, OPENING)) and entry.reverses_id is None


def reverse(
    session: Session, book_id: int, entry_id: int, *, form: str, memo: str, reason: str, author: Author, now: datetime
) -> Posted:
    """Undo what a person posted, today; an opening balance on its own day, if that can still be posted to.

    Raises:
        UnknownEntry: the book has no such entry.
        NotReversible: the program posted it, or it is a reversal itself.
        AlreadyReversed: by another form than this one.
    """
    entry = queries.entry(session, entry_id)
    if entry is None or entry.book_id != book_id:
        raise UnknownEntry(entry_id=entry_id)
    if not can_reverse(entry):
        raise NotReversible(entry_id=entry_id)
    source = f"{SOURCE}{form}"
    if entry.reversed_by is not None:
        return _replay(session, entry, source)
    try:
        return journal.reverse(
            session,
            entry_id,
            source=source,
            effective_on=entry.effective_on if entry.source.startswith(OPENING) else clock.day_in_paris(now),
            memo=memo,
            now=now,
            details={"reason": reason, **author.details()},
        )
    except AlreadyReversed:  # perhaps by this same form, sent twice at once
        return _replay(session, entry, source)


def _replay(session: Session, entry: EntryRow, source: str) -> Posted:
    """Know the form that reversed an entry again: its day may have passed since."""
    reversal = queries.by_source(session, entry.book_id, source)
    if reversal is None or reversal.reverses_id != entry.id:
        raise AlreadyReversed(entry_id=entry.id, reversed_by=entry.reversed_by)
    return Posted(reversal.id, replayed=True)


def _check_same_words(session: Session, entry_id: int, draft: EntryDraft) -> None:
    """Refuse a form that says another reason than it was posted with: what is sealed is not what was sent."""
    entry = queries.entry(session, entry_id)
    if entry is None or (entry.memo, _about(entry.details)) != (draft.memo, _about(draft.details)):
        raise SourceReused(source=draft.source, entry_id=entry_id)


def _about(details: Mapping[str, str]) -> tuple[str, str]:
    return details.get("reason", ""), details.get("attachment_sha256", "")
