"""`ecot people`: persons, their roles, and sign-in links for when no mail can be read."""

from __future__ import annotations

from datetime import datetime

import click

from ledger import clock
from ledger.cli import settings as command_settings
from ledger.config import Settings
from ledger.errors import NotFound
from ledger.i18n import DEFAULT_LOCALE, LOCALES
from ledger.organisations import organisations
from ledger.organisations.models import Role
from ledger.people import links, persons
from ledger.projects import projects
from ledger.web import paths


@click.group()
def people() -> None:
    """Persons and what they may do."""


@people.command("sign-in-link")
@click.argument("email")
@click.option("--locale", type=click.Choice(LOCALES), default=DEFAULT_LOCALE, show_default=True)
def sign_in_link(email: str, locale: str) -> None:
    """Print a link that signs a person in: once, within a quarter of an hour, in any browser."""
    settings = command_settings.read()
    click.echo(_link(settings, email, locale=locale, now=clock.now()))


@people.command("grant")
@click.argument("email")
@click.option("--organisation", required=True, help="Its short name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def grant(email: str, organisation: str, role: str) -> None:
    """Give a person, added if new, a role in an organisation."""
    now = clock.now()
    with command_settings.opened() as database, database.transaction() as session:
        found = organisations.get(session, organisation)
        person = persons.find_or_add(session, email, first_name="", last_name="", locale=DEFAULT_LOCALE, now=now)
        organisations.add_member(session, found, person.id, Role(role), now=now)


@people.command("lead")
@click.argument("email")
@click.option("--project", required=True, help="Its short name, as in its address.")
def lead(email: str, project: str) -> None:
    """Let a person, added if new, act for a project."""
    now = clock.now()
    with command_settings.opened() as database, database.transaction() as session:
        found = projects.get(session, project)
        person = persons.find_or_add(session, email, first_name="", last_name="", locale=DEFAULT_LOCALE, now=now)
        projects.add_leader(session, found, person.id, now=now)


def sign_in_links(settings: Settings, *, now: datetime) -> dict[str, str]:
    """Make a sign-in link for the demo's donor, project leader and treasurer, by role."""
    from_seed = {
        "donor": "camille@brevaux.example",
        "leader": "noe@brevaux.example",
        "treasurer": "ines@brevaux.example",
    }
    return {role: _link(settings, email, locale="fr", now=now) for role, email in from_seed.items()}


def _link(settings: Settings, email: str, *, locale: str, now: datetime) -> str:
    with command_settings.opened(settings) as database, database.transaction() as session:
        person = persons.find(session, email)
        if person is None:
            raise NotFound("person_unknown", email=email)
        secret = links.new_sign_in(session, person.id, browser_hash=None, locale=locale, now=now)
    return settings.site.url + paths.SIGN_IN_LINK[locale].format(secret)
