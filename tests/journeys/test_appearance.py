"""Nobody is shown against their choice: not on a page, in a file or in a mail that others read."""

from __future__ import annotations

from typing import Final

import pytest

from ledger import i18n
from ledger.money import Money
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.browsers import Browser
from tests.journeys.donors import Gift, say
from tests.journeys.texts import plain

FULL: Final = Gift("101", first_name="Ariane", last_name="Fontvieille", email="ariane@example.org")
FIRST: Final = Gift("203", first_name="Basile", last_name="Quercy", email="basile@example.org", name_shown="first")
NOBODY: Final = Gift("307", first_name="Cosima", last_name="Vauquelin", email="cosima@example.org", name_shown="nobody")
HIDDEN: Final = Gift("409", first_name="Dorian", last_name="Esquirol", email="dorian@example.org", amount_shown=False)

GIFTS: Final = (FULL, FIRST, NOBODY, HIDDEN)

SECRETS: Final = (
    *(gift.email for gift in GIFTS),
    FIRST.last_name,
    NOBODY.first_name,
    NOBODY.last_name,
)
"""What neither the public nor a leader may read anywhere."""


one_engine = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What is left out for whom is decided by the same code on both."""


@pytest.fixture
def town(world: World) -> World:
    """A project with four donors who chose otherwise, and one who has not paid yet."""
    for gift in GIFTS:
        world.sandbox.pay(donors.give(world, world.browser(), gift).session)
    donors.give(world, world.browser(), Gift("503", first_name="Ysé", last_name="Nonpayé", email="yse@example.org"))
    world.settle()
    return world


def everything(browser: Browser, start: str, *, within: tuple[str, ...]) -> dict[str, str]:
    """Read a page and every page and file that it leads to, below some addresses."""
    found: dict[str, str] = {}
    waiting = [start]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        page = browser.open(address)
        found[address] = page.body.decode("utf-8", "replace")
        if page.headers["content-type"].startswith("text/html"):
            links = [element.get("href") or "" for element in page.tree.iter("a")]
            waiting += [link for link in links if link.startswith(within) and "/ouvrir/" not in link]
    return found


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_public_reads_what_donors_chose(town: World, locale: str) -> None:
    within = ("/fr/projets", "/fr/a-propos") if locale == "fr" else ("/en/projects", "/en/about")
    pages = everything(town.browser(), town.path("public.home", locale), within=within)
    assert len(pages) > 4
    for address, text in pages.items():
        for secret in (*SECRETS, "Nonpayé", "Ysé", euros(40900, locale)):
            assert secret not in plain(text), f"{secret} at {address}"
    shown = town.browser().open(town.path("public.project", locale, slug="lavoir")).table(1)[1:]
    assert [(name, plain(amount)) for name, _, amount in shown if plain(amount)[:1] in "€123456789"] == [
        (say(locale, "Somebody discreet"), euros(30700, locale)),
        ("Basile", euros(20300, locale)),
        ("Ariane Fontvieille", euros(10100, locale)),
    ]


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_leader_reads_names_as_donors_chose_and_no_address(town: World, locale: str) -> None:
    leader = donors.sign_in(town, "noe@amis-du-lavoir.example", locale)
    pages = everything(leader, town.path("leader.home", locale), within=("/fr/porteur", "/en/leader"))
    assert {address.rpartition(".")[2] for address in pages} >= {"csv"}
    for address, text in pages.items():
        for secret in (*SECRETS, "Nonpayé", "Ysé"):
            assert secret not in text, f"{secret} at {address}"
    listed = pages[town.path("leader.csv", locale, slug="lavoir")]
    assert "Basile" in listed
    assert "Ariane Fontvieille" in listed
    assert "409,00" in listed, "the leader accounts for every euro; what is hidden is hidden from the public"


@one_engine
def test_a_mail_goes_to_its_donor_and_speaks_of_nobody_else(town: World) -> None:
    for gift in GIFTS:
        (mail,) = town.mails(gift.email)
        said = mail.subject + mail.text + mail.html + "".join(each.content.decode() for each in mail.attachments)
        assert gift.last_name in said
        for other in (each for each in GIFTS if each is not gift):
            assert other.last_name not in said
            assert other.email not in said


@one_engine
def test_what_the_provider_is_told_names_nobody_but_the_payers_address(town: World) -> None:
    payers_own = {"customer_email", "customer_details"}
    for session in town.sandbox.objects("checkout.session"):
        told = str({name: value for name, value in session.items() if name not in payers_own})
        for gift in GIFTS:
            assert gift.last_name not in told
            assert gift.email not in told


@one_engine
def test_a_donor_reads_and_changes_only_their_own(town: World) -> None:
    browser = town.browser()
    own = browser.open(town.link_in(town.mails(FIRST.email)[0]))
    for other in (FULL, NOBODY, HIDDEN):
        assert other.last_name not in own.text
    assert len([form for form in own.forms() if form.button == say("fr", "Save")]) == 1
    foreign = town.browser().open(town.link_in(town.mails(FULL.email)[0])).form(say("fr", "Save"))
    token = own.form(say("fr", "Save")).fields["csrf_token"]
    refused = browser.post(foreign.action, {"csrf_token": token, "name_shown": "nobody"})
    assert refused.status == 404
    public = town.browser().open(town.path("public.project", slug="lavoir"))
    assert "Ariane Fontvieille" in public.text


@one_engine
def test_a_change_of_mind_is_seen_at_once_by_all(town: World) -> None:
    browser = town.browser()
    leader = donors.sign_in(town, "noe@amis-du-lavoir.example")
    own = browser.open(town.link_in(town.mails(FIRST.email)[0]))
    for shown, seen in (("full", "Basile Quercy"), ("first", "Basile"), ("nobody", say("fr", "Somebody discreet"))):
        browser.submit(own.form(say("fr", "Save")), {"name_shown": shown, "amount_shown": None})
        rows = town.browser().open(town.path("public.project", slug="lavoir")).table(1)[1:]
        assert seen in [row[0] for row in rows]
        assert euros(20300, "fr") not in [plain(row[2]) for row in rows]
        listed = leader.open(town.path("leader.csv", slug="lavoir")).body.decode()
        assert ("Quercy" in listed) == (shown == "full")
        assert ("Basile" in listed) == (shown != "nobody")


def euros(cents: int, locale: str) -> str:
    return plain(i18n.format_money(Money(cents), locale))
