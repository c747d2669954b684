"""Gifts that have been paid, with everything behind them: project, donor, charge, entry."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import clock
from ledger.books import book, journal
from ledger.contributions import entries
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.models import Contribution, Kind, NameShown, Pledge
from ledger.money import Money
from ledger.payments import balance
from ledger.payments.models import BalanceTransaction, Charge, Checkout, CheckoutState
from ledger.people.models import Person
from ledger.ports import BalanceTransactionFacts
from tests.factories.organisations import make_organisation
from tests.factories.people import LONG_AGO, make_person
from tests.factories.projects import make_project

NOTHING: Final = Money(0)


@dataclass(frozen=True, slots=True)
class Funded:
    """A project that can be given to, and the book of its organisation."""

    project_id: int
    reference: str
    slug: str
    book_id: int


def make_funded(session: Session, slug: str = "verger") -> Funded:
    organisation = make_organisation(session, f"amis-{slug}", name="Les Amis du Canal")
    project = make_project(session, organisation, slug, title="Un verger partagé")
    return Funded(project.id, project.reference, slug, organisation.book_id)


def make_gift(
    session: Session,
    funded: Funded,
    amount: Money,
    *,
    tip: Money = NOTHING,
    fee: Money = NOTHING,
    paid_at: datetime,
    donor: str = "Camille Desbiolles",
    locale: str = "fr",
    name_shown: NameShown = NameShown.FULL,
) -> Contribution:
    """Pay a gift as a settled charge leaves it."""
    number = (session.scalar(sa.select(sa.func.count(Contribution.id))) or 0) + 1
    email = f"donor{zlib.crc32(donor.encode())}@example.org"
    person = make_person(session, email, donor, locale=locale)
    name = f"{funded.slug}_{number}"
    facts = BalanceTransactionFacts(
        id=f"txn_{name}",
        amount=amount + tip,
        fee=fee,
        net=amount + tip - fee,
        created=paid_at,
        available_on=paid_at + timedelta(days=3),
        type="charge",
        reporting_category="charge",
        source=f"ch_{name}",
        status="pending",
    )
    charge_id = _charge(session, facts, name=name)
    contribution = Contribution(
        pledge_id=_pledge(session, funded, person, amount, tip=tip, name=name, locale=locale, shown=name_shown),
        project_id=funded.project_id,
        person_id=person.id,
        kind=Kind.DONATION,
        charge_id=charge_id,
        balance_transaction_id=facts.id,
        entry_id=_entry(session, funded, person, facts, amount=amount, tip=tip),
        amount=amount,
        tip=tip,
        fee=entries.shares_of_fee(fee, amount=amount, tip=tip).project,
        paid_on=clock.day_in_paris(paid_at),
        after_closing=False,
        recorded_at=paid_at,
    )
    session.add(contribution)
    session.get_one(BalanceTransaction, facts.id).entry_id = contribution.entry_id
    session.flush()
    return contribution


def _charge(session: Session, facts: BalanceTransactionFacts, *, name: str) -> str:
    checkout = Checkout(
        reference=f"CK-{name}",
        amount=facts.amount,
        state=CheckoutState.COMPLETE,
        session_id=None,
        payment_intent_id=None,
        created_at=facts.created,
        expires_at=facts.created + timedelta(hours=1),
        read_at=None,
    )
    session.add(checkout)
    session.flush()
    charge = Charge(
        id=facts.source,
        checkout_id=checkout.id,
        amount=facts.amount,
        method="card",
        card_brand="visa",
        card_last4="4242",
        card_country="FR",
        created=facts.created,
    )
    session.add(charge)
    balance.record(session, facts)
    return charge.id


def _pledge(
    session: Session,
    funded: Funded,
    person: Person,
    amount: Money,
    *,
    tip: Money,
    name: str,
    locale: str,
    shown: NameShown,
) -> int:
    pledge = Pledge(
        reference=f"PR-{name}",
        once=name,
        form=name,
        project_id=funded.project_id,
        person_id=person.id,
        kind=Kind.DONATION,
        amount=amount,
        tip=tip,
        first_name=person.first_name,
        last_name=person.last_name,
        name_shown=shown,
        amount_shown=True,
        locale=locale,
        state=PledgeState.PAID,
        created_at=LONG_AGO,
        state_at=LONG_AGO,
    )
    session.add(pledge)
    session.flush()
    return pledge.id


def _entry(
    session: Session, funded: Funded, person: Person, facts: BalanceTransactionFacts, *, amount: Money, tip: Money
) -> int:
    draft = entries.donation(
        book.chart_of(session, funded.book_id),
        facts,
        amount=amount,
        tip=tip,
        project=funded.reference,
        contributor=person.reference,
    )
    return journal.post(session, funded.book_id, draft, now=facts.created).entry_id
