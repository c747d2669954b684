"""One form makes one pledge, however often and at whatever speed it is sent; filled in anew it makes another."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.contributions import pledges
from ledger.contributions.lifecycle import RETRIABLE, PledgeState
from ledger.contributions.models import NameShown, Pledge, PledgeAttempt
from ledger.contributions.pledges import PledgeRequest
from ledger.db import Database
from ledger.errors import NotFound
from ledger.money import Money
from ledger.payments import checkouts
from ledger.payments.models import Checkout
from tests.factories.contributions import make_request
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.projects import make_project

TOGETHER = 6
REQUEST = make_request(form="the form")


@dataclasses.dataclass(frozen=True)
class Giving:
    """A project and a donor."""

    project_id: int
    person_id: int
    now: datetime

    def add(self, session: Session, request: PledgeRequest = REQUEST) -> Pledge:
        return pledges.add(session, request, project_id=self.project_id, person_id=self.person_id, now=self.now)

    def attempt(self, session: Session, pledge: Pledge, number: int = 1) -> Checkout:
        checkout = checkouts.new(session, pledge.amount, now=self.now)
        checkout.session_id = f"cs_{checkout.id}"
        session.add(PledgeAttempt(checkout_id=checkout.id, pledge_id=pledge.id, number=number))
        session.flush()
        return checkout


@pytest.fixture
def giving(database: Database, frozen_now: datetime) -> Giving:
    with database.transaction() as session:
        project = make_project(session, make_organisation(session))
        return Giving(project.id, make_person(session, "camille@example.org").id, frozen_now)


@pytest.mark.parametrize(
    "change",
    [
        {"form": "another form"},
        {"project_slug": "verger"},
        {"amount": Money(2501)},
        {"amount": Money(2500, "CHF")},
        {"tip": Money(1)},
        {"first_name": "Cam"},
        {"last_name": ""},
        {"email": "other@example.org"},
        {"name_shown": NameShown.NOBODY},
        {"amount_shown": False},
    ],
)
def test_a_form_filled_in_otherwise_is_another_request(change: dict[str, object]) -> None:
    assert dataclasses.replace(REQUEST, **change).once != REQUEST.once  # type: ignore[arg-type]


def test_the_same_form_in_the_other_language_is_the_same_request() -> None:
    assert dataclasses.replace(REQUEST, locale="en").once == REQUEST.once


def test_a_request_makes_one_pledge_however_often_it_comes(database: Database, giving: Giving) -> None:
    with database.transaction() as session:
        assert pledges.made_before(session, REQUEST) is None
        pledge = giving.add(session)
        assert giving.add(session) is pledge
        assert (pledge.state, pledge.amount, pledge.name_shown) == (PledgeState.PLEDGED, Money(2500), NameShown.FULL)
    with database.transaction() as session:
        before = pledges.made_before(session, REQUEST)
        assert before is not None
        assert giving.add(session).id == before.id == pledge.id


def test_of_clicks_at_once_all_get_the_same_pledge(database: Database, giving: Giving) -> None:
    ready = threading.Barrier(TOGETHER, timeout=60)

    def click(_number: int) -> str:
        ready.wait()
        with database.transaction() as session:
            return giving.add(session).reference

    with ThreadPoolExecutor(TOGETHER) as pool:
        assert len(set(pool.map(click, range(TOGETHER)))) == 1


def test_a_pledge_to_nothing_is_a_fault_and_no_pledge(database: Database, giving: Giving) -> None:
    nowhere = dataclasses.replace(giving, project_id=giving.project_id + 1)
    with pytest.raises(IntegrityError), database.transaction() as session:
        nowhere.add(session)


@pytest.mark.parametrize("amount", [0, -1])
def test_the_database_refuses_a_promise_of_nothing(database: Database, giving: Giving, amount: int) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        giving.add(session, make_request(amount))


def test_a_form_filled_in_anew_replaces_what_was_not_paid_and_lets_its_checkouts_go(
    database: Database, giving: Giving
) -> None:
    anew = dataclasses.replace(REQUEST, amount=Money(5000))
    with database.transaction() as session:
        first, other_form = giving.add(session), giving.add(session, make_request())
        attempts = [giving.attempt(session, first, number).id for number in (1, 2)]
        giving.attempt(session, other_form)
        assert sorted(pledges.replace_others(session, anew, now=giving.now)) == attempts
        giving.add(session, anew)
        assert (first.state, other_form.state) == (PledgeState.REPLACED, PledgeState.PLEDGED)
        assert pledges.replace_others(session, anew, now=giving.now) == []


def test_who_goes_back_to_the_first_amount_makes_a_new_pledge_of_it(database: Database, giving: Giving) -> None:
    other = dataclasses.replace(REQUEST, amount=Money(5000))
    made = []
    with database.transaction() as session:
        for request in (REQUEST, other, REQUEST, other, REQUEST):
            assert pledges.made_before(session, request) is None
            pledges.replace_others(session, request, now=giving.now)
            made.append(giving.add(session, request))
            session.flush()
        assert [pledge.state for pledge in made] == [PledgeState.REPLACED] * 4 + [PledgeState.PLEDGED]
        assert pledges.made_before(session, REQUEST) is made[-1]


@pytest.mark.parametrize("state", [*PledgeState])
def test_only_what_may_still_be_tried_is_replaced(database: Database, giving: Giving, state: PledgeState) -> None:
    with database.transaction() as session:
        pledge = giving.add(session)
        pledges.move(pledge, state, now=giving.now)
        pledges.replace_others(session, dataclasses.replace(REQUEST, amount=Money(1)), now=giving.now)
        assert pledge.state is (PledgeState.REPLACED if state in RETRIABLE else state)


def test_the_instant_of_a_state_is_that_of_its_change(database: Database, giving: Giving) -> None:
    later = giving.now + timedelta(hours=1)
    with database.transaction() as session:
        pledge = giving.add(session)
        pledges.move(pledge, PledgeState.PLEDGED, now=later)
        assert pledge.state_at == giving.now
        pledges.move(pledge, PledgeState.FAILED, now=later)
        assert (pledge.state, pledge.state_at) == (PledgeState.FAILED, later)


def test_a_pledge_is_found_by_its_reference_and_by_its_checkouts(database: Database, giving: Giving) -> None:
    with database.transaction() as session:
        pledge = giving.add(session)
        assert pledges.last_attempt(session, pledge.id) is None
        first, second = (giving.attempt(session, pledge, number) for number in (1, 2))
        assert pledges.find(session, pledge.reference) is pledge
        assert pledges.of_checkout(session, first.id) is pledges.of_checkout(session, second.id) is pledge
        assert pledges.last_attempt(session, pledge.id) == (2, second)
        with pytest.raises(NotFound, match="pledge_unknown"):
            pledges.find(session, "PR-nothing")


def test_one_attempt_has_one_number(database: Database, giving: Giving) -> None:
    with database.transaction() as session:
        pledge = giving.add(session)
        giving.attempt(session, pledge)
    with pytest.raises(IntegrityError), database.transaction() as session:
        giving.attempt(session, pledge)


def test_a_pledge_that_never_reached_the_provider_lapses(database: Database, giving: Giving) -> None:
    later = giving.now + timedelta(hours=24)
    with database.transaction() as session:
        made = [giving.add(session, make_request()) for _ in PledgeState]
        for pledge, state in zip(made, PledgeState, strict=True):
            pledges.move(pledge, state, now=giving.now)
        pledges.expire_abandoned(session, before=giving.now, now=later)
        assert [pledge.state for pledge in made] == [*PledgeState]
        pledges.expire_abandoned(session, before=later, now=later)
        left = [PledgeState.EXPIRED if state is PledgeState.PLEDGED else state for state in PledgeState]
        assert [pledge.state for pledge in made] == left


def test_payments_on_their_way_are_listed_by_the_provider_s_ids(database: Database, giving: Giving) -> None:
    with database.transaction() as session:
        wanted = set()
        for state in PledgeState:
            pledge = giving.add(session, make_request())
            pledges.move(pledge, state, now=giving.now)
            checkout = giving.attempt(session, pledge)
            if state in {PledgeState.CONFIRMED, PledgeState.PROCESSING}:
                wanted.add(checkout.session_id)
        giving.attempt(session, pledge, 2).session_id = None
        session.flush()
        assert set(pledges.unfinished_confirmed(session)) == wanted
        assert session.scalar(sa.select(sa.func.count()).select_from(Pledge)) == len(PledgeState)
