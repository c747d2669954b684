"""One donation, step by step, in both languages: from the first page to the treasurer's statement."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from ledger import i18n
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.money import Money
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.browsers import Browser
from tests.journeys.donors import Gift, say
from tests.journeys.pages import Page
from tests.journeys.texts import pdf_text, plain

both = pytest.mark.parametrize("locale", ["fr", "en"])

GIFT = Gift(amount="40", tip="2", first_name="Élodie", last_name="Brun", email="elodie@example.org", name_shown="first")


def gift_in(locale: str) -> Gift:
    return Gift(**{**vars(GIFT), "locale": locale})


def euros(cents: int, locale: str) -> str:
    return i18n.format_money(Money(cents), locale)


@both
def test_the_first_page_leads_to_a_project_and_the_project_to_the_form(world: World, locale: str) -> None:
    browser = world.browser(locale)
    home = browser.open("/")
    assert (home.url, home.language) == (world.path("public.home", locale), locale)
    assert {"Restaurer le lavoir", "Un verger partagé"} <= home.links().keys()
    project = browser.open(home.links()["Restaurer le lavoir"])
    assert project.heading == "Restaurer le lavoir"
    assert ["Charpente", euros(300_000, locale)] in project.table()
    for shown in ("Les Amis du Lavoir", "123", "W313001234", "12 quai de la Daurade", "Noé Lacaze"):
        assert shown in project.text
    form = browser.open(project.links()[say(locale, "Give to this project")])
    assert form.heading == say(locale, "Give to this project")
    assert form.form().fields["tip_choice"] == "0", "a tip is off unless it is chosen"


@both
def test_projects_are_found_by_words_theme_and_district(world: World, locale: str) -> None:
    browser = world.browser(locale)
    search = next(form for form in browser.open(world.path("public.home", locale)).forms() if "q" in form.fields)
    for typed, found in (
        ({"q": "VERGER"}, {"Un verger partagé"}),
        ({"q": "lavoir lacaze"}, {"Restaurer le lavoir"}),
        ({"q": "aucun"}, set()),
        ({"theme": "heritage"}, {"Restaurer le lavoir", "Un verger partagé"}),
        ({"district": "Saint-Cyprien", "q": "lavoir"}, {"Restaurer le lavoir"}),
        ({"district": "Ailleurs"}, set()),
    ):
        page = browser.submit(search, typed)
        assert page.links().keys() & {"Restaurer le lavoir", "Un verger partagé"} == found


@both
def test_a_gift_goes_through_the_whole_site(world: World, locale: str) -> None:
    donor = world.browser(locale)
    back = donors.pay(donor, hosted_page_shows_gift_and_tip(world, donor, locale))
    assert back.url.startswith("/")
    assert say(locale, "Go back to the payment") in [form.button for form in back.forms()], "nothing arrived yet"
    world.settle()
    back = donor.open(back.url)
    assert back.heading == say(locale, "Thank you, your payment is accepted")
    own = mail_opens_own_page(world, locale)
    donor_changes_how_they_appear(world, own, locale)
    leader_sees_totals_days_and_list(world, locale)
    treasurer_sees_one_statement_in_three_forms(world, locale)
    assert world.failures == []
    world.check(contributions=1)


def hosted_page_shows_gift_and_tip(world: World, donor: Browser, locale: str) -> Page:
    hosted = donors.give(world, donor, gift_in(locale))
    for cents in (4000, 200, 4200):
        assert euros(cents, locale) in hosted.text
    return hosted


def mail_opens_own_page(world: World, locale: str) -> Page:
    (mail,) = world.mails("elodie@example.org")
    assert euros(4200, locale) in mail.text
    assert euros(4200, locale) in mail.html
    (attached,) = mail.attachments
    assert (attached.media_type, attached.content[:5]) == ("application/pdf", b"%PDF-")
    own = world.browser(locale).open(world.link_in(mail))
    assert own.heading == say(locale, "My contributions")
    return own


def donor_changes_how_they_appear(world: World, own: Page, locale: str) -> None:
    browser = world.browser(locale)
    own = browser.open(world.link_in(world.mails("elodie@example.org")[0]))
    document = browser.open(own.links()[say(locale, "Proof of payment (PDF)")])
    assert document.body == world.mails("elodie@example.org")[0].attachments[0].content
    public = world.path("public.project", locale, slug="lavoir")
    assert ["Élodie", euros(4000, locale)] == [browser.open(public).table(1)[1][n] for n in (0, 2)]
    saved = browser.submit(own.form(say(locale, "Save")), {"name_shown": "nobody", "amount_shown": None})
    assert saved.heading == say(locale, "My contributions")
    assert "Élodie" not in browser.open(public).text


def leader_sees_totals_days_and_list(world: World, locale: str) -> None:
    leader = donors.sign_in(world, "noe@amis-du-lavoir.example", locale)
    home = leader.open(world.path("leader.home", locale))
    page = leader.open(home.links()["Restaurer le lavoir"])
    # 1.5 % of 42.00 and 0.25 are 0.88; the gift bears forty parts of forty-two.
    assert page.cells(0)[say(locale, "Collected")] == euros(4000, locale)
    assert page.cells(0)[say(locale, "Payment fees")] == euros(-84, locale)
    assert page.cells(0)[say(locale, "Net for the project")] == euros(3916, locale)
    day = i18n.format_day((world.clock() - timedelta(minutes=5)).date(), locale)
    assert [day, "1", euros(4000, locale)] in page.table(1)
    file = leader.open(page.links()[say(locale, "Download as CSV")])
    rows = read_csv(file)
    assert rows[1][-3:] == ["40,00", "0,84", "39,16"]
    assert rows[-1][-3:] == ["40,00", "0,84", "39,16"]


def treasurer_sees_one_statement_in_three_forms(world: World, locale: str) -> None:
    treasurer = donors.sign_in(world, "ines@amis-du-lavoir.example", locale)
    home = treasurer.open(world.path("treasurer.home", locale))
    page = treasurer.open(home.links()["Restaurer le lavoir"])
    movements = [row for row in page.table() if len(row) == 7][1:]
    assert [row[4:] for row in movements] == [
        [euros(4000, locale), "", euros(4000, locale)],
        ["", euros(84, locale), euros(3916, locale)],
    ]
    file = read_csv(treasurer.open(page.links()[say(locale, "Download as CSV")]))
    *figures, note = file[1:]
    assert not any(note[6:]), "the note on the seal names no amount"
    assert [row[6:] for row in figures] == [
        ["", "", "0,00"],
        ["40,00", "", "40,00"],
        ["", "0,84", "39,16"],
        ["40,00", "0,84", ""],
        ["", "", "39,16"],
    ]
    document = treasurer.open(page.links()[say(locale, "Download as PDF")]).body.decode()
    for cents in (4000, 84, 3916):
        assert euros(cents, locale).replace("\u202f", "\u00a0") in document


def read_csv(page: Page) -> list[list[str]]:
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(page.body.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.pdf
@both
def test_the_documents_are_real_and_say_what_the_screen_says(world: World, locale: str) -> None:
    world.renew(pdf=WeasyPrintPdf())
    donors.give_and_pay(world, gift_in(locale))
    assert plain(euros(4200, locale)) in pdf_text(world.mails("elodie@example.org")[0].attachments[0].content)
    treasurer = donors.sign_in(world, "ines@amis-du-lavoir.example", locale)
    statement = treasurer.open(world.path("treasurer.statement_pdf", locale, slug="lavoir"))
    for cents in (4000, 84, 3916):
        assert plain(euros(cents, locale)) in pdf_text(statement.body)


def test_the_return_page_tells_the_truth_at_every_moment(world: World) -> None:
    donor = world.browser()
    hosted = donors.give(world, donor)
    (reference,) = [each["success_url"] for each in world.sandbox.objects("checkout.session")]

    def heading() -> str:
        return donor.open(reference).heading

    assert heading() == say("fr", "Your payment is not finished")
    declined = donors.pay(donor, hosted, donors.DECLINED)
    assert declined.url.startswith(world.sandbox.url), "the provider lets the donor try again"
    assert heading() == say("fr", "Your payment is not finished"), "no notice came yet"
    world.deliver()
    world.work()
    assert heading() == say("fr", "The payment was refused")
    donors.pay(donor, donor.open(hosted.url))
    assert heading() == say("fr", "The payment was refused"), "the page shows what is known, and no more"
    world.deliver()
    world.work()
    assert heading() == say("fr", "Thank you, your payment is accepted")
    assert world.states() == ["confirmed"]
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_three_d_secure_can_be_passed_and_failed(world: World) -> None:
    donor = world.browser()
    hosted = donors.give(world, donor)
    question = donors.pay(donor, hosted, "4000 0027 6000 3184")
    again = donor.submit(question.forms()[0], {"answer": "fail"})
    world.settle()
    assert world.states() == ["checkout_open"]
    question = donors.pay(donor, again, "4000 0027 6000 3184")
    donor.submit(question.forms()[0], {"answer": "pass"})
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


def test_a_donor_who_turns_back_can_go_on_later(world: World) -> None:
    donor = world.browser()
    hosted = donors.give(world, donor)
    page = donor.open(next(link for link in hosted.links().values() if link.startswith(world.site)))
    assert donor.submit(page.form()).session == hosted.session, "the same page, not another one"


def test_an_expired_checkout_is_said_and_can_be_tried_again(world: World) -> None:
    donor = world.browser()
    first = donors.give(world, donor)
    world.advance(timedelta(hours=2, minutes=1))
    world.settle()
    assert world.states() == ["expired"]
    (reference,) = [each["success_url"] for each in world.sandbox.objects("checkout.session")]
    page = donor.open(reference)
    assert page.heading == say("fr", "The time to pay ran out")
    second = donor.submit(page.form())
    assert second.session != first.session
    donors.pay(donor, second)
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)
