"""A link proves who somebody is: once, soon, in the browser that asked; and nobody can read one in the database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.db import Database
from ledger.people import links
from ledger.people.links import DONOR_LINK_LASTS, SIGN_IN_LASTS, LinkRefused
from ledger.people.models import DonorLink, SignInLink
from tests.factories.people import make_person

TOGETHER = 6
INSTANT = timedelta(microseconds=1)
BROWSER = "the cookie of the browser that asked"


@pytest.fixture
def person_id(database: Database) -> int:
    with database.transaction() as session:
        return make_person(session, "camille@example.org").id


def new_link(database: Database, person_id: int, *, now: datetime, browser: str | None = BROWSER) -> str:
    with database.transaction() as session:
        browser_hash = None if browser is None else links.hashed(browser)
        return links.new_sign_in(session, person_id, browser_hash=browser_hash, locale="fr", now=now)


def use(database: Database, secret: str, *, now: datetime, browser: str | None = BROWSER) -> int | str:
    """Use a link; give the person's id, or why it was refused."""
    try:
        with database.transaction() as session:
            return links.use_sign_in(session, secret, browser=browser, now=now).id
    except LinkRefused as error:
        return error.reason


def test_a_link_signs_in_once(database: Database, person_id: int, frozen_now: datetime) -> None:
    secret = new_link(database, person_id, now=frozen_now)
    assert use(database, secret, now=frozen_now) == person_id
    assert use(database, secret, now=frozen_now) == "link_used"


def test_of_many_who_use_a_link_at_once_one_is_signed_in(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    secret = new_link(database, person_id, now=frozen_now)
    ready = threading.Barrier(TOGETHER, timeout=60)

    def use_together(_number: int) -> int | str:
        ready.wait()
        return use(database, secret, now=frozen_now)

    with ThreadPoolExecutor(TOGETHER) as pool:
        came_of_it = sorted(pool.map(use_together, range(TOGETHER)), key=str)
    assert came_of_it == [person_id, *["link_used"] * (TOGETHER - 1)]


def test_a_link_lasts_a_quarter_of_an_hour_to_the_instant(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    assert timedelta(minutes=15) == SIGN_IN_LASTS
    late, in_time = (new_link(database, person_id, now=frozen_now) for _ in range(2))
    assert use(database, late, now=frozen_now + SIGN_IN_LASTS) == "link_expired"
    assert use(database, in_time, now=frozen_now + SIGN_IN_LASTS - INSTANT) == person_id


def test_a_link_is_of_use_in_the_browser_that_asked_only(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    secret = new_link(database, person_id, now=frozen_now)
    assert use(database, secret, browser="another", now=frozen_now) == "link_other_browser"
    assert use(database, secret, browser=None, now=frozen_now) == "link_other_browser"
    assert use(database, secret, browser=links.hashed(BROWSER), now=frozen_now) == "link_other_browser"
    assert use(database, secret, now=frozen_now) == person_id


def test_a_link_that_no_browser_asked_for_opens_in_any(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    for browser in ("any", None):
        secret = new_link(database, person_id, browser=None, now=frozen_now)
        assert use(database, secret, browser=browser, now=frozen_now) == person_id


def test_an_unknown_link_is_refused_and_so_is_the_hash_of_a_known_one(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    secret = new_link(database, person_id, now=frozen_now)
    for unknown in ("", "nonsense", links.hashed(secret), secret + " ", "é" * 5000):
        assert use(database, unknown, now=frozen_now) == "link_unknown"


def test_looking_at_a_link_does_not_use_it_up(database: Database, person_id: int, frozen_now: datetime) -> None:
    secret = new_link(database, person_id, now=frozen_now)
    with database.reading() as session:
        link = links.check_sign_in(session, secret, browser=BROWSER, now=frozen_now, lock=False)
        assert (link.person_id, link.locale, link.used_at) == (person_id, "fr", None)
    assert use(database, secret, now=frozen_now) == person_id


def test_a_donor_s_link_opens_until_it_expires_as_often_as_wanted(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        secret = links.new_donor_link(session, person_id, now=frozen_now)
    with database.reading() as session:
        for age in (timedelta(0), DONOR_LINK_LASTS / 2, DONOR_LINK_LASTS - INSTANT):
            assert links.check_donor_link(session, secret, now=frozen_now + age).id == person_id
        with pytest.raises(LinkRefused, match="link_expired"):
            links.check_donor_link(session, secret, now=frozen_now + DONOR_LINK_LASTS)
        with pytest.raises(LinkRefused, match="link_unknown"):
            links.check_donor_link(session, links.hashed(secret), now=frozen_now)


def test_a_link_of_one_kind_is_none_of_the_other(database: Database, person_id: int, frozen_now: datetime) -> None:
    sign_in = new_link(database, person_id, browser=None, now=frozen_now)
    with database.transaction() as session:
        donor = links.new_donor_link(session, person_id, now=frozen_now)
    assert use(database, donor, now=frozen_now) == "link_unknown"
    with database.reading() as session, pytest.raises(LinkRefused, match="link_unknown"):
        links.check_donor_link(session, sign_in, now=frozen_now)


def test_whoever_reads_the_database_can_use_no_link(database: Database, person_id: int, frozen_now: datetime) -> None:
    secret = new_link(database, person_id, now=frozen_now)
    with database.transaction() as session:
        donor = links.new_donor_link(session, person_id, now=frozen_now)
    with database.reading() as session:
        kept = [
            str(row)
            for table in ("sign_in_link", "donor_link")
            for row in session.execute(sa.text(f"SELECT * FROM {table}"))
        ]
    assert len(kept) == 2
    for known in (secret, donor, BROWSER):
        assert not any(known in row for row in kept)


def test_secrets_are_long_and_never_the_same(database: Database, person_id: int, frozen_now: datetime) -> None:
    with database.transaction() as session:
        drawn = [
            make(session, person_id, now=frozen_now) for make in (links.new_donor_link, _sign_in) for _ in range(20)
        ]
    assert len(set(drawn)) == 40
    assert min(len(secret) for secret in drawn) >= 43


def _sign_in(session: Session, person_id: int, *, now: datetime) -> str:
    return links.new_sign_in(session, person_id, browser_hash=None, locale="fr", now=now)


def test_links_are_forgotten_a_month_after_they_expired(
    database: Database, person_id: int, frozen_now: datetime
) -> None:
    month = timedelta(days=30)
    with database.transaction() as session:
        _sign_in(session, person_id, now=frozen_now)
        links.new_donor_link(session, person_id, now=frozen_now)
    for lasts, table in ((SIGN_IN_LASTS, SignInLink), (DONOR_LINK_LASTS, DonorLink)):
        count = sa.select(sa.func.count()).select_from(table)
        with database.transaction() as session:
            links.forget_old(session, now=frozen_now + lasts + month)
            assert session.scalar(count) == 1
            links.forget_old(session, now=frozen_now + lasts + month + INSTANT)
            assert session.scalar(count) == 0
