"""A treasurer posts by hand: with a reason and a document, once, into an open period, and reverses what was wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Final

import pytest
import sqlalchemy as sa

from ledger.adapters.memory import MemoryFileStore
from ledger.books import book, periods, queries, seals, verify, vouchers
from ledger.books.models import Entry
from ledger.books.queries import EntryRow
from ledger.organisations import organisations
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.donors import give_and_pay, sign_in
from tests.journeys.pages import Form, Page

TREASURER: Final = "ines@amis-du-lavoir.example"
AUDITOR: Final = "aude@amis-du-lavoir.example"
OTHER_TREASURER: Final = "theo@amis-du-verger.example"
NEW: Final = {
    "fr": "/fr/tresorerie/amis-du-lavoir/ecritures/nouvelle",
    "en": "/en/treasury/amis-du-lavoir/entries/new",
}
PDF: Final = b"%PDF-1.7\nfacture\n%%EOF\n"
INVOICE: Final = {"attachment": ("facture n\u00b0 12.pdf", PDF)}
TYPED: Final = {
    "day": "2026-03-02",
    "label": "Virement interne",
    "reason": "D\u00e9p\u00f4t de la caisse de la f\u00eate",
    "account_1": "512100",
    "debit_1": "1 234,50",
    "account_2": "758",
    "credit_2": "1234.50",
}


def form_of(browser: Browser, locale: str = "fr") -> Form:
    return browser.open(NEW[locale]).form()


def send(
    browser: Browser,
    typed: Mapping[str, str | None] | None = None,
    *,
    files: Mapping[str, tuple[str, bytes]] | None = None,
    locale: str = "en",
) -> Page:
    chosen = INVOICE if files is None else files
    return browser.submit(form_of(browser, locale), {**TYPED, **(typed or {})}, files=chosen)


def entries(world: World) -> list[EntryRow]:
    with world.means.database.reading() as session:
        ids = session.scalars(sa.select(Entry.id).order_by(Entry.id)).all()
        return [entry for each in ids if (entry := queries.entry(session, each))]


def book_of(world: World) -> int:
    with world.means.database.reading() as session:
        return organisations.get(session, "amis-du-lavoir").book_id


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_an_entry_is_posted_with_its_reason_its_author_and_its_document(world: World, locale: str) -> None:
    browser = sign_in(world, TREASURER, locale)
    page = send(browser, locale=locale)

    (entry,) = entries(world)
    assert page.status == 200
    assert page.url.endswith(f"/{entry.id}")
    for told in ("Virement interne", TYPED["reason"], "Ines", "512100", "facture n\u00b0 12.pdf"):
        assert told in page.text
    assert (entry.journal, entry.source.partition(":")[0], str(entry.effective_on)) == ("OD", "manual", "2026-03-02")
    assert [(line.account, line.money.minor) for line in entry.lines] == [("512100", 123_450), ("758", -123_450)]
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert entry.details["attachment_sha256"] == sha256
    assert entry.details["attachment_type"] == "application/pdf"
    assert world.means.files.get(entry.details["attachment_key"]) == PDF


def test_the_document_is_given_to_be_saved_and_only_to_whom_the_book_is_open(world: World) -> None:
    page = send(sign_in(world, TREASURER))
    link = page.links()["facture n\u00b0 12.pdf"]

    answer = sign_in(world, AUDITOR).open(link)
    assert answer.body == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert sign_in(world, OTHER_TREASURER).open(link).status == 404
    assert "sign-in" in world.browser().open(link).url


def test_a_document_that_was_altered_is_not_given_and_is_found_by_the_check(world: World) -> None:
    page = send(sign_in(world, TREASURER))
    (entry,) = entries(world)
    check = vouchers.check(world.means.files)
    with world.means.database.reading() as session:
        assert verify.verify(session, more=[check]) == ()
    world.means.files.put(entry.details["attachment_key"], b"%PDF-1.7 another")

    answer = sign_in(world, AUDITOR).open(page.links()["facture n\u00b0 12.pdf"])
    assert answer.status == 503
    assert "not the one that was sealed" in answer.text
    with world.means.database.reading() as session:
        assert [(each.check, each.id) for each in check(session, entry.book_id)] == [("voucher_altered", entry.id)]


def test_a_form_that_is_sent_twice_posts_once(world: World) -> None:
    browser = sign_in(world, TREASURER)
    form = form_of(browser, "en")
    first, second = (browser.submit(form, TYPED, files=INVOICE) for _ in range(2))

    assert first.url == second.url
    assert len(entries(world)) == 1
    for changed in ({"reason": "Another reason"}, {"debit_1": "1", "credit_2": "1"}):
        other = browser.submit(form, {**TYPED, **changed}, files=INVOICE)
        assert other.status == 422
        assert "posted already, with other content" in other.text
    assert len(entries(world)) == 1


def test_more_lines_keep_everything_that_was_typed_and_the_document(world: World) -> None:
    browser = sign_in(world, TREASURER)
    page = send(browser, {"act": "more", "credit_2": "1000", "account_6": "754110"})

    assert page.status == 200
    assert "account_12" in page.form().fields
    kept = page.form()
    for name, text in {**TYPED, "credit_2": "1000", "account_6": "754110"}.items():
        assert kept.fields[name] == text
    assert "facture n\u00b0 12.pdf" in page.text
    posted = browser.submit(
        kept, {"account_6": "", "account_9": "754110", "credit_9": "234,5", "project_9": "", "act": "post"}
    )
    (entry,) = entries(world)
    assert posted.url.endswith(str(entry.id))
    assert len(entry.lines) == 3
    assert entry.details["attachment_name"] == "facture n\u00b0 12.pdf"


BESIDE: Final = {
    "day": ({"day": ""}, "Fill in this field."),
    "day of tomorrow": ({"day": "2026-03-04"}, "3 March 2026 at the latest"),
    "day long past": ({"day": "1026-03-02"}, "at the earliest"),
    "label": ({"label": " "}, "Fill in this field."),
    "reason": ({"reason": ""}, "Fill in this field."),
    "account_1": ({"account_1": ""}, "Fill in this field."),
    "account_1 unknown": ({"account_1": "999"}, "no account 999"),
    "account_1 of Stripe": ({"account_1": "511510"}, "Nobody posts to account 511510 by hand"),
    "account_2 of Stripe, held back": ({"account_2": "511520"}, "Nobody posts to account 511520 by hand"),
    "debit_1": ({"debit_1": "1.234"}, "two ways"),
    "debit_1 unreadable": ({"debit_1": "vingt"}, "cannot be read"),
    "debit_1 with both sides": ({"credit_1": "1"}, "not both"),
    "debit_1 with no side": ({"debit_1": ""}, "a debit or a credit"),
    "credit_2": ({"credit_2": "-1234.50"}, "more than zero"),
    "credit_2 of nothing": ({"credit_2": "0"}, "more than zero"),
    "project_1": ({"project_1": "PRJ999999"}, "PRJ999999"),
    "contributor_1": ({"contributor_1": "C000001"}, "no contributor C000001"),
    "lines": ({"credit_2": "1234"}, "they differ by \u20ac0.50"),
    "lines that are none": ({name: "" for name in TYPED if name[-1].isdigit()}, "two lines at least"),
    "lines of a project": ({"project_1": "PRJ000001"}, "PRJ000001 differ by \u20ac1,234.50"),
}


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_posted(world: World) -> None:
    browser = sign_in(world, TREASURER)
    form = form_of(browser, "en")
    for where, (typed, told) in BESIDE.items():
        page = browser.submit(form, {**TYPED, **typed}, files=INVOICE)
        field = where.split()[0]
        assert page.status == 422, where
        error = page.by_id(f"{field}-error")
        assert error is not None, where
        assert told in "".join(error.itertext()), where
        assert f"#{field}" in page.links().values(), where
        kept = page.form().fields
        assert {name: kept[name] for name in TYPED} == {**TYPED, **{n: t for n, t in typed.items() if n in TYPED}}
    assert entries(world) == []


FILES: Final = {
    "missing": ({}, "Fill in this field."),
    "a program": ({"attachment": ("facture.pdf", b"MZ\x90\x00")}, "neither PDF nor PNG nor JPEG"),
    "a page": ({"attachment": ("facture.html", b"<script>")}, "neither PDF nor PNG nor JPEG"),
    "empty": ({"attachment": ("facture.pdf", b"")}, "empty"),
    "too large": ({"attachment": ("facture.pdf", PDF + bytes(10 * 1024 * 1024))}, "10 MB at most"),
}


def test_a_document_is_asked_for_and_known_by_its_first_bytes(world: World) -> None:
    browser = sign_in(world, TREASURER)
    for name, (files, told) in FILES.items():
        page = send(browser, files=files)
        assert page.status == 422, name
        assert told in page.error_of("attachment"), name
    assert entries(world) == []
    for content in (PDF, b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."):
        assert send(browser, files={"attachment": ("../../x/pi\u00e8ce", content)}).status == 200
    assert [entry.details["attachment_name"] for entry in entries(world)] == ["pi\u00e8ce"] * 3


def test_a_name_of_a_document_that_nobody_kept_is_no_document(world: World) -> None:
    browser = sign_in(world, TREASURER)
    for forged in ("0" * 64, "../" * 21 + "x", "nothing"):
        page = send(browser, {"kept": forged, "kept_name": "facture.pdf"}, files={})
        assert page.status == 422, forged
        assert page.error_of("attachment"), forged
    assert entries(world) == []


def test_a_day_in_a_closed_period_is_refused_and_never_moved(world: World) -> None:
    with world.means.database.transaction() as session:
        book_id = organisations.get(session, "amis-du-lavoir").book_id
        period = periods.open_span(session, book_id, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
        periods.close(session, period.id, now=world.clock())
        periods.close_for_good(session, period.id, now=world.clock())
    page = send(sign_in(world, TREASURER), {"day": "2025-12-31"})

    assert page.status == 422
    assert "period that is closed" in page.error_of("day")
    assert entries(world) == []


def test_a_closed_account_and_an_overdrawn_one_are_told_beside_their_line(world: World) -> None:
    book_id = book_of(world)
    with world.means.database.transaction() as session:
        book.add_account(session, book_id, "467991", under="467", label="Avances", guard="credit_only")
        book.add_account(session, book_id, "467992", under="467", label="Ancien compte")
        book.close_account(session, book_id, "467992", closed_on=date(2025, 12, 31))
    browser = sign_in(world, TREASURER)
    for account, told in (("467991", "wrong side of zero"), ("467992", "takes no entry after")):
        page = send(browser, {"account_1": account})
        assert page.status == 422
        assert told in page.error_of("account_1"), account
    assert entries(world) == []


def test_a_form_whose_token_expired_is_shown_again_with_what_was_typed(world: World) -> None:
    page = send(sign_in(world, TREASURER), {"csrf_token": "old"})

    assert page.status == 422
    assert page.form().fields["reason"] == TYPED["reason"]
    assert entries(world) == []


def test_an_auditor_reads_an_entry_and_posts_and_reverses_none(world: World) -> None:
    page = send(sign_in(world, TREASURER))
    auditor = sign_in(world, AUDITOR)
    token = auditor.open("/en/sign-in").form().fields["csrf_token"]

    assert auditor.open(page.url).status == 200
    assert "Reverse this entry" not in auditor.open(page.url).text
    assert auditor.open(NEW["en"]).status == 403
    assert auditor.post(NEW["en"], {**TYPED, "csrf_token": token, "once": "x"}).status == 403
    assert auditor.post(page.url, {"reason": "no", "csrf_token": token, "once": "x"}).status == 403
    assert len(entries(world)) == 1


def test_a_manual_entry_is_reversed_once_with_a_reason(world: World) -> None:
    browser = sign_in(world, TREASURER)
    page = send(browser)
    (entry,) = entries(world)
    form = page.form()

    assert browser.submit(form).error_of("reason")
    reversal = browser.submit(form, {"reason": "Wrong account"})
    assert f"Reverses entry {entry.id}." in reversal.text
    assert "Wrong account" in reversal.text
    assert "Reversal: Virement interne" in reversal.text
    assert browser.submit(form, {"reason": "Wrong account"}).url == reversal.url

    other = browser.submit(form, {"reason": "Wrong account", "once": "another-form"})
    assert other.status == 409
    assert "reversed already" in other.text
    old = browser.open(page.url)
    assert f"Reversed by entry {entries(world)[1].id}." in old.text
    assert "Reverse this entry" not in old.text
    assert "Reverse this entry" not in reversal.text
    assert [line.money.minor for line in entries(world)[1].lines] == [-123_450, 123_450]
    assert str(entries(world)[1].effective_on) == "2026-03-03"


def test_an_entry_tells_its_number_once_it_is_sealed(world: World) -> None:
    browser = sign_in(world, TREASURER)
    page = send(browser)
    assert "within a few minutes" in page.text
    with world.means.database.transaction() as session:
        seals.seal(session, now=world.clock())
    assert "(sealed)" in browser.open(page.url).text


def test_an_entry_that_the_program_posted_has_a_page_and_is_reversed_by_nobody(world: World) -> None:
    give_and_pay(world)
    browser = sign_in(world, TREASURER)
    (entry,) = entries(world)
    where = f"/en/treasury/amis-du-lavoir/entries/{entry.id}"
    journal = browser.open("/en/treasury/amis-du-lavoir/journal")
    assert journal.links()[str(entry.id)] == where
    page = browser.open(where)
    assert page.status == 200
    assert "Camille Moreau" in page.text
    assert "Reverse this entry" not in page.text
    assert browser.open(f"{where}/attachment").status == 404

    token = browser.open("/en/sign-in").form().fields["csrf_token"]
    refused = browser.post(where, {"csrf_token": token, "once": "x", "reason": "no"})
    assert refused.status == 409
    assert "cannot be reversed by hand" in refused.text


def test_an_entry_of_another_book_or_of_none_is_not_found(world: World) -> None:
    send(sign_in(world, TREASURER))
    (entry,) = entries(world)
    other = sign_in(world, OTHER_TREASURER)
    for where in (
        f"amis-du-verger/entries/{entry.id}",
        f"amis-du-lavoir/entries/{entry.id}",
        "amis-du-verger/entries/9",
    ):
        assert other.open(f"/en/treasury/{where}").status == 404, where
        assert other.open(f"/en/treasury/{where}/attachment").status == 404, where


def test_a_full_disk_posts_nothing_and_keeps_what_was_typed(world: World) -> None:
    full = MemoryFileStore()
    full.full = True
    browser = sign_in(world, TREASURER)
    world.renew(files=full)
    fresh = sign_in(world, TREASURER)
    page = send(fresh)

    assert page.status == 503
    assert page.form().fields["reason"] == TYPED["reason"]
    assert entries(world) == []
    assert browser.open(NEW["fr"]).status == 200
