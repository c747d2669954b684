"""The form of a gift: what can be understood is taken, anything else is said beside its field, and nothing is lost."""

from __future__ import annotations

import pytest

from ledger.contributions.models import Pledge
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.donors import Gift, say

both = pytest.mark.parametrize("locale", ["fr", "en"])


READABLE = {
    "1.234,50": 123_450,
    "1,234.50": 123_450,
    "1 234,5 €": 123_450,
    "12,50": 1250,
    "12.5": 1250,
    "€20": 2000,
    "1": 100,
    "10 000": 1_000_000,
}

REFUSED = {
    "0": "at least",
    "0.01": "at least",
    "0,99": "at least",
    "-5": "at least",
    "−5": "at least",
    "1e9": "cannot be read",
    "1000000000": "at most",
    "10 000,01": "at most",
    "12,345": "two ways",
    "12.345": "two ways",
    "12,3456": "two decimals",
    "1.2.3": "cannot be read",
    "vingt": "cannot be read",
    "NaN": "cannot be read",
    "٢٥": "cannot be read",
    "": "Fill in",
    "9" * 39: "cannot be read",
}


@both
def test_an_amount_is_read_as_people_write_it(world: World, locale: str) -> None:
    for typed in READABLE:
        donors.give(world, world.browser(), Gift(amount=typed, locale=locale))
    asked = [session["amount_total"] for session in world.sandbox.objects("checkout.session")]
    assert dict(zip(READABLE, asked, strict=True)) == READABLE


@both
def test_an_amount_that_cannot_be_taken_is_refused_beside_its_field_and_kept(world: World, locale: str) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser, Gift(locale=locale))
    for typed, told in REFUSED.items():
        page = browser.submit(form, Gift(amount=typed, locale=locale).typed())
        assert page.status == 422, typed
        error = page.error_of("amount")
        assert told in error if locale == "en" else error, typed
        again = page.form()
        kept = [again.fields[name] for name in ("amount", "amount_choice", "email", "name_shown", "once")]
        assert kept == [typed, "other", "camille@example.org", "full", form.fields["once"]]
        assert "#amount" in page.links().values(), "the list of errors leads to the field"
    assert world.count(Pledge) == 0
    assert browser.submit(again, {"amount": "25"}).url.startswith(world.sandbox.url)


@both
def test_every_field_tells_what_is_wrong_with_it(world: World, locale: str) -> None:
    browser = world.browser()
    wrong = Gift(first_name=" ", last_name="x" * 81, email="camille@example", tip="501", locale=locale)
    page = browser.submit(donors.form_of(world, browser, wrong), wrong.typed())
    assert page.status == 422
    assert all(page.error_of(field) for field in ("first_name", "last_name", "email", "tip"))
    assert page.error_of("amount") == ""
    assert page.form().fields["last_name"] == "x" * 81
    assert world.count(Pledge) == 0


def test_a_suggestion_and_another_typed_amount_are_not_guessed_between(world: World) -> None:
    browser = world.browser()
    typed = {**Gift(amount="25").typed(), "amount_choice": "5000"}
    page = browser.submit(donors.form_of(world, browser), typed)
    assert page.status == 422
    assert "25" in page.error_of("amount")


def test_a_field_that_we_do_not_know_is_refused(world: World) -> None:
    browser = world.browser()
    page = browser.submit(donors.form_of(world, browser), {**Gift().typed(), "amount_minor": "1"})
    assert page.status == 422
    assert say("fr", "The form held something that we do not know. Send it again from this page.") in page.text
    assert world.count(Pledge) == 0


def test_a_form_that_stayed_open_for_too_long_is_shown_again_with_what_was_typed(world: World) -> None:
    browser = world.browser()
    page = browser.submit(donors.form_of(world, browser), {**Gift().typed(), "csrf_token": "old"})
    assert page.status == 422
    assert say("fr", "This page stayed open for too long. Nothing was sent: send the form again.") in page.text
    assert page.form().fields["last_name"] == "Moreau"
    assert browser.submit(page.form()).url.startswith(world.sandbox.url)


def test_names_are_shown_as_typed_and_never_as_markup(world: World) -> None:
    odd = Gift(first_name="<b>Zoë & co</b>", last_name="=1+1", email="zoe@example.org")
    donors.give_and_pay(world, odd)
    page = world.browser().open(world.path("public.project", slug="lavoir"))
    assert "<b>Zoë & co</b> =1+1" in page.text
    leader = donors.sign_in(world, "noe@amis-du-lavoir.example")
    assert b'"<b>Zo\xc3\xab & co</b> =1+1"' not in leader.open(world.path("leader.csv", slug="lavoir")).body
    world.check(contributions=1)


NOWHERE = (
    "/fr/projets/%00",
    "/fr/projets/%00/donner",
    "/fr/contributions/PR-%00",
    "/fr/?q=%00&district=%00",
    "/fr/?theme=nothing",
    "/fr/connexion/%00",
    "/fr/moi/ouvrir/%00",
    "/fr/projets/%ff%fe",
    "/fr/projets/lavoir/donner?amount=%00",
    "/fr/projets/lavoir/frais?amount=1e9&tip=-1",
    "/fr/courriels/..%2f..%2fecot.db",
)


def test_an_address_that_leads_nowhere_is_no_fault_of_ours(world: World) -> None:
    for address in NOWHERE:
        assert world.browser().open(address).status in {200, 400, 404, 410, 422}, address


def test_a_number_that_no_document_can_have_is_not_found(world: World) -> None:
    donors.give_and_pay(world)
    browser = world.browser()
    browser.open(world.link_in(world.mails()[0]))
    for number in (0, 2**31, 2**63, 10**30):
        assert browser.open(f"/fr/moi/attestations/{number}").status == 404
