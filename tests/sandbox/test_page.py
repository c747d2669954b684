"""The hosted page over HTTP, in both languages: what it shows, takes, refuses and forgets."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import stripe

from ledger.sandbox import words
from tests.sandbox.gifts import OpenSession, session_params
from tests.sandbox.receiver import Receiver
from tests.sandbox_server import SandboxServer

GOOD = {"number": "4000 0025 0000 0003", "expiry": "12 / 34", "cvc": "123", "name": "Camille"}
LUHN_VALID = "4539578763621486"


@dataclass(frozen=True)
class Shown:
    status: int
    text: str
    headers: Message


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def visit(url: str, form: dict[str, str] | None = None, *, language: str = "fr") -> Shown:
    body = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data=body, headers={"Accept-Language": language})  # noqa: S310
    try:
        with urllib.request.build_opener(KeepRedirects).open(request, timeout=20) as answer:
            return Shown(answer.status, answer.read().decode(), answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Shown(error.code, error.read().decode(), error.headers)


@pytest.fixture
def page(open_session: OpenSession) -> str:
    return str(open_session().url)


def test_both_languages_say_the_same_things() -> None:
    assert words.catalogue("fr").keys() == words.catalogue("en").keys()


@pytest.mark.parametrize(
    ("locale", "accepted", "seen"),
    [
        ("fr", "en", ["BAC À SABLE — aucun paiement réel", "55,00\N{NO-BREAK SPACE}€", "Annuler et revenir"]),
        ("en", "fr", ["SANDBOX — no real payment", "€55.00", "Cancel and go back"]),
        ("auto", "en-GB,en;q=0.9", ["SANDBOX — no real payment"]),
        (None, "de", ["BAC À SABLE — aucun paiement réel"]),
    ],
)
def test_the_page_speaks_the_sessions_language_or_the_browsers(
    open_session: OpenSession, locale: str | None, accepted: str, seen: list[str]
) -> None:
    session = open_session(**({"locale": locale} if locale else {}))
    shown = visit(str(session.url), language=accepted)
    assert shown.status == 200
    for text in [*seen, "Un jardin à l’école", "camille@example.org"]:
        assert text in shown.text


def test_nothing_comes_from_elsewhere(page: str) -> None:
    shown = visit(page)
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ")
    assert "http://127.0.0.1:1;" in policy
    assert "<script" not in shown.text
    assert "style=" not in shown.text
    assert re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', shown.text) == [
        "/c/static/sandbox.css",
        "/c/static/icon.svg",
    ]


def test_a_good_card_leads_back_with_the_sessions_id(sandbox: SandboxServer, page: str) -> None:
    shown = visit(page, GOOD)
    session = page.rpartition("/")[2]
    assert (shown.status, shown.headers["Location"]) == (303, f"http://127.0.0.1:1/merci?cs={session}")
    assert sandbox.objects("checkout.session")[0]["status"] == "complete"
    again = visit(page)
    assert "Ce paiement est déjà fait." in again.text
    assert f"merci?cs={session}" in again.text


def test_a_second_click_pays_nothing_more(sandbox: SandboxServer, page: str) -> None:
    visit(page, GOOD)
    assert visit(page, GOOD).headers["Location"] == f"/c/pay/{page.rpartition('/')[2]}"
    assert len(sandbox.objects("charge")) == 1


def test_a_declined_card_is_said_and_another_is_taken(sandbox: SandboxServer, page: str) -> None:
    declined = visit(page, GOOD | {"number": "4000000000009995"})
    assert declined.status == 303
    shown = visit(page)
    assert "provision insuffisante" in shown.text
    assert 'value="Camille"' in shown.text
    assert "<title>Erreur" in shown.text
    assert visit(page, GOOD).headers["Location"].startswith("http://127.0.0.1:1/merci")
    assert sandbox.objects("checkout.session")[0]["payment_status"] == "paid"


@pytest.mark.parametrize("card", ["0002", "9987", "9979", "0069", "0127", "0119", "6975", "0341"])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_decline_has_its_words(open_session: OpenSession, card: str, language: str) -> None:
    url = str(open_session(locale=language).url)
    visit(url, GOOD | {"number": f"400000000000{card}"})
    assert words.catalogue(language)["declined_next"] in visit(url).text


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("number", LUHN_VALID, "foreign_number"),
        ("number", "4242424242424241", "bad_number"),
        ("number", "", "no_number"),
        ("expiry", "13 / 34", "bad_expiry"),
        ("expiry", "02 / 26", "past_expiry"),
        ("cvc", "12", "bad_cvc"),
        ("cvc", "1234", "bad_cvc"),
        ("name", " ", "no_name"),
    ],
)
def test_a_wrong_field_is_named_beside_it_and_the_rest_is_kept(
    sandbox: SandboxServer, page: str, field: str, value: str, error: str
) -> None:
    shown = visit(page, GOOD | {field: value})
    assert shown.status == 422
    assert f'id="{field}-error">{words.catalogue("fr")[error]}' in shown.text
    assert shown.text.count('aria-invalid="true"') == 1
    for kept in GOOD.keys() - {field, "number"}:
        assert f'value="{GOOD[kept]}"' in shown.text
    assert LUHN_VALID not in shown.text
    assert sandbox.objects("payment_intent") == []


def test_the_payers_address_is_asked_where_the_session_has_none(client: stripe.StripeClient) -> None:
    params: Any = session_params()
    del params["customer_email"]
    session = client.v1.checkout.sessions.create(params=params)
    url = str(session.url)
    assert words.catalogue("fr")["bad_email"] in visit(url, GOOD | {"email": "camille@"}).text
    assert visit(url, GOOD | {"email": "élise@exemple.fr"}).status == 303
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.customer_details is not None
    assert paid.customer_details.email == "élise@exemple.fr"


def test_a_test_card_fills_the_form_without_javascript(page: str) -> None:
    assert "4000 0000 0000 0002" in visit(f"{page}?card=declined").text
    assert 'value="1234"' in visit(f"{page}?card=amex").text
    assert 'id="number"' in visit(f"{page}?card=nothing").text


@pytest.mark.parametrize(
    ("answer", "leads", "status"),
    [("pass", "http://127.0.0.1:1/merci", "complete"), ("fail", "/c/pay/", "open"), ("close", "/c/pay/", "open")],
)
def test_three_d_secure_asks_on_a_page_of_its_own(
    sandbox: SandboxServer, page: str, answer: str, leads: str, status: str
) -> None:
    asked = visit(page, GOOD | {"number": "4000002760003184"})
    assert asked.headers["Location"].endswith("/3ds")
    assert "Authentifier" in visit(f"{page}/3ds").text
    answered = visit(f"{page}/3ds", {"answer": answer})
    assert answered.headers["Location"].startswith(leads)
    assert sandbox.objects("checkout.session")[0]["status"] == status
    if status == "open":
        assert "Erreur" in visit(page).text
        assert visit(page, GOOD).headers["Location"].startswith("http://127.0.0.1:1/merci")


def test_the_question_is_not_shown_unasked(page: str) -> None:
    assert visit(f"{page}/3ds").status == 303
    assert visit(f"{page}/3ds", {"answer": "pass"}).headers["Location"] == urllib.parse.urlsplit(page).path


def test_an_expired_session_says_so(sandbox: SandboxServer, page: str) -> None:
    sandbox.advance(24 * 3600)
    shown = visit(page, GOOD)
    assert shown.status == 303
    assert "plus ouverte" in visit(page).text
    assert sandbox.objects("charge") == []


def test_an_unknown_session_is_not_found(sandbox: SandboxServer) -> None:
    assert visit(f"{sandbox.url}/c/pay/cs_x").status == 404
    assert visit(f"{sandbox.url}/c/pay/cs_x", GOOD).status == 303


def test_names_are_shown_as_text(open_session: OpenSession) -> None:
    line = session_params()["line_items"][0]
    line["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    assert "<script" not in visit(str(open_session(line_items=[line]).url)).text


def test_the_payer_waits_for_the_webhook_before_leaving(tmp_path: Path, receiver: Receiver) -> None:
    with SandboxServer(
        tmp_path / "alone.db", webhook_url=receiver.url, by_itself=True, frozen_at=None, redirect_wait=20
    ) as alone:
        client = stripe.StripeClient(alone.api_key, base_addresses={"api": alone.url})
        params: Any = session_params()
        assert visit(str(client.v1.checkout.sessions.create(params=params).url), GOOD).status == 303
        assert receiver.types[-1] == "checkout.session.completed"


def test_the_process_ends_cleanly_when_asked(tmp_path: Path) -> None:
    given = {"database_path": str(tmp_path / "s.db"), "base_url": "", "api_key": "k", "webhook_secret": "w"}
    program = (
        "import json,sys,pathlib; from ledger.sandbox import app, serve; g=json.loads(sys.argv[1]);"
        "g['database_path']=pathlib.Path(g['database_path']);"
        "serve.serve(app.SandboxConfig(**g, webhook_url=None), host='127.0.0.1', port=0,"
        " ready=lambda: print('ready', flush=True))"
    )
    for asked in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen([sys.executable, "-c", program, json.dumps(given)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(asked)
            assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(("language", "told"), [("fr", "Un remplaçant de Stripe"), ("en", "A stand-in for Stripe")])
def test_the_front_page_says_what_answers_here_and_which_cards_it_takes(
    sandbox: SandboxServer, language: str, told: str
) -> None:
    shown = visit(f"{sandbox.url}/", language=language)
    assert told in shown.text
    assert "4000002500000003" in shown.text
