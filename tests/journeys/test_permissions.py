"""Who may come in where: every route tried as every role, against a table that says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
import sqlalchemy as sa

from ledger.contributions.models import Pledge
from ledger.web.dispatch import TABLES
from ledger.web.persona import Route
from tests.factories.manual import make_manual_entry
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.browsers import Browser
from tests.journeys.pages import Page

ROLES: Final = ("nobody", "donor by link", "donor", "other leader", "leader", "other treasurer", "auditor", "treasurer")

PERMISSIONS: Final = """
public.root            + + + + + + + +
public.health          + + + + + + + +
public.robots          + + + + + + + +
public.home            + + + + + + + +
public.about           + + + + + + + +
public.register        + + + + + + + +
public.register_book   + + + + + + + +
public.register_file   + + + + + + + +
public.verify          + + + + + + + +
public.verify_send     + + + + + + + +
public.project         + + + + + + + +
public.give            + + + + + + + +
public.give_send       + + + + + + + +
public.costs           + + + + + + + +
public.status          + + + + + + + +
public.status_part     + + + + + + + +
public.retry           + + + + + + + +
auth.sign_in           + + + + + + + +
auth.sign_in_send      + + + + + + + +
auth.open              0 0 0 0 0 0 0 0
auth.open_send         0 0 0 0 0 0 0 0
auth.sign_out          + + + + + + + +
donor.home             ? + + + + + + +
donor.appearance       ? + + 0 0 0 0 0
donor.attestation      ? + + 0 0 0 0 0
donor.proof            ? + + 0 0 0 0 0
donor_link.open        0 0 0 0 0 0 0 0
donor_link.open_send   0 0 0 0 0 0 0 0
leader.home            ? ? - + + - - -
leader.project         ? ? - 0 + - - -
leader.csv             ? ? - 0 + - - -
treasurer.home         ? ? - - - + + +
treasurer.statement    ? ? - - - 0 + +
treasurer.statement_csv ? ? - - - 0 + +
treasurer.statement_pdf ? ? - - - 0 + +
treasurer.fec          ? ? - - - 0 + +
treasurer.entry_new    ? ? - - - 0 - +
treasurer.entry_new_send ? ? - - - 0 - +
treasurer.entry        ? ? - - - 0 + +
treasurer.entry_send   ? ? - - - 0 - +
treasurer.attachment   ? ? - - - 0 + +
treasurer.proof        ? ? - - - 0 + +
treasurer.periods      ? ? - - - 0 + +
treasurer.period       ? ? - - - 0 - +
treasurer.closing      ? ? - - - 0 - +
treasurer.closing_send ? ? - - - 0 - +
treasurer.opening      ? ? - - - 0 - +
treasurer.opening_send ? ? - - - 0 - +
treasurer.report       ? ? - - - 0 + +
treasurer.report_file  ? ? - - - 0 + +
hooks.stripe           x x x x x x x x
demo.outbox            + + + + + + + +
demo.mail              + + + + + + + +
demo.mail_html         + + + + + + + +
demo.attachment        + + + + + + + +
"""
"""+ comes in, ? is asked to sign in, - is told that it is for others, 0 finds nothing, x proves nothing."""


@dataclass(frozen=True)
class Addresses:
    """What the routes of one gift are filled in with."""

    reference: str
    mail: str

    def values(self, route: Route, path: str) -> dict[str, str | int]:
        """Give what a path needs."""
        named = {"fec", "report", "report_file", "proof", "register_book", "register_file"}
        books = route.name in named or route.name.startswith(("entry", "attachment", "opening", "period", "closing"))
        known: dict[str, str | int] = {
            "slug": "amis-du-lavoir" if books else "lavoir",
            "reference": self.reference,
            "contribution_id": 1,
            "entry_id": 2,
            "period_id": 1,
            "token": "a-token-that-nobody-made",
            "name": self.mail,
            "index": 0,
            "year": 2026,
            "report": "journal",
            "suffix": "csv",
        }
        return {name: value for name, value in known.items() if f"<{name}>" in path or f":{name}>" in path}


@pytest.fixture
def visitors(world: World) -> dict[str, Browser]:
    """A browser for each role, in a town where Camille gave to the wash-house, and an entry was posted by hand."""
    donors.give_and_pay(world)
    with world.means.database.transaction() as session:
        make_manual_entry(session, world.means.files)
    by_link = world.browser()
    by_link.open(world.link_in(world.mails("camille@example.org")[0]))
    addresses = {
        "donor": "camille@example.org",
        "other leader": "zoe@amis-du-verger.example",
        "leader": "noe@amis-du-lavoir.example",
        "other treasurer": "theo@amis-du-verger.example",
        "auditor": "aude@amis-du-lavoir.example",
        "treasurer": "ines@amis-du-lavoir.example",
    }
    signed_in = {role: donors.sign_in(world, email) for role, email in addresses.items()}
    return {"nobody": world.browser(), "donor by link": by_link, **signed_in}


one_engine = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""Who may come in is asked of the same code on both."""


