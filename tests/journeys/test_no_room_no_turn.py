"""A database that is locked, a disk that is full: it is said, nothing is half done, and all goes on afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger.adapters.memory import MemoryFileStore, MemoryPdf
from ledger.errors import Unavailable
from ledger.payments.models import InboxEvent
from tests.factories.world import World
from tests.journeys import donors
from tests.journeys.donors import Gift, say

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
input()
"""

one_writer = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""PostgreSQL has no one lock for all writers."""


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Have another process hold the one right to write, and wait for nothing ourselves."""
    database = world.means.database
    sa.event.listen(database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=0"))
    command = [sys.executable, "-c", HOLD, str(database.url.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate("\n")


@one_writer
def test_a_gift_that_cannot_be_written_down_is_said_to_be_so_and_can_be_sent_again(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    with locked(world):
        page = browser.submit(form, Gift().typed())
        assert page.status == 503
        assert (
            say("fr", "We cannot reach our records at the moment. Nothing was changed: try again in a few minutes.")
            in page.text
        )
        assert world.states() == []
        assert page.form().fields["last_name"] == "Moreau", "nothing has to be typed again"
    hosted = browser.submit(page.form())
    donors.pay(browser, hosted)
    world.settle()
    world.check(contributions=1)


@one_writer
def test_what_can_be_read_is_still_shown_while_nobody_can_write(world: World) -> None:
    with locked(world):
        for endpoint in ("public.home", "auth.sign_in", "public.about"):
            assert world.browser().open(world.path(endpoint)).status == 200


@one_writer
def test_a_notice_that_cannot_be_kept_is_asked_for_again(world: World) -> None:
    hosted = donors.give(world, world.browser())
    world.sandbox.pay(hosted.session)
    with locked(world):
        assert {sent["status"] for sent in world.deliver()} == {503}
        with pytest.raises(Unavailable):
            world.work()
    assert world.count(InboxEvent) == 0
    world.advance(timedelta(minutes=1))
    world.settle()
    assert world.states() == ["paid"]
    world.check(contributions=1)


@one_writer
def test_a_checkout_that_could_not_be_noted_is_found_again_by_the_same_form(world: World) -> None:
    browser = world.browser()
    form = donors.form_of(world, browser)
    holds: list[object] = []

    def lock() -> None:
        hold = locked(world)
        hold.__enter__()
        holds.append(hold)

    world.gateway.after["open_checkout"] = lock
    page = browser.submit(form, Gift().typed())
    assert page.status == 503
    world.gateway.after.clear()
    for hold in holds:
        hold.__exit__(None, None, None)  # type: ignore[attr-defined]
    hosted = browser.submit(form, Gift().typed())
    assert len(world.sandbox.objects("checkout.session")) == 1
    donors.pay(browser, hosted)
    world.settle()
    world.check(contributions=1)


def test_a_document_for_which_there_is_no_room_is_made_later_and_mailed_once(world: World) -> None:
    files = MemoryFileStore()
    files.full = True
    world.renew(files=files)
    donors.give_and_pay(world)
    assert world.states() == ["paid"], "the money is in the book, whatever becomes of the document"
    assert set(world.failures) == {"deliver_attestation: no_room()"}
    assert world.mails() == []
    browser = donors.sign_in(world, "camille@example.org")
    link = browser.open(world.path("donor.home")).links()[say("fr", "Proof of payment (PDF)")]
    page = browser.open(link)
    assert page.status == 503
    assert "no_room" not in page.text
    files.full = False
    world.advance(timedelta(minutes=5))
    world.work()
    assert browser.open(link).body.startswith(b"%PDF")
    world.check(contributions=1)


def test_a_renderer_without_room_or_libraries_is_tried_again(world: World) -> None:
    pdf = MemoryPdf()
    pdf.full = True
    world.renew(pdf=pdf)
    donors.give_and_pay(world)
    assert world.mails() == []
    pdf.full = False
    world.advance(timedelta(minutes=5))
    world.work()
    world.check(contributions=1)
