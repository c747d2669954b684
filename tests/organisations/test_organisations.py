"""An organisation owns a book of its own; its members have roles in it and nowhere else."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import pytest
import sqlalchemy as sa

from ledger.books.chart import UnknownChart
from ledger.db import Database
from ledger.errors import Invalid, NotFound, Refused
from ledger.organisations import organisations
from ledger.organisations.models import LegalForm, Membership, Role
from ledger.organisations.organisations import Identity
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person

IDENTITY = Identity(
    slug="atelier",
    name="L’Atelier",
    legal_form=LegalForm.COOPERATIVE,
    siren="123456782",
    rna="",
    address="3, place du Lavoir",
    postcode="99123",
    city="Brévaux",
    email="bonjour@atelier.example",
)


def test_an_organisation_is_founded_with_its_identity_and_a_book_of_its_own(
    database: Database, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        organisations.found(session, IDENTITY, chart_name="association", now=frozen_now)
        other = make_organisation(session, "other")
    with database.reading() as session:
        found = organisations.get(session, "atelier")
        assert (
            Identity(**{field.name: getattr(found, field.name) for field in dataclasses.fields(Identity)}) == IDENTITY
        )
        assert found.book_id != other.book_id
        assert organisations.chart_of(session, found).name == "association"


def test_a_short_name_is_given_once_and_nothing_is_left_of_a_second_try(
    database: Database, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        organisations.found(session, IDENTITY, chart_name="association", now=frozen_now)
        with pytest.raises(Refused, match="organisation_exists"):
            organisations.found(session, IDENTITY, chart_name="association", now=frozen_now)
        assert session.scalar(sa.text("SELECT count(*) FROM book")) == 1


@pytest.mark.parametrize("slug", ["", "L’Atelier", "Atelier", "a b", "a/b", "../a", "-a", "a-", "a--b", "a\n", "été"])
def test_a_short_name_is_one_that_an_address_can_carry(database: Database, frozen_now: datetime, slug: str) -> None:
    identity = dataclasses.replace(IDENTITY, slug=slug)
    with database.transaction() as session, pytest.raises(Invalid, match="bad_slug"):
        organisations.found(session, identity, chart_name="association", now=frozen_now)


@pytest.mark.parametrize(
    ("form", "chart"),
    [
        (LegalForm.ASSOCIATION, "association"),
        (LegalForm.COOPERATIVE, "cooperative"),
        (LegalForm.COMPANY, "cooperative"),
        (LegalForm.COMMUNE, "mandate"),
    ],
)
def test_a_book_has_the_chart_of_the_legal_form_unless_another_is_asked_for(
    database: Database, frozen_now: datetime, form: LegalForm, chart: str
) -> None:
    identity = dataclasses.replace(IDENTITY, legal_form=form)
    with database.transaction() as session:
        found = organisations.found(session, identity, now=frozen_now)
        assert organisations.chart_of(session, found).name == chart


def test_a_chart_that_is_not_there_is_refused(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session, pytest.raises(UnknownChart):
        organisations.found(session, IDENTITY, chart_name="nothing", now=frozen_now)


def test_an_unknown_short_name_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound, match="organisation_unknown"):
        organisations.get(session, "nothing")


def test_organisations_are_listed_by_short_name(database: Database) -> None:
    with database.transaction() as session:
        make_organisation(session, "b", name="First")
        make_organisation(session, "a", name="Second")
        assert organisations.listed(session) == (("a", "Second"), ("b", "First"))


def test_a_role_given_twice_is_given_once(database: Database, frozen_now: datetime) -> None:
    with database.transaction() as session:
        organisation = make_organisation(session)
        person = make_person(session, "ines@example.org")
        for _ in range(2):
            organisations.add_member(session, organisation, person.id, Role.TREASURER, now=frozen_now)
        organisations.add_member(session, organisation, person.id, Role.ADMIN, now=frozen_now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 2


def test_a_role_holds_in_its_organisation_for_its_person_only(database: Database) -> None:
    with database.transaction() as session:
        first = make_organisation(session, "a", ines=Role.TREASURER, aude=Role.AUDITOR)
        second = make_organisation(session, "b", theo=Role.TREASURER)
        ines = make_person(session, "ines@a.example").id
        organisations.add_member(session, second, ines, Role.AUDITOR, now=first.created_at)
        organisations.add_member(session, second, ines, Role.ADMIN, now=first.created_at)
        assert organisations.with_role(session, ines, Role.TREASURER) == (first.id,)
        assert organisations.with_role(session, ines, *Role) == (first.id, second.id)
        assert organisations.with_role(session, ines) == ()
        assert organisations.with_role(session, make_person(session, "camille@example.org").id, *Role) == ()