def permissions() -> dict[str, dict[str, str]]:
    """Read the table: by route, what each role finds."""
    lines = [line.split() for line in PERMISSIONS.strip().splitlines()]
    return {name: dict(zip(ROLES, found, strict=True)) for name, *found in lines}


@one_engine
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_route_lets_in_whom_the_table_says(world: World, visitors: dict[str, Browser], locale: str) -> None:
    with world.means.database.reading() as session:
        reference = session.scalars(sa.select(Pledge.reference)).one()
    filled = Addresses(reference, world.mails("camille@example.org")[0].key)
    found: dict[str, dict[str, str]] = {}
    routes = [(table.persona.name, route) for table in TABLES for route in table.routes]
    routes.sort(key=lambda pair: pair[1].name == "sign_out")
    for persona, route in routes:
        name = f"{persona}.{route.name}"
        path = route.paths if isinstance(route.paths, str) else route.paths[locale]
        address = world.path(name, locale, **filled.values(route, path))
        found[name] = {role: finds(visitors[role], route, address) for role in ROLES}
    assert found == permissions()


def finds(browser: Browser, route: Route, address: str) -> str:
    """Try a route; tell what is found there."""
    page = browser.open(address, follow=False) if "GET" in route.methods else post(browser, route, address)
    if page.status == 303 and ("/connexion?" in page.headers["location"] or "/sign-in?" in page.headers["location"]):
        return "?"
    return {400: "x", 403: "-", 404: "0", 410: "0"}.get(page.status, "+")


def post(browser: Browser, route: Route, address: str) -> Page:
    """Send a form with a good token and, where it matters, good values."""
    token = browser.open("/fr/connexion").form().fields["csrf_token"]
    values = {"appearance": {"name_shown": "full", "amount_shown": "1"}, "stripe": {}}
    return browser.post(address, {"csrf_token": token, **values.get(route.name, {})})


@one_engine
def test_every_endpoint_is_in_a_table(world: World) -> None:
    named = {f"{table.persona.name}.{route.name}" for table in TABLES for route in table.routes}
    endpoints = {rule.endpoint.removesuffix(".fr").removesuffix(".en") for rule in world.app.url_map.iter_rules()}
    assert endpoints - named == {"static"}
    assert named == permissions().keys()


@one_engine
def test_a_route_takes_no_other_method_than_its_own(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        assert (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"} <= {"POST"}, rule.endpoint
        assert not {"GET", "POST"} <= (rule.methods or set()), rule.endpoint


@one_engine
def test_a_form_without_its_token_changes_nothing(world: World, visitors: dict[str, Browser]) -> None:
    with world.means.database.reading() as session:
        reference = session.scalars(sa.select(Pledge.reference)).one()
    forms: list[tuple[str, Callable[[], str]]] = [
        ("donor", lambda: world.path("donor.appearance", reference=reference)),
        ("treasurer", lambda: world.path("auth.sign_out")),
        ("nobody", lambda: world.path("auth.sign_in")),
        ("nobody", lambda: world.path("public.retry", reference=reference)),
    ]
    for role, address in forms:
        for token in ({}, {"csrf_token": "forged"}):
            page = visitors[role].post(address(), {"name_shown": "nobody", "email": "camille@example.org", **token})
            assert page.status == 400, address()
    assert "Camille Moreau" in world.browser().open(world.path("public.project", slug="lavoir")).text
    assert visitors["treasurer"].open(world.path("treasurer.home")).status == 200


def test_a_role_that_was_taken_away_ends_at_once(world: World) -> None:
    treasurer = donors.sign_in(world, "ines@amis-du-lavoir.example")
    assert treasurer.open(world.path("treasurer.home")).status == 200
    with world.means.database.transaction() as session:
        session.execute(sa.text("DELETE FROM membership"))
    assert treasurer.open(world.path("treasurer.home")).status == 403


def test_a_person_signed_out_everywhere_is_asked_to_sign_in_again(world: World) -> None:
    treasurer = donors.sign_in(world, "ines@amis-du-lavoir.example")
    with world.means.database.transaction() as session:
        session.execute(sa.text("UPDATE person SET session_epoch = session_epoch + 1"))
    assert treasurer.open(world.path("treasurer.home"), follow=False).status == 303
