from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ledger.db import Database
from ledger.errors import NotFound
from ledger.money import Money
from ledger.organisations.models import Organisation
from ledger.people.models import Person
from ledger.projects.models import Project
from ledger.receipts import attestations, facts, queries
from ledger.receipts.facts import AttestationFacts, Issuer
from ledger.receipts.models import Attestation
from tests.factories.gifts import make_funded, make_gift

NOW = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)


def gift(database: Database, *, locale: str = "fr") -> int:
    with database.transaction() as session:
        funded = make_funded(session)
        return make_gift(
            session, funded, Money(5000), tip=Money(200), fee=Money(103), paid_at=EARLIER, locale=locale
        ).id


def issue(database: Database, contribution_id: int, now: datetime = NOW) -> str:
    with database.transaction() as session:
        return attestations.issue(session, contribution_id, site_name="Écot", now=now).reference


def read(database: Database, contribution_id: int) -> queries.AttestationRow:
    with database.reading() as session:
        row = queries.of_contribution(session, contribution_id)
    assert row is not None
    return row


def test_an_attestation_says_who_paid_whom_how_much_how_and_when(database: Database) -> None:
    contribution_id = gift(database)

    reference = issue(database, contribution_id)

    said = read(database, contribution_id).facts
    assert said == AttestationFacts(
        reference=reference,
        issued_at=NOW,
        site_name="Écot",
        issuer=Issuer(
            name="Les Amis du Canal",
            legal_form="association",
            siren="123456782",
            rna="W313001234",
            address="12 quai de la Daurade",
            postcode="31000",
            city="Toulouse",
            email="bonjour@amis-verger.example",
        ),
        donor_name="Camille Desbiolles",
        donor_email=said.donor_email,
        project_reference="PRJ000001",
        project_title="Un verger partagé",
        contribution_reference="CTB000001",
        kind="donation",
        gift=Money(5000),
        tip=Money(200),
        method="card",
        card_brand="visa",
        card_last4="4242",
        paid_on=date(2026, 3, 3),
    )
    assert said.total == Money(5200)


def test_a_contribution_has_one_attestation_however_often_it_is_asked_for(database: Database) -> None:
    contribution_id = gift(database)

    first = issue(database, contribution_id)
    again = issue(database, contribution_id, now=NOW + timedelta(days=1))

    assert again == first
    assert read(database, contribution_id).issued_at == NOW


def test_two_workers_at_once_issue_one_attestation(database: Database) -> None:
    contribution_id = gift(database)

    with ThreadPoolExecutor(4) as workers:
        references = set(workers.map(lambda _: issue(database, contribution_id), range(4)))

    with database.reading() as session:
        assert session.scalars(sa.select(Attestation.reference)).all() == list(references)


def test_what_changes_afterwards_does_not_change_an_attestation(database: Database) -> None:
    contribution_id = gift(database)
    issue(database, contribution_id)
    before = read(database, contribution_id)

    with database.transaction() as session:
        session.execute(sa.update(Organisation).values(name="Autre nom", address="ailleurs"))
        session.execute(sa.update(Person).values(first_name="X", email="x@example.org"))
        session.execute(sa.update(Project).values(title="Autre titre"))

    assert read(database, contribution_id) == before


def test_an_attestation_is_in_the_language_that_the_donor_gave_in(database: Database) -> None:
    contribution_id = gift(database, locale="en")

    issue(database, contribution_id)

    assert read(database, contribution_id).locale == "en"


def test_a_reference_names_the_year_in_paris_and_cannot_be_guessed(database: Database) -> None:
    contribution_id = gift(database)

    reference = issue(database, contribution_id, now=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))

    assert re.fullmatch(r"AP-2027-[0-9A-HJKMNP-TV-Z]{6}", reference)


def test_a_contribution_that_does_not_exist_has_no_attestation(database: Database) -> None:
    with pytest.raises(NotFound, match="contribution_not_found"):
        issue(database, 99)
    with database.reading() as session:
        assert queries.of_contribution(session, 99) is None


def test_a_donor_finds_every_attestation_again_the_latest_first_and_nobody_elses(database: Database) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        own = [make_gift(session, funded, Money(1000), paid_at=EARLIER) for _ in range(2)]
        other = make_gift(session, funded, Money(1000), paid_at=EARLIER, donor="Amadou Diallo")
    for hours, contribution in enumerate([*own, other]):
        issue(database, contribution.id, now=NOW + timedelta(hours=hours))

    with database.reading() as session:
        found = queries.of_person(session, own[0].person_id)

    assert [row.contribution_id for row in found] == [own[1].id, own[0].id]


def test_the_first_notes_of_a_delivery_stay(database: Database) -> None:
    contribution_id = gift(database)
    issue(database, contribution_id)
    attestation_id = read(database, contribution_id).id

    for hours in range(2):
        with database.transaction() as session:
            attestations.note_rendered(session, attestation_id, now=NOW + timedelta(hours=hours))
            attestations.note_mailed(session, attestation_id, now=NOW + timedelta(hours=hours))

    row = read(database, contribution_id)
    assert (row.rendered_at, row.mailed_at) == (NOW, NOW)


words = st.text(max_size=40)
amounts = st.builds(Money, st.integers(0, 10**12), st.sampled_from(["EUR", "XPF"]))
instants = st.datetimes(timezones=st.just(UTC))


@given(
    st.builds(
        AttestationFacts,
        reference=words,
        issued_at=instants,
        site_name=words,
        issuer=st.builds(Issuer, words, words, words, words, words, words, words, words),
        donor_name=words,
        donor_email=words,
        project_reference=words,
        project_title=words,
        contribution_reference=words,
        kind=words,
        gift=amounts,
        tip=amounts,
        method=words,
        card_brand=words,
        card_last4=words,
        paid_on=st.dates(),
    )
)
def test_facts_are_read_as_they_were_written(said: AttestationFacts) -> None:
    assert facts.from_json(facts.to_json(said)) == said
