"""Links that prove who somebody is: to sign in (once, soon, in the same browser) and to see one's own gifts.

Only the hash of a link's secret is kept, so that who reads the database cannot use one.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.errors import Refused
from ledger.people.models import DonorLink, Person, SignInLink

SIGN_IN_LASTS: Final = timedelta(minutes=15)
DONOR_LINK_LASTS: Final = timedelta(days=90)


class LinkRefused(Refused):
    """A link that proves nothing: `link_unknown`, `link_expired`, `link_used` or `link_other_browser`."""

    code = "link_unknown"


def hashed(secret: str) -> str:
    """Give what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_sign_in(session: Session, person_id: int, *, browser_hash: str | None, locale: str, now: datetime) -> str:
    """Make a sign-in link's secret, bound to the browser whose cookie has this hash (none: to no browser)."""
    secret = secrets.token_urlsafe(32)
    session.add(
        SignInLink(
            token_hash=hashed(secret),
            person_id=person_id,
            browser_hash=browser_hash,
            locale=locale,
            created_at=now,
            expires_at=now + SIGN_IN_LASTS,
        )
    )
    return secret


def check_sign_in(
    session: Session, secret: str, *, browser: str | None, now: datetime, lock: bool = True
) -> SignInLink:
    """Find a sign-in link that may be used now, by this browser; to use it up, its row is locked first.

    Raises:
        LinkRefused: it is unknown, used, expired, or was asked for by another browser.
    """
    link = session.get(SignInLink, hashed(secret), with_for_update=lock)
    if link is None:
        raise LinkRefused("link_unknown")
    if link.used_at is not None:
        raise LinkRefused("link_used")
    if link.expires_at <= now:
        raise LinkRefused("link_expired")
    if link.browser_hash is not None and (browser is None or hashed(browser) != link.browser_hash):
        raise LinkRefused("link_other_browser")
    return link


def use_sign_in(session: Session, secret: str, *, browser: str | None, now: datetime) -> Person:
    """Use a sign-in link up and give the person whom it signs in.

    Raises:
        LinkRefused: as `check_sign_in`.
    """
    link = check_sign_in(session, secret, browser=browser, now=now)
    link.used_at = now
    return session.get_one(Person, link.person_id)


def new_donor_link(session: Session, person_id: int, *, now: datetime) -> str:
    """Make the secret of a link to a donor's own page."""
    secret = secrets.token_urlsafe(32)
    expires = now + DONOR_LINK_LASTS
    session.add(DonorLink(token_hash=hashed(secret), person_id=person_id, created_at=now, expires_at=expires))
    return secret


def check_donor_link(session: Session, secret: str, *, now: datetime) -> Person:
    """Give the donor whose page a link opens.

    Raises:
        LinkRefused: it is unknown or expired.
    """
    link = session.get(DonorLink, hashed(secret))
    if link is None:
        raise LinkRefused("link_unknown")
    if link.expires_at <= now:
        raise LinkRefused("link_expired")
    return session.get_one(Person, link.person_id)


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete links that have been of no use for a month."""
    for table in (SignInLink, DonorLink):
        session.execute(sa.delete(table).where(table.expires_at < now - timedelta(days=30)))
