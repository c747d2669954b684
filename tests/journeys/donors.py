"""What people do at the site and at the provider's page, step by step as they would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger import i18n
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.pages import Form, Page

CARD: Final = "4000 0025 0000 0003"
"""A French card that is accepted."""

DECLINED: Final = "4000 0000 0000 0002"


@dataclass(frozen=True)
class Gift:
    """What a donor fills in. Amounts are as typed."""

    amount: str = "25"
    tip: str = ""
    first_name: str = "Camille"
    last_name: str = "Moreau"
    email: str = "camille@example.org"
    name_shown: str = "full"
    amount_shown: bool = True
    project: str = "lavoir"
    locale: str = "fr"

    def typed(self) -> dict[str, str | None]:
        """Give what is typed into the form."""
        return {
            "amount_choice": "other",
            "amount": self.amount,
            "tip_choice": "other" if self.tip else "0",
            "tip": self.tip,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "name_shown": self.name_shown,
            "amount_shown": "1" if self.amount_shown else None,
        }


SMALL: Final = Gift()


def say(locale: str, message: str, /, **values: object) -> str:
    """Give our own words in a language."""
    return i18n.translate(locale, message, **values)


def form_of(world: World, browser: Browser, gift: Gift = SMALL) -> Form:
    """Open the form of a gift."""
    return browser.open(world.path("public.give", gift.locale, slug=gift.project)).form()


def give(world: World, browser: Browser, gift: Gift = SMALL) -> Page:
    """Fill the form in and send it: the provider's page."""
    page = browser.submit(form_of(world, browser, gift), gift.typed())
    assert page.url.startswith(f"{world.sandbox.url}/c/pay/"), page.text
    return page


def pay(browser: Browser, hosted: Page, card: str = CARD) -> Page:
    """Type a card into the provider's page; where that leads."""
    form = next(form for form in hosted.forms() if form.method == "post")
    return browser.submit(form, {"number": card, "expiry": "12 / 34", "cvc": "123", "name": "Camille Moreau"})


def give_and_pay(world: World, gift: Gift = SMALL) -> Page:
    """Give by a browser of one's own, and let everything arrive: the page that the donor comes back to."""
    browser = world.browser()
    page = pay(browser, give(world, browser, gift))
    world.settle()
    return browser.open(page.url)


def sign_in(world: World, email: str, locale: str = "fr") -> Browser:
    """Sign somebody in by the link that is mailed."""
    browser = world.browser()
    form = browser.open(world.path("auth.sign_in", locale)).form()
    browser.submit(form, {"email": email})
    world.work()
    page = browser.open(world.link_in(world.mails(email)[-1]))
    browser.submit(page.form())
    return browser
