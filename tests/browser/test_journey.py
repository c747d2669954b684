"""The whole journey of one gift, as a person goes it: from the town's projects to the treasurer's statement."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeAlias

import pytest
from playwright.sync_api import Locator, expect

from ledger import clock
from tests.browser import documents
from tests.browser.conftest import Look
from tests.browser.person import HOME, Gift, Person

pytestmark = pytest.mark.pdf

Way: TypeAlias = Callable[[Person, str], None]

LEADER: Final = "noe@brevaux.example"
TREASURER: Final = "ines@brevaux.example"


def decline_then_pay(person: Person, reference: str) -> None:
    """The first card is refused there and then, without leaving the provider's page."""
    del reference
    person.type_card("insufficient_funds")
    expect(person.page.get_by_role("alert")).to_be_visible()
    person.type_card("cb_visa")


def fail_to_authenticate_then_pass(person: Person, reference: str) -> None:
    """The bank does not recognise the donor, who comes back, reads why, and tries again."""
    person.type_card("3ds")
    person.page.locator("button[value=fail]").click()
    expect(person.page.get_by_role("alert")).to_be_visible()
    person.page.locator(".summary a").click()
    person.page.wait_for_url(person.site.status_url(reference, person.locale))
    expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("The payment was refused"))
    person.button("Go back to the payment").click()
    person.type_card("3ds")
    person.page.locator("button[value=pass]").click()


def cancel_then_pay_in_another_tab(person: Person, reference: str) -> None:
    """The donor turns back; while the page is still open, the payment is made in another tab."""
    person.page.locator(".summary a").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("Your payment is not finished"))
    other = Person(person.page.context.new_page(), person.site, person.locale)
    other.page.goto(person.site.status_url(reference, person.locale))
    other.button("Go back to the payment").click()
    other.type_card("cb_visa")
    other.page.wait_for_url(person.site.status_url(reference, person.locale))
    other.page.close()


def expire_then_pay(person: Person, reference: str) -> None:
    """The donor lets the payment page lie until it closes, and begins again from the gift's own page."""
    session = person.site.sessions(reference)[-1]
    with person.site.clock_stopped():
        person.site.control("clock", set=session["expires_at"] + 1)
        person.page.reload()
        person.page.locator("a.first").click()
        expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("The time to pay ran out"))
    person.button("Try the payment again").click()
    person.type_card("cb_visa")


OVEN, HEDGE, BICYCLE, HALL = (
    "Un four à pain au lavoir",
    "Une haie pour l’école",
    "Le vélo qui livre",
    "La salle commune se chauffe au bois",
)
WAYS: Final = [
    ("fr", "390", OVEN, decline_then_pay, Gift("35", "ada@ici.example", "Ada")),
    ("en", "390", HEDGE, fail_to_authenticate_then_pass, Gift("€12.05", "bea@ici.example", "Béa")),
    ("fr", "1280", BICYCLE, cancel_then_pay_in_another_tab, Gift("1 234,50 €", "eve@ici.example", "Ève", tip="3,20")),
    ("en", "1280", HALL, expire_then_pay, Gift("1,234.50", "lou@ici.example", "Lou", tip="2")),
]


@pytest.mark.parametrize(("locale", "screen", "title", "way", "gift"), WAYS, indirect=["screen"])
def test_a_gift_goes_from_the_list_of_projects_to_the_treasurers_statement(
    person: Person, accessible: Look, title: str, way: Way, gift: Gift
) -> None:
    find_project(person, title)
    address = person.page.url
    reference = fill_the_form(person, gift)
    accessible(person.page)
    way(person, reference)
    person.page.wait_for_url(person.site.status_url(reference, person.locale))
    person.wait_until_paid()
    accessible(person.page)
    open_own_page(person, gift)
    change_how_one_appears(person, gift, address)
    person.button("Sign out").click()
    paid = read_the_dashboard(person, title, gift)
    person.button("Sign out").click()
    draw_the_statement(person, title, gift, paid)
    assert person.site.ecot("books", "verify").returncode == 0


def find_project(person: Person, title: str) -> None:
    """Look for a project by a word of its title, and open it."""
    person.open(HOME[person.locale])
    expect(person.page.locator(".entry")).not_to_have_count(1)
    person.page.get_by_role("searchbox").fill(title.upper())
    person.button("Search").click()
    expect(person.page.locator(".entry")).to_have_count(1)
    person.page.get_by_role("link", name=title, exact=True).click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(title)


