"""What a second reading of the workflows asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger.adapters.memory import MemoryGateway
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.models import Pledge
from ledger.db import Database
from ledger.errors import Invalid
from ledger.money import Money
from ledger.organisations import organisations
from ledger.workflows import follow_payment, open_checkout, take_pledge
from tests.factories.contributions import make_request
from tests.factories.world import make_town


def test_a_book_that_takes_no_entry_holds_up_no_other_book(database: Database, frozen_now: datetime) -> None:
    gateway = MemoryGateway(now=frozen_now)
    with database.transaction() as session:
        make_town(session)
        organisation = organisations.get(session, "amis-du-lavoir")
        code = organisations.chart_of(session, organisation).code_of("gifts")
        closing = "UPDATE account SET closed_on = '2020-01-01' WHERE book_id = :book AND code = :code"
        session.execute(sa.text(closing), {"book": organisation.book_id, "code": code})
    for project in ("lavoir", "verger"):
        pay(database, gateway, project)
    gateway.now += timedelta(minutes=10)
    with pytest.raises(Invalid, match="checkouts_not_settled"):
        follow_payment.sweep(database, gateway, now=gateway.now)
    assert states(database) == [PledgeState.CHECKOUT_OPEN, PledgeState.PAID]


def pay(database: Database, gateway: MemoryGateway, project: str) -> None:
    """Give to a project, with no notice of it."""
    with database.transaction() as session:
        reference = take_pledge.take(session, make_request(project=project), now=gateway.now).reference
    url = open_checkout.run(
        database, gateway, reference=reference, status_url=lambda pledge, _: f"https://x/{pledge}", now=gateway.now
    )
    gateway.pay(url.rpartition("/")[2], fee=Money(63))


def states(database: Database) -> list[PledgeState]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Pledge.state).order_by(Pledge.id)))
