"""Somebody in front of a browser: what they open, press, type and read, by the words that the pages use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from ledger import i18n
from tests.browser.site import Site

HOME: Final = {"fr": "/fr/", "en": "/en/"}
OUTBOX: Final = {"fr": "/fr/courriels", "en": "/en/mails"}
SIGN_IN: Final = {"fr": "/fr/connexion", "en": "/en/sign-in"}
PROJECT: Final = {"fr": "/fr/projets/", "en": "/en/projects/"}
GIVE: Final = {"fr": "/donner", "en": "/give"}

ROUNDS: Final = 400
"""How often a page is asked for again while the worker works."""

HAS_MORE: Final = """async ([text, number]) =>
  (await (await fetch(location)).text()).split(text).length - 1 > number"""
"""Whether the page, asked for again, has a text more often than a number of times."""


@dataclass(frozen=True, slots=True)
class Gift:
    """What somebody types into the form."""

    amount: str
    email: str
    first_name: str
    last_name: str = "Lemoine"
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor of a site, who reads one language, and whose browser may run no scripts."""

    page: Page
    site: Site
    locale: str
    scripts: bool = True

    def say(self, message: str, /, **values: object) -> str:
        """Give a message in the visitor's language, with plain spaces, as names are compared."""
        return " ".join(i18n.translate(self.locale, message, **values).split())

    def open(self, path: str) -> None:
        """Type an address of the site."""
        self.page.goto(self.site.url + path)

    def button(self, message: str, /, **values: object) -> Locator:
        """Find a button by its words."""
        return self.page.get_by_role("button", name=self.say(message, **values), exact=True)

    def link(self, message: str, /, **values: object) -> Locator:
        """Find a link by its words."""
        return self.page.get_by_role("link", name=self.say(message, **values), exact=True)

    def open_gift_form(self, project: str) -> None:
        """Open the form of a project by its address."""
        self.open(PROJECT[self.locale] + project + GIVE[self.locale])

    def type_gift(self, gift: Gift) -> None:
        """Fill the form in."""
        self.page.locator("#amount_choice-other").check()
        self.page.locator("#amount").fill(gift.amount)
        if gift.tip:
            self.page.locator("#tip_choice-other").check()
            self.page.locator("#tip").fill(gift.tip)
        self.page.locator("#first_name").fill(gift.first_name)
        self.page.locator("#last_name").fill(gift.last_name)
        self.page.locator("#email").fill(gift.email)

    def send_gift(self) -> str:
        """Send the form, arrive at the provider's page, and give the reference of the pledge."""
        self.button("Go on to the payment").click()
        self.page.wait_for_url(f"{self.site.sandbox}/c/pay/**")
        return self.reference_of_checkout()

    def reference_of_checkout(self) -> str:
        """Read the pledge's reference off the way back that the provider's page offers."""
        back = self.page.locator(".summary a").get_attribute("href") or ""
        return urlsplit(back).path.rpartition("/")[2]

    def type_card(self, card: str) -> None:
        """Let the provider's page fill a test card in, and pay with it."""
        self.page.locator("#card").select_option(card)
        self.page.locator("form.chooser button").click()
        self.page.locator("form.card button").click()

    def wait_until_paid(self) -> None:
        """Stay on the page of the payment until it says, by itself, that the gift is in the book."""
        expect(self.page.locator("#status-paid")).to_be_visible()

    def read_mail(self, recipient: str, *, after: int = 0) -> None:
        """Open the newest mail to an address on the outbox's page, once there are more than `after`."""
        self.open(OUTBOX[self.locale])
        if self.scripts:
            self.page.wait_for_function(HAS_MORE, arg=[recipient, after], polling=300)
        rows = self.page.get_by_role("row").filter(has_text=recipient)
        self.refresh_until(rows.nth(after))
        rows.first.get_by_role("link").click()

    def refresh_until(self, wanted: Locator) -> None:
        """Follow the page's own link to itself until something is there."""
        for _ in range(ROUNDS):
            if wanted.count():
                break
            self.link("Refresh this page").click()
        expect(wanted).to_be_visible()

    def follow_mailed_link(self, path: str) -> None:
        """Follow the link of a mail that leads to one of our pages."""
        self.page.locator("pre a").filter(has_text=re.compile(re.escape(self.site.url + path))).first.click()

    def sign_in(self, email: str) -> None:
        """Ask for a link on the page for it, read the mail, and use the link."""
        before = len(self.site.mails_to(email))
        self.open(SIGN_IN[self.locale])
        self.page.locator("#email").fill(email)
        self.button("Mail me the link").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say("Look at your mails"))
        self.read_mail(email, after=before)
        self.follow_mailed_link("/")
        self.button("Sign in").click()
