"""The site as a stranger meets it who means no good: addresses, cookies, links and forms of their making."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger import config, wiring
from ledger.adapters.memory import MemoryPdf
from ledger.adapters.memory_gateway import MemoryGateway
from ledger.app import create_app
from ledger.db import Database
from ledger.people import links
from ledger.web import fields
from ledger.workflows import mail_sign_in
from ledger.workflows.means import Means
from tests.factories.people import make_person
from tests.factories.world import make_town, templates


@pytest.fixture
def means(database: Database, tmp_path: Path, frozen_now: datetime) -> Means:
    """The means of a town's site."""
    with database.transaction() as session:
        make_town(session)
    settings = config.load({"ECOT_ENVIRONMENT": "test", "ECOT_FILES_DIRECTORY": str(tmp_path / "files")})
    return dataclasses.replace(
        wiring.build(settings),
        database=database,
        gateway=MemoryGateway(now=frozen_now),
        pdf=MemoryPdf(),
        templates=templates(),
        now=lambda: frozen_now,
    )


@pytest.fixture
def client(means: Means) -> Iterator[FlaskClient]:
    app: Flask = create_app(means)
    with app.test_client() as client:
        yield client


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, means: Means, email: str) -> None:
    with means.database.transaction() as session:
        person = make_person(session, email)
        secret = links.new_sign_in(session, person.id, browser_hash=None, locale="fr", now=means.now())
    address = f"/fr/connexion/{secret}"
    answer = client.post(address, data={"csrf_token": token_of(client.get(address).text)})
    assert answer.status_code == 303


def donor_link(means: Means, email: str) -> str:
    with means.database.transaction() as session:
        secret = links.new_donor_link(session, make_person(session, email).id, now=means.now())
    return f"/fr/moi/ouvrir/{secret}"


@pytest.mark.parametrize("name", ["endpoint", "_external", "_scheme", "_method", "_anchor", "locale", "self"])
def test_no_parameter_of_an_address_changes_where_its_links_lead(client: FlaskClient, name: str) -> None:
    answer = client.get("/fr/", query_string={name: "javascript"}, headers={"Host": "elsewhere.example"})
    assert answer.status_code == 200
    assert f'<a href="/en/?{name}=javascript" lang="en"' in answer.text
    assert "elsewhere.example" not in answer.text


def test_what_anybody_may_keep_never_carries_somebody_s_cookie(client: FlaskClient, means: Means) -> None:
    sign_in(client, means, "ines@amis-du-lavoir.example")
    for address in ("/static/app.css", "/robots.txt", "/health"):
        with client.get(address) as answer:
            assert "Set-Cookie" not in answer.headers


def test_a_signed_in_browser_is_not_given_to_another_by_a_donor_s_link(client: FlaskClient, means: Means) -> None:
    sign_in(client, means, "ines@amis-du-lavoir.example")
    link = donor_link(means, "mallory@example.org")
    page = client.get(link)
    assert (page.status_code, "mallory@example.org" in page.text) == (200, True)
    assert client.get("/fr/tresorerie").status_code == 200

    assert client.post(link).status_code == 400
    assert client.post(link, data={"csrf_token": token_of(page.text)}).status_code == 303
    assert "mallory@example.org" in client.get("/fr/moi").text
    assert client.get("/fr/tresorerie").status_code == 303


def test_a_donor_s_link_does_for_a_donor_only_what_a_donor_may(client: FlaskClient, means: Means) -> None:
    assert client.get(donor_link(means, "ines@amis-du-lavoir.example")).status_code == 303
    assert client.get("/fr/moi").status_code == 200
    assert client.get("/fr/tresorerie").headers["Location"].startswith("/fr/connexion")


def mail_link(means: Means, person_id: int, *, asked_at: datetime) -> None:
    mail_sign_in.run(
        means,
        person_id=person_id,
        browser_hash="x",
        locale="en",
        asked_at=int(asked_at.timestamp()),
        sign_in_url=lambda secret, _: f"https://x/{secret}",
    )


def test_no_link_is_mailed_once_nobody_waits_for_it_any_more(means: Means) -> None:
    with means.database.transaction() as session:
        person = make_person(session, "camille@example.org", "Camille")
    mail_link(means, person.id, asked_at=means.now() - links.SIGN_IN_LASTS - timedelta(seconds=2))
    assert means.outbox is not None
    assert means.outbox.newest_first() == []


def test_a_mailed_link_carries_no_words_of_whoever_typed_the_address(means: Means) -> None:
    words = "Visit evil.example"
    with means.database.transaction() as session:
        person = make_person(session, "victim@example.org", words)
    mail_link(means, person.id, asked_at=means.now())
    assert means.outbox is not None
    (mail,) = means.outbox.newest_first()
    assert mail.recipient == "victim@example.org"
    for text in (mail.subject, mail.text, mail.html):
        assert "evil" not in text
    (file,) = (means.settings.files.directory / "outbox").glob("*.eml")
    assert b"evil" not in file.read_bytes()


@pytest.mark.parametrize(
    "next_page",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "/fr//elsewhere.example", "fr/moi"],
)
def test_signing_in_never_leads_off_the_site(client: FlaskClient, means: Means, next_page: str) -> None:
    form = client.get("/fr/connexion")
    sent = {"csrf_token": token_of(form.text), "email": "nobody@example.org", "next": next_page}
    assert client.post("/fr/connexion", data=sent).status_code == 200
    with means.database.transaction() as session:
        person = make_person(session, "ines@amis-du-lavoir.example")
        secret = links.new_sign_in(session, person.id, browser_hash=None, locale="fr", now=means.now())
    page = client.get(f"/fr/connexion/{secret}")
    answer = client.post(f"/fr/connexion/{secret}", data={"csrf_token": token_of(page.text)})
    assert answer.headers["Location"] == "/fr/tresorerie"


@pytest.mark.parametrize(
    "address", ["josé@example.org", "a b@example.org", "a@b", "a..b@example.org", "<a@example.org>", "a,b@example.org"]
)
def test_an_address_that_no_mail_reaches_is_refused_before_anything_is_paid(address: str) -> None:
    with pytest.raises(fields.FormInvalid):
        fields.load(Asked(), {"email": address})


@pytest.mark.parametrize("address", ["camille@example.org", "c.moreau+dons@sous.example.org", "a@académie.example"])
def test_an_address_that_mails_reach_is_taken_as_it_is(address: str) -> None:
    assert fields.load(Asked(), {"email": address}) == {"email": address}


class Asked(fields.FormSchema):
    """A form with one address."""

    email = fields.Email()