def fill_the_form(person: Person, gift: Gift) -> str:
    """Send the form with mistakes, mend them, and go on to the provider's page."""
    person.link("Give to this project").first.click()
    expect(person.page.locator("#tip_choice-0")).to_be_checked()
    person.type_gift(gift)
    person.page.locator("#amount").fill("12,345")
    person.page.locator("#email").fill("nobody")
    person.button("Go on to the payment").click()
    expect(person.page.get_by_role("alert")).to_be_focused()
    for field in ("amount", "email"):
        expect(person.page.locator(f"#{field}-error")).to_be_visible()
    expect(person.page.locator("#amount")).to_have_value("12,345")
    expect(person.page.locator("#last_name")).to_have_value(gift.last_name)
    person.type_gift(gift)
    return person.send_gift()


def open_own_page(person: Person, gift: Gift) -> None:
    """Read the mail with the proof of payment, open both, and follow the link to one's own page."""
    person.read_mail(gift.email)
    attached = get(person, person.page.locator(".presets a"))
    assert gift.last_name in documents.pdf_text(attached)
    person.follow_mailed_link("/")
    expect(person.page.get_by_role("heading", level=1)).to_have_text(person.say("My contributions"))
    expect(person.page.get_by_role("main")).to_contain_text(gift.email)
    again = get(person, person.link("Proof of payment (PDF)"))
    assert documents.pdf_text(again) == documents.pdf_text(attached)


def change_how_one_appears(person: Person, gift: Gift, address: str) -> None:
    """Show the first name only, and no amount; the project's page then does."""
    row = person.page.get_by_role("row", name=gift.first_name)
    mine = person.page.url
    person.page.goto(address)
    expect(row.first).to_contain_text(f"{gift.first_name} {gift.last_name}")
    person.page.goto(mine)
    person.page.locator("summary").click()
    person.page.get_by_role("radio", name=person.say("First name only")).check()
    person.page.get_by_role("checkbox").uncheck()
    person.button("Save").click()
    expect(person.page.get_by_role("status")).to_be_visible()
    person.page.goto(address)
    expect(row.first).to_contain_text(person.say("not shown"))
    expect(person.page.get_by_role("main")).not_to_contain_text(gift.last_name)


def read_the_dashboard(person: Person, title: str, gift: Gift) -> tuple[int, int, int]:
    """As the leader: find the gift in the table, its day in the chart, and both in the file. Gives amount, fee, net."""
    person.sign_in(LEADER)
    person.page.get_by_role("link", name=title, exact=True).click()
    listed = person.page.get_by_role("table", name=person.say("Contributions"))
    cells = listed.get_by_role("row").filter(has_text=gift.first_name).get_by_role("cell").all_inner_texts()
    amount, fee, net = (documents.cents(text) for text in cells[-3:])
    assert amount + fee == net
    days = person.page.get_by_role("table", name=person.say("Day by day"))
    assert days.locator("tbody tr").count() == person.page.locator("svg.chart rect").count()
    with person.page.expect_download() as download:
        person.link("Download as CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig")), delimiter=";"))
    (row,) = [row for row in rows if row[3] == gift.first_name]
    assert tuple(documents.cents(text) for text in row[-3:]) == (amount, -fee, net)
    return amount, fee, net


def draw_the_statement(person: Person, title: str, gift: Gift, paid: tuple[int, int, int]) -> None:
    """As the treasurer: the last ten days on screen, as CSV and as PDF, which say the same to the cent."""
    person.sign_in(TREASURER)
    person.page.get_by_role("link", name=title, exact=True).click()
    today = clock.day_in_paris(clock.now())
    person.page.locator("#start").fill((today - timedelta(days=10)).isoformat())
    person.page.locator("#end").fill(today.isoformat())
    person.button("Show").click()
    table = person.page.locator("table")
    figures = documents.on_screen(table)
    figures.check()
    amount, fee, _ = paid
    assert [change for change, _ in figures.movements][-2:] == [amount, fee]
    expect(table.locator("tbody").last.get_by_role("row").nth(-2)).to_contain_text(gift.last_name)
    with person.page.expect_download() as download:
        person.link("Download as CSV").click()
    assert documents.in_csv(download.value.path().read_bytes()) == figures
    assert documents.in_pdf(get(person, person.link("Download as PDF"))) == figures


def get(person: Person, link: Locator) -> bytes:
    """Ask for the document behind a link, with the visitor's cookies, and make sure that it is a PDF."""
    answer = person.page.context.request.get(person.site.url + (link.get_attribute("href") or ""))
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()
