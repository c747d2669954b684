"""What pages read of gifts: money, money on its way and promises apart; names and amounts as their donors chose."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.contributions import pledges, queries
from ledger.contributions.lifecycle import PENDING, PROMISED, PledgeState
from ledger.contributions.models import Contribution, NameShown, Pledge, PledgeAttempt
from ledger.db import Database
from ledger.money import Money
from ledger.payments import checkouts
from ledger.payments.models import CheckoutState
from ledger.people import persons
from ledger.ports import CheckoutStatus, OpenedCheckout, PaymentStatus
from ledger.projects.models import Project
from ledger.workflows import settle_charge
from tests.factories.contributions import make_request
from tests.factories.gifts import Funded, make_funded, make_gift
from tests.factories.payments import make_charge, make_facts, make_movement
from tests.factories.people import make_person

NOON = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)


@pytest.fixture
def funded(database: Database) -> Funded:
    with database.transaction() as session:
        return make_funded(session)


def make_pledge(session: Session, funded: Funded, amount: int, state: PledgeState = PledgeState.PLEDGED) -> Pledge:
    """A pledge that is not paid, of some cents, in a state."""
    person = make_person(session, "camille@example.org", "Camille Moreau")
    request = make_request(amount, project=funded.slug)
    pledge = pledges.add(session, request, project_id=funded.project_id, person_id=person.id, now=NOON)
    pledges.move(pledge, state, now=NOON)
    return pledge


def pledge_of(session: Session, contribution: Contribution) -> Pledge:
    return session.get_one(Pledge, contribution.pledge_id)


def test_a_project_without_anything_has_totals_of_nothing(database: Database, funded: Funded) -> None:
    with database.reading() as session:
        totals = queries.totals(session, [funded.project_id])[funded.project_id]
        assert queries.totals(session, []) == {}
        assert queries.totals(session, [funded.project_id + 1]) == {}
    assert (totals.collected, totals.pending, totals.pledged, totals.net) == (Money(0),) * 4
    assert (totals.contributors, totals.fees) == (0, Money(0))


def test_what_is_collected_pending_and_pledged_is_never_mixed(database: Database, funded: Funded) -> None:
    amounts = {state: 10**number for number, state in enumerate(PledgeState)}
    with database.transaction() as session:
        for state, amount in amounts.items():
            make_pledge(session, funded, amount, state)
        make_gift(session, funded, Money(5000), tip=Money(500), fee=Money(108), paid_at=NOON)
        totals = queries.totals(session, [funded.project_id])[funded.project_id]
    assert totals.collected == Money(5000)
    assert totals.pending == Money(sum(amounts[state] for state in PENDING))
    assert totals.pledged == Money(sum(amounts[state] for state in PROMISED))
    assert (totals.fees, totals.net) == (Money(98), Money(4902))


def test_a_donor_who_gives_twice_is_one_contributor(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        for donor in ("Camille Moreau", "Camille Moreau", "Noé Lacaze"):
            make_gift(session, funded, Money(1000), paid_at=NOON, donor=donor)
        totals = queries.totals(session, [funded.project_id])[funded.project_id]
    assert (totals.contributors, totals.collected) == (2, Money(3000))


def test_each_project_has_its_own_totals(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        other = make_funded(session, "lavoir")
        make_gift(session, funded, Money(1000), paid_at=NOON)
        make_gift(session, other, Money(200), paid_at=NOON)
        make_pledge(session, other, 30, PledgeState.CHECKOUT_OPEN)
        totals = queries.totals(session, [funded.project_id, other.project_id])
    assert totals[funded.project_id].collected == Money(1000)
    assert totals[funded.project_id].pledged == Money(0)
    assert (totals[other.project_id].collected, totals[other.project_id].pledged) == (Money(200), Money(30))


@pytest.mark.parametrize(
    ("shown", "donor", "name"),
    [
        (NameShown.FULL, "Camille Moreau", "Camille Moreau"),
        (NameShown.FIRST, "Camille Moreau", "Camille"),
        (NameShown.NOBODY, "Camille Moreau", ""),
        (NameShown.FULL, "Camille", "Camille"),
    ],
)
def test_a_donor_appears_as_chosen_to_the_public_and_to_the_leader(
    database: Database, funded: Funded, shown: NameShown, donor: str, name: str
) -> None:
    with database.transaction() as session:
        make_gift(session, funded, Money(1000), paid_at=NOON, donor=donor, name_shown=shown)
        (public,) = queries.public_of_project(session, funded.project_id)
        (led,) = queries.for_leader(session, funded.project_id)
    assert public.name == led.name == name
    assert public.amount == Money(1000)


def test_an_amount_that_is_hidden_is_hidden_from_the_public_and_counted_all_the_same(
    database: Database, funded: Funded
) -> None:
    with database.transaction() as session:
        pledge_of(session, make_gift(session, funded, Money(1000), paid_at=NOON)).amount_shown = False
        session.flush()
        (public,) = queries.public_of_project(session, funded.project_id)
        (led,) = queries.for_leader(session, funded.project_id)
        totals = queries.totals(session, [funded.project_id])[funded.project_id]
    assert public.amount is None
    assert led.amount == totals.collected == Money(1000)


def test_the_public_sees_the_latest_first_and_no_more_than_asked_for(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        for cents in (1, 2, 3):
            make_gift(session, funded, Money(cents), paid_at=NOON)
        shown = queries.public_of_project(session, funded.project_id, limit=2)
    assert [each.amount for each in shown] == [Money(3), Money(2)]


def test_a_leader_sees_amount_fee_and_what_is_left(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        make_gift(session, funded, Money(5000), tip=Money(500), fee=Money(108), paid_at=NOON)
        make_gift(session, funded, Money(1000), fee=Money(40), paid_at=NOON + timedelta(days=1))
        last, first = queries.for_leader(session, funded.project_id)
    assert (first.amount, first.fee, first.net) == (Money(5000), Money(98), Money(4902))
    assert first.reference.startswith("CTB")
    assert (last.amount, last.net, last.paid_on) == (Money(1000), Money(960), date(2026, 3, 4))


def test_days_are_those_of_paris_and_only_those_with_a_gift(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        for hour in (12, 22, 23):
            paid_at = datetime(2026, 3, 3, hour, 30, tzinfo=UTC)
            make_gift(session, funded, Money(hour), paid_at=paid_at)
        days = queries.by_day(session, funded.project_id, "EUR")
    assert [(each.day, each.amount, each.count) for each in days] == [
        (date(2026, 3, 3), Money(34), 2),
        (date(2026, 3, 4), Money(23), 1),
    ]


def test_a_pledge_s_page_tells_its_state_and_what_is_to_be_paid(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        pledge = make_pledge(session, funded, 5000)
        pledge.tip = Money(500)
        session.flush()
        status = queries.status(session, pledge.reference)
        assert queries.status(session, "PR-nothing") is None
    assert status is not None
    assert (status.state, status.total, status.email) == (PledgeState.PLEDGED, Money(5500), "camille@example.org")
    assert (status.project_slug, status.checkout_url, status.error_code) == ("verger", "", "")


@pytest.mark.parametrize("state", [*CheckoutState])
def test_a_donor_is_led_back_to_a_checkout_only_while_it_is_open(
    database: Database, funded: Funded, state: CheckoutState
) -> None:
    with database.transaction() as session:
        pledge = make_pledge(session, funded, 5000)
        for number in (1, 2):
            checkout = checkouts.new(session, Money(5000), now=NOON)
            session.add(PledgeAttempt(checkout_id=checkout.id, pledge_id=pledge.id, number=number))
            session.flush()
            checkouts.opened(session, checkout.id, OpenedCheckout(f"cs_{number}", f"https://pay/{number}", NOON))
        checkout.state, checkout.error_code = state, "card_declined"
        session.flush()
        status = queries.status(session, pledge.reference)
    assert status is not None
    assert status.checkout_url == ("https://pay/2" if state is CheckoutState.OPEN else "")
    assert status.error_code == "card_declined"


def test_a_donor_s_own_page_has_everything_of_theirs_but_what_was_replaced(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        make_gift(session, funded, Money(5000), tip=Money(500), paid_at=NOON, donor="Camille Moreau")
        make_gift(session, funded, Money(1), paid_at=NOON, donor="Somebody else")
        person_id = session.scalars(sa.select(Contribution.person_id).order_by(Contribution.id)).first()
        assert person_id is not None
        for state in (PledgeState.FAILED, PledgeState.REPLACED):
            pledge = make_pledge(session, funded, 30, state)
            pledge.person_id = person_id
        session.flush()
        own = queries.own(session, person_id)
        nobody = persons.find_or_add(session, "new@example.org", first_name="", last_name="", locale="fr", now=NOON)
        assert queries.own(session, nobody.id) == ()
    assert [(each.state, each.amount) for each in own] == [
        (PledgeState.FAILED, Money(30)),
        (PledgeState.PAID, Money(5000)),
    ]
    unpaid, paid = own
    assert (unpaid.paid_on, unpaid.contribution_id, unpaid.card_last4) == (None, None, "")
    assert (paid.tip, paid.paid_on, paid.card_brand, paid.card_last4) == (Money(500), date(2026, 3, 3), "visa", "4242")
    assert paid.contribution_id is not None


def test_an_organisation_sees_its_own_payments_in_suspense_the_latest_first(database: Database, funded: Funded) -> None:
    with database.transaction() as session:
        organisation_id = session.get_one(Project, funded.project_id).organisation_id
        references = [_pay_otherwise(session, funded, name, now=NOON + timedelta(hours=int(name))) for name in "12"]
        rows = queries.unallocated(session, [organisation_id])
        assert queries.unallocated(session, [organisation_id + 1]) == queries.unallocated(session, []) == ()
        assert queries.totals(session, [funded.project_id])[funded.project_id].collected == Money(0)
    assert [(row.pledge_reference, row.reason) for row in rows] == [
        (each, "amount_differs") for each in references[::-1]
    ]
    assert {row.amount for row in rows} == {Money(4000)}


def _pay_otherwise(session: Session, funded: Funded, name: str, *, now: datetime) -> str:
    """Pay another amount than was pledged; give the pledge's reference."""
    pledge = make_pledge(session, funded, 5000)
    checkout = checkouts.new(session, Money(5000), now=now)
    session.add(PledgeAttempt(checkout_id=checkout.id, pledge_id=pledge.id, number=1))
    session.flush()
    facts = dataclasses.replace(
        make_facts(checkout.reference, status=CheckoutStatus.COMPLETE, payment=PaymentStatus.SUCCEEDED, name=name),
        charge=make_charge(4000, name=name),
        balance_transaction=make_movement(4000, 85, name=name),
    )
    assert settle_charge.settle(session, facts, now=now) == "unallocated:amount_differs"
    return pledge.reference
