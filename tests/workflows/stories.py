"""What can happen to one pledge at the provider, and ways to learn of it: in order, late, twice, in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from ledger.adapters.memory import MemoryGateway
from ledger.books.models import Account, Entry, Posting
from ledger.contributions.models import Contribution, Pledge, PledgeAttempt, UnallocatedPayment
from ledger.db import Database
from ledger.money import Money
from ledger.payments.models import BalanceTransaction, Charge, Checkout
from ledger.ports import CheckoutFacts, EventFacts
from ledger.workflows import follow_payment, open_checkout, settle_charge, take_pledge
from tests.factories.contributions import make_request

FEE: Final = Money(63)


def status_url(reference: str, locale: str) -> str:
    return f"https://ecot.example/{locale}/contributions/{reference}"


@dataclass
class Story:
    """One pledge and its donor. `read` are readings at the provider that were made and not yet acted on."""

    database: Database
    gateway: MemoryGateway
    read: list[CheckoutFacts] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._first = len(self.gateway.events)
        request = make_request(2500, tip=Money(200))
        with self.database.transaction() as session:
            self.reference = take_pledge.take(session, request, now=self.gateway.now).reference

    # What the donor, the bank and time do.

    def open(self) -> None:
        """Begin to pay, after looking what became of the attempt before."""
        if self.sessions:
            self._reread()
        url = open_checkout.run(
            self.database, self.gateway, reference=self.reference, status_url=status_url, now=self.gateway.now
        )
        self.sessions.append(url.rpartition("/")[2])

    def decline(self) -> None:
        self.gateway.decline(self.sessions[-1])

    def process(self) -> None:
        self.gateway.begin_processing(self.sessions[-1])

    def pay(self) -> None:
        self.gateway.pay(self.sessions[-1], fee=FEE, settled=False)

    def move(self) -> None:
        """Let our balance move."""
        self.gateway.settle(self.sessions[-1])

    def expire(self) -> None:
        self.gateway.expire(self.sessions[-1])

    # How we learn of it.

    @property
    def events(self) -> list[EventFacts]:
        """The notices so far."""
        return self.gateway.events[self._first :]

    def hear(self, number: int) -> None:
        """Receive one of the notices so far, for the first time or again, and act on it."""
        if self.events:
            event = self.events[number % len(self.events)]
            follow_payment.receive(self.database, event, now=self.gateway.now)
            follow_payment.act_on_event(self.database, self.gateway, event_id=event.id, now=self.gateway.now)

    def look(self, number: int) -> None:
        """Read a checkout, and act on it only later."""
        if self.sessions:
            self.read.append(self.gateway.fetch_checkout(self.sessions[number % len(self.sessions)]))

    def act(self, number: int) -> None:
        """Act on what was read before."""
        if self.read:
            facts = self.read.pop(number % len(self.read))
            with self.database.transaction() as session:
                settle_charge.settle(session, facts, now=self.gateway.now)

    def sweep(self, number: int) -> None:
        """Look after what no notice told, some minutes later."""
        self.gateway.now += timedelta(minutes=number)
        follow_payment.sweep(self.database, self.gateway, now=self.gateway.now)

    def _reread(self) -> None:
        with self.database.reading() as session:
            found = session.scalars(sa.select(Checkout.id).where(Checkout.session_id == self.sessions[-1])).one()
        follow_payment.reread(self.database, self.gateway, checkout_id=found, now=self.gateway.now)

    # What came of it.

    def outcome(self) -> dict[str, Any]:
        """Give everything that must be the same however it was learnt: states, money, entries."""
        with self.database.reading() as session:
            pledge = session.scalars(sa.select(Pledge).where(Pledge.reference == self.reference)).one()
            attempts = sa.select(Checkout).join(PledgeAttempt).where(PledgeAttempt.pledge_id == pledge.id)
            checkouts = session.scalars(attempts.order_by(PledgeAttempt.number)).all()
            ids = [checkout.id for checkout in checkouts]
            charges = session.scalars(sa.select(Charge.id).where(Charge.checkout_id.in_(ids))).all()
            given = session.scalars(sa.select(Contribution).where(Contribution.pledge_id == pledge.id)).all()
            held = session.scalars(sa.select(UnallocatedPayment).where(UnallocatedPayment.checkout_id.in_(ids))).all()
            postings = session.execute(
                sa.select(Account.code, Posting.amount)
                .join(Posting, Posting.account_id == Account.id)
                .join(Entry, Entry.id == Posting.entry_id)
                .join(BalanceTransaction, BalanceTransaction.entry_id == Entry.id)
                .where(BalanceTransaction.source.in_(charges))
            ).all()
            return {
                "pledge": str(pledge.state),
                "checkouts": [(str(checkout.state), checkout.error_code) for checkout in checkouts],
                "charges": len(charges),
                "contributions": [(each.amount, each.tip, each.fee) for each in given],
                "held": [(each.reason, each.amount) for each in held],
                "postings": sorted((code, amount) for code, amount in postings),
            }


Act = Callable[[Story], None]
Way = Callable[[Story, int], None]

WAYS: Final[tuple[Way, ...]] = (Story.hear, Story.look, Story.act, Story.sweep)

STORIES: Final[dict[str, tuple[Act, ...]]] = {
    "success": (Story.open, Story.pay, Story.move),
    "a refusal, then success": (Story.open, Story.decline, Story.pay, Story.move),
    "a bank that answers late": (Story.open, Story.process, Story.pay, Story.move),
    "nothing at all": (Story.open, Story.expire),
    "a refusal, then nothing": (Story.open, Story.decline, Story.expire),
    "success at the second attempt": (Story.open, Story.expire, Story.open, Story.pay, Story.move),
    "refusals at two attempts": (Story.open, Story.decline, Story.expire, Story.open, Story.decline, Story.expire),
}
