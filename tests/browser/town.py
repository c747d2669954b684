"""What pages are looked at with: a list imported, a project closed, and a payment in each of its states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from ledger.config import ROOT
from tests.browser.site import Site

LIST: Final = ROOT / "tests" / "data" / "projects.csv"
ORGANISATION: Final = "atelier-de-brevaux"

OVEN: Final = "un-four-a-pain-au-lavoir"
ORCHARD: Final = "un-verger-a-croquer"
SHELTER: Final = "l-oeuf-un-abri-pour-attendre-le-car"
"""A project of the town, and two of the list: one open, one that is closed."""

Payment: TypeAlias = Callable[[Site, str, str], str]
"""Brings a payment about, in a language and under a name of its own, and gives its reference."""


def prepare(site: Site) -> None:
    """Import the list, close one of its projects, and seal what was given so far."""
    assert site.ecot("projects", "import", "--organisation", ORGANISATION, str(LIST)).returncode == 0
    assert site.ecot("projects", "close", SHELTER).returncode == 0
    assert site.ecot("books", "seal").returncode == 0


def pledged(site: Site, locale: str, form: str) -> str:
    """The provider did not answer."""
    return site.pledge(ORCHARD, locale=locale, form=form, checkout=False)


def left(site: Site, locale: str, form: str) -> str:
    """The donor left the provider's page."""
    return site.pledge(ORCHARD, locale=locale, form=form)


def expired(site: Site, locale: str, form: str) -> str:
    """The provider's page was open for too long."""
    reference = left(site, locale, form)
    close(site, reference)
    return reference


def replaced(site: Site, locale: str, form: str) -> str:
    """The donor went back and asked for another amount."""
    reference = left(site, locale, form)
    site.pledge(ORCHARD, locale=locale, form=form, euros=45)
    return reference


def unallocated(site: Site, locale: str, form: str) -> str:
    """Another amount arrived than was promised."""
    reference = left(site, locale, form)
    pay(site, reference, amount=2500)
    return reference


def pay(site: Site, reference: str, **given: object) -> None:
    """Pay, as on the provider's page: `card`, `three_d_secure`, `amount`."""
    site.control("pay", session=site.sessions(reference)[-1]["id"], **given)


def close(site: Site, reference: str) -> None:
    """Close the provider's page, as its time does."""
    site.control("expire", session=site.sessions(reference)[-1]["id"])
