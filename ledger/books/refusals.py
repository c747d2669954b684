"""What the book refuses, each with its own class; the database refuses the same by itself.

`BY_CONSTRAINT` gives the class for the name under which a trigger or constraint of the migrations refuses.
"""

from __future__ import annotations

from typing import Final

from ledger.errors import EcotError, Invalid, NotFound, Refused


class BadDraft(Invalid):
    """An entry that cannot be an entry: too few lines, a missing or unprintable word, an amount not positive."""

    code = "bad_draft"


class Unbalanced(Invalid):
    """Debits and credits of an entry differ in a currency. `difference` is debits less credits."""

    code = "unbalanced"


class ProjectUnbalanced(Invalid):
    """The lines of an entry that name a project do not sum to zero for that project."""

    code = "project_unbalanced"


class UnknownAccount(Invalid):
    """No account of the book has this code."""

    code = "unknown_account"


class BadAccount(Invalid):
    """A sub-account that cannot be one: its code, its label, its guard, or an account that stands between."""

    code = "bad_account"


class UnknownJournal(Invalid):
    """No journal of the book has this code."""

    code = "unknown_journal"


class WrongCurrency(Invalid):
    """An amount is not in the currency of the account it is posted to."""

    code = "wrong_currency"


class UnknownBook(NotFound):
    """No book has this id."""

    code = "unknown_book"


class UnknownEntry(NotFound):
    """No entry has this id."""

    code = "unknown_entry"


class UnknownSeal(NotFound):
    """No seal has this hash, or this number in its book."""

    code = "unknown_seal"


class AccountClosed(Refused):
    """The account takes no entry of that day any more."""

    code = "account_closed"


class PeriodClosed(Refused):
    """The day lies in a period that is closed, or before one that is."""

    code = "period_closed"


class PeriodNotClosed(Refused):
    """The period has to be softly closed first, and is open."""

    code = "period_not_closed"


class LaterPeriodClosed(Refused):
    """Periods open again in their order, and a later one is closed."""

    code = "later_period_closed"


class ReasonMissing(Invalid):
    """A period is reopened by somebody, for a reason; one of them is not given."""

    code = "reason_missing"


class ResultNotClosed(Refused):
    """A period closes for good once its costs and income went to own funds, and they did not."""

    code = "result_not_closed"


class PeriodOverlaps(Refused):
    """A period would share a day with another one of the book, or lie before a closed one."""

    code = "period_overlaps"


class EarlierPeriodOpen(Refused):
    """Periods close in their order, and an earlier one is still open."""

    code = "earlier_period_open"


class Overdrawn(Refused):
    """The entry would take a guarded account to the wrong side of zero."""

    code = "overdrawn"


class SourceReused(Refused):
    """The source reference has been posted already, with other content."""

    code = "source_reused"


class AlreadyReversed(Refused):
    """The entry has its reversal already; an entry has one at most."""

    code = "already_reversed"


class NotReversible(Refused):
    """A reversal is not reversed, nor the entry that closes a period: post the right entry instead."""

    code = "not_reversible"


class NotSealed(Refused):
    """The entry is not sealed yet; the next seal takes it in."""

    code = "not_sealed"


BY_CONSTRAINT: Final[dict[str, type[EcotError]]] = {
    "entry_balanced": Unbalanced,
    "entry_project_balanced": ProjectUnbalanced,
    "entry_account_known": UnknownAccount,
    "entry_journal_known": UnknownJournal,
    "entry_period_open": PeriodClosed,
    "entry_overdrawn": Overdrawn,
    "entry_mirror": NotReversible,
    "fk_entry_reverses_id": NotReversible,
    "period_overlaps": PeriodOverlaps,
    "period_order": EarlierPeriodOpen,
    "period_later_closed": LaterPeriodClosed,
    "period_result": ResultNotClosed,
    "ck_period_act_reason": ReasonMissing,
    "uq_entry_book_id_source": SourceReused,
    "uq_entry_reverses_id": AlreadyReversed,
}
"""Constraint of the database to error; a name that is not here is a fault of the program."""
