"""What people do along the journey of a gift: each step looks at what the page says before it goes on."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Final

from playwright.sync_api import Locator, expect

from ledger import clock
from tests.browser import documents
from tests.browser.person import HOME, Gift, Person

LEADER: Final = "noe@brevaux.example"
TREASURER: Final = "ines@brevaux.example"


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


def read_the_dashboard(person: Person, title: str, gift: Gift) -> tuple[int, int]:
    """As the leader: find the gift in the table, its day in the chart, and both in the file. Gives amount and fee."""
    person.sign_in(LEADER)
    person.page.get_by_role("link", name=title, exact=True).click()
    listed = person.page.get_by_role("table", name=person.say("Contributions"))
    expect(listed).to_be_visible()
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
    return amount, fee


def draw_the_statement(person: Person, title: str, gift: Gift, paid: tuple[int, int] | None = None) -> None:
    """As the treasurer: the last ten days on screen, as CSV and as PDF, which say the same to the cent."""
    person.sign_in(TREASURER)
    person.page.get_by_role("link", name=title, exact=True).click()
    today = clock.day_in_paris(clock.now())
    person.page.locator("#start").fill((today - timedelta(days=10)).isoformat())
    person.page.locator("#end").fill(today.isoformat())
    person.button("Show").click()
    person.page.wait_for_url("**start=*")
    table = person.page.locator("table")
    figures = documents.on_screen(table)
    figures.check()
    amount, fee = [change for change, _ in figures.movements][-2:]
    assert (amount, fee) == paid or (paid is None and amount > 0 > fee)
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
