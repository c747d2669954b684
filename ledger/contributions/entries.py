"""What contributions post. Pure: facts in, an entry's draft out.

A gift by card is one entry for each balance transaction of the provider: the clearing account takes what is left
after the fee, the fee is a cost of the project, the gift is its income. A tip is not the project's: it is held
for the operator of the site, bears its own part of the fee, and names no project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ledger.books.drafts import EntryDraft, Line, credit, debit
from ledger.clock import day_in_paris
from ledger.errors import Invalid
from ledger.money import Money
from ledger.ports import BalanceTransactionFacts


class Accounts(Protocol):
    """The chart of a book, as far as postings need it."""

    def code_of(self, role: str) -> str:
        """Give the code of the account that plays a role."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How the provider's fee on one payment is borne: the project's part, and the tip's."""

    project: Money
    tip: Money


def shares_of_fee(fee: Money, *, amount: Money, tip: Money) -> Shares:
    """Divide a fee in proportion to gift and tip, exactly; an odd cent goes to the larger remainder, then the gift."""
    project, of_tip = fee.allocate([amount.minor, tip.minor])
    return Shares(project=project, tip=of_tip)


def donation(
    accounts: Accounts,
    transaction: BalanceTransactionFacts,
    *,
    amount: Money,
    tip: Money,
    project: str,
    contributor: str,
) -> EntryDraft:
    """Draft the entry of a gift by card, from the balance transaction of its charge.

    Raises:
        Invalid: `amount` and `tip` do not add up to the transaction's gross amount.
    """
    if amount + tip != transaction.amount:
        raise Invalid("gift_is_not_what_was_paid", id=transaction.id, amount=amount, tip=tip)
    shares = shares_of_fee(transaction.fee, amount=amount, tip=tip)
    gift = _received(accounts, amount, shares.project, project=project, contributor=contributor)
    lines = [*gift, credit(accounts.code_of("gifts"), amount, project=project, contributor=contributor)]
    if tip:
        held = accounts.code_of("tips_held")
        lines += [
            credit(held, tip, contributor=contributor),
            *_debit_if_any(held, shares.tip, contributor=contributor),
            *_debit_if_any(accounts.code_of("stripe_clearing"), tip - shares.tip, contributor=contributor),
        ]
    return _draft(transaction, "donation", lines)


def unallocated(accounts: Accounts, transaction: BalanceTransactionFacts, *, contributor: str) -> EntryDraft:
    """Draft the entry of a payment that no pledge explains: in suspense, gross, until a treasurer decides."""
    received = _received(accounts, transaction.amount, transaction.fee, contributor=contributor)
    held = credit(accounts.code_of("unallocated"), transaction.amount, contributor=contributor)
    return _draft(transaction, "unallocated", [*received, held])


def _received(accounts: Accounts, gross: Money, fee: Money, *, project: str = "", contributor: str = "") -> list[Line]:
    return [
        *_debit_if_any(accounts.code_of("stripe_clearing"), gross - fee, project=project, contributor=contributor),
        *_debit_if_any(accounts.code_of("psp_fees"), fee, project=project, contributor=contributor),
    ]


def _debit_if_any(account: str, money: Money, *, project: str = "", contributor: str = "") -> list[Line]:
    """Debit an account; credit it when the fee was larger than the payment; nothing for nothing."""
    if not money:
        return []
    side = debit if money.minor > 0 else credit
    return [side(account, abs(money), project=project, contributor=contributor)]


def _draft(transaction: BalanceTransactionFacts, memo: str, lines: list[Line]) -> EntryDraft:
    return EntryDraft(
        journal="STR",
        effective_on=day_in_paris(transaction.created),
        source=f"stripe:{transaction.id}",
        memo=memo,
        lines=tuple(lines),
        details={"charge": transaction.source},
    )
