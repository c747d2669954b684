"""Signing in by mailed link: once, for a quarter of an hour, in the browser that asked, by a button."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger.adapters.memory import MemoryMailer
from ledger.people.models import SignInLink
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.browsers import Browser
from tests.journeys.donors import say
from tests.journeys.pages import Page

NOE = "noe@amis-du-lavoir.example"
INES = "ines@amis-du-lavoir.example"


def ask(world: World, email: str, *, browser: Browser | None = None, locale: str = "fr") -> tuple[Browser, Page]:
    """Ask for a link, and have it mailed."""
    browser = browser or world.browser()
    page = browser.submit(browser.open(world.path("auth.sign_in", locale)).form(), {"email": email})
    world.work()
    return browser, page


def link(world: World, email: str) -> str:
    return world.link_in(world.mails(email)[-1])


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_link_signs_in_by_its_button_and_leads_to_what_the_person_does(world: World, locale: str) -> None:
    for email, home in ((NOE, "leader.home"), (INES, "treasurer.home")):
        browser, said = ask(world, email.upper(), locale=locale)
        assert said.heading == say(locale, "Look at your mails")
        page = browser.open(link(world, email))
        assert email in page.text
        assert page.language == locale
        assert browser.submit(page.form()).url == world.path(home, locale)


def test_a_link_works_once(world: World) -> None:
    browser, _ = ask(world, NOE)
    form = browser.open(link(world, NOE)).form()
    browser.submit(form)
    assert browser.open(link(world, NOE)).status == 410
    other, _ = ask(world, INES)
    other.submit(other.open(link(world, INES)).form())
    again = other.post(form.action, {"csrf_token": other.open(world.path("auth.sign_in")).form().fields["csrf_token"]})
    assert again.status == 410


def test_looking_at_a_link_uses_nothing_up(world: World) -> None:
    browser, _ = ask(world, NOE)
    for _ in range(3):
        assert browser.open(link(world, NOE)).status == 200
        assert browser.client.head(link(world, NOE).removeprefix(world.site), base_url=world.site).status_code == 200
    assert browser.open(world.path("leader.home"), follow=False).status == 303, "nobody is signed in by looking"
    with world.means.database.reading() as session:
        assert session.scalars(sa.select(SignInLink.used_at)).all() == [None]
    assert browser.submit(browser.open(link(world, NOE)).form()).url == world.path("leader.home")


def test_a_link_works_for_a_quarter_of_an_hour(world: World) -> None:
    browser, _ = ask(world, NOE)
    form = browser.open(link(world, NOE)).form()
    world.clock.advance(timedelta(minutes=15) - timedelta(seconds=1))
    assert browser.open(link(world, NOE)).status == 200
    world.clock.advance(timedelta(seconds=1))
    page = browser.submit(form)
    assert page.status == 410
    assert say("fr", "This link has expired: it worked for 15 minutes. Ask for a new one.") in page.text
    assert browser.open(world.path("leader.home"), follow=False).status == 303


def test_a_link_works_only_in_the_browser_that_asked(world: World) -> None:
    browser, _ = ask(world, NOE)
    other = world.browser()
    page = other.open(link(world, NOE))
    assert page.status == 410
    assert "autre navigateur" in page.text
    form = browser.open(link(world, NOE)).form()
    token = other.open(world.path("auth.sign_in")).form().fields["csrf_token"]
    assert other.post(form.action, {"csrf_token": token}).status == 410
    assert browser.submit(form).url == world.path("leader.home"), "the other one used nothing up"


def test_an_unknown_address_is_answered_alike_and_gets_no_mail(world: World) -> None:
    _, known = ask(world, NOE)
    _, unknown = ask(world, "personne@example.org")
    assert unknown.text.replace("personne@example.org", NOE) == known.text
    assert unknown.headers.keys() == known.headers.keys()
    assert [mail.recipient for mail in world.mails()] == [NOE]


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example/fr/", "/\\elsewhere.example", "/fr/\\\\x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(world: World, wanted: str) -> None:
    browser = world.browser()
    form = browser.open(world.path("auth.sign_in", next=wanted)).form()
    browser.submit(form, {"email": NOE})
    world.work()
    page = browser.submit(browser.open(link(world, NOE)).form(), follow=False)
    assert page.headers["location"].startswith("/fr/")
    assert "elsewhere" not in page.headers["location"]
    assert "\\" not in page.headers["location"]


def test_a_person_comes_back_to_the_page_that_was_asked_for(world: World) -> None:
    browser = world.browser()
    wanted = world.path("treasurer.statement", slug="lavoir")
    form = browser.open(wanted).form()
    browser.submit(form, {"email": INES})
    world.work()
    assert browser.submit(browser.open(link(world, INES)).form()).url == wanted


def test_signing_out_ends_it(world: World) -> None:
    browser = donors.sign_in(world, NOE)
    home = browser.open(world.path("leader.home"))
    browser.submit(home.form(say("fr", "Sign out")))
    assert browser.open(world.path("leader.home"), follow=False).status == 303


def test_a_donors_link_opens_the_donors_own_page_and_no_other(world: World) -> None:
    donors.give_and_pay(world, donors.Gift(email=INES))
    browser = world.browser()
    own = browser.open(world.link_in(world.mails(INES)[0]))
    assert own.url == world.path("donor.home")
    assert browser.open(world.path("treasurer.home"), follow=False).status == 303, "though Inès is the treasurer"
    world.clock.advance(timedelta(days=91))
    assert world.browser().open(world.link_in(world.mails(INES)[0])).status == 410


def test_the_mail_that_signs_in_is_sent_again_under_a_new_link_when_it_failed(world: World) -> None:
    working, down = world.means.mailer, MemoryMailer()
    down.down = True
    world.renew(mailer=down)
    browser, _ = ask(world, NOE)
    assert world.failures == ["mail_sign_in: mail_unavailable()"]
    world.renew(mailer=working)
    world.advance(timedelta(minutes=1))
    world.work()
    fresh = Browser(world.app, site=world.site)
    cookie = browser.client.get_cookie("ecot", "127.0.0.1")
    assert cookie is not None
    fresh.client.set_cookie("ecot", cookie.value, domain="127.0.0.1")
    assert fresh.submit(fresh.open(link(world, NOE)).form()).url == world.path("leader.home")
