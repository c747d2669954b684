"""What is looked after when no notice comes, or when what is read makes no sense."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger import jobs
from ledger.adapters.memory import MemoryGateway
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.models import Pledge
from ledger.db import Database
from ledger.errors import Invalid
from ledger.payments.models import Checkout, InboxEvent
from ledger.ports import CheckoutFacts, GatewayUnavailable
from ledger.workflows import follow_payment, take_pledge
from tests.factories.contributions import make_request
from tests.factories.organisations import make_organisation
from tests.factories.projects import make_project
from tests.workflows.stories import Story


class ConfusedGateway(MemoryGateway):
    """A provider that says nothing that makes sense about some checkouts."""

    confused: frozenset[str] = frozenset()

    def fetch_checkout(self, session_id: str) -> CheckoutFacts:
        if session_id in self.confused:
            raise Invalid("unknown_currency", currency="SEK")
        return super().fetch_checkout(session_id)


@pytest.fixture
def gateway(database: Database, frozen_now: datetime) -> ConfusedGateway:
    with database.transaction() as session:
        make_project(session, make_organisation(session))
    return ConfusedGateway(now=frozen_now)


def paid(database: Database, gateway: MemoryGateway) -> Story:
    """A gift that was paid, and of which no notice came."""
    story = Story(database, gateway)
    story.open()
    story.pay()
    story.move()
    return story


def sweep(database: Database, gateway: MemoryGateway, *, after: timedelta = timedelta(minutes=10)) -> None:
    gateway.now += after
    follow_payment.sweep(database, gateway, now=gateway.now)


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return [str(state) for state in session.scalars(sa.select(Pledge.state).order_by(Pledge.id))]


def test_one_checkout_that_makes_no_sense_keeps_no_other_from_being_settled(
    database: Database, gateway: ConfusedGateway
) -> None:
    first, *_ = [paid(database, gateway) for _ in range(3)]
    gateway.confused = frozenset(first.sessions)
    with pytest.raises(Invalid) as refusal:
        sweep(database, gateway)
    assert refusal.value.values == {"sessions": first.sessions}
    assert states(database) == ["checkout_open", "paid", "paid"]


def test_a_sweep_that_is_broken_off_goes_on_with_the_next(database: Database, gateway: ConfusedGateway) -> None:
    for _ in range(2):
        paid(database, gateway)
    gateway.fail("list_balance_transactions")
    with pytest.raises(GatewayUnavailable):
        sweep(database, gateway)
    sweep(database, gateway)
    assert states(database) == ["paid", "paid"]


def test_a_sweep_receives_each_missed_notice_once(database: Database, gateway: ConfusedGateway) -> None:
    story = paid(database, gateway)
    story.hear(0)
    for _ in range(2):
        sweep(database, gateway)
    with database.reading() as session:
        assert len(session.scalars(sa.select(InboxEvent.id)).all()) == len(story.events)


def test_a_pledge_that_never_reached_the_provider_lapses_after_a_day(
    database: Database, gateway: ConfusedGateway
) -> None:
    with database.transaction() as session:
        take_pledge.take(session, make_request(), now=gateway.now)
    sweep(database, gateway, after=timedelta(hours=23))
    assert states(database) == [PledgeState.PLEDGED]
    sweep(database, gateway, after=timedelta(hours=2))
    assert states(database) == [PledgeState.EXPIRED]


def test_a_checkout_that_was_replaced_is_closed_at_the_provider(database: Database, gateway: ConfusedGateway) -> None:
    story = Story(database, gateway)
    story.open()
    gateway.now += timedelta(minutes=1)
    with database.transaction() as session:
        session.execute(sa.update(Checkout).values(expires_at=gateway.now))
    story.sessions.clear()
    story.open()
    with database.reading() as session:
        first, second = session.scalars(sa.select(Checkout).order_by(Checkout.id))
        (job,) = jobs.overview(session, now=gateway.now).failing_jobs or [None]
        assert job is None
        assert jobs.overview(session, now=gateway.now).waiting == 1
    follow_payment.release(database, gateway, checkout_id=first.id, now=gateway.now)
    assert [gateway.fetch_checkout(each.session_id or "").status for each in (first, second)] == ["expired", "open"]
    assert states(database) == ["checkout_open"]
