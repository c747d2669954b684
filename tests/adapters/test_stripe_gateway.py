"""What Stripe's adapter sends, to the letter, and what it makes of each way in which Stripe can fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import stripe

from ledger.adapters.stripe_gateway import StripeGateway
from ledger.money import Money
from ledger.ports import (
    CheckoutLine,
    CheckoutRequest,
    CheckoutStatus,
    GatewayRefused,
    GatewayUnavailable,
    PaymentStatus,
)
from tests.adapters.providers import StripeProvider, stripe_provider

NOON: Final = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
Answer = tuple[int, Any, Mapping[str, str]]


class ScriptedClient(stripe.HTTPClient):
    """Answers with what a test wrote, and keeps what was asked; the last answer is given for ever."""

    name = "scripted"

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        self.asked.append((method, url, dict(headers or {}), post_data or ""))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, answered = answer
        return (body if isinstance(body, str) else json.dumps(body)), status, answered

    def close(self) -> None:
        pass

    def _sleep_time_seconds(self, num_retries: int) -> float:  # noqa: ARG002 - the library's own signature
        return 0


def make_gateway(*answers: Answer | Exception) -> tuple[StripeGateway, ScriptedClient]:
    http = ScriptedClient(*answers)
    return StripeGateway("sk_test_x", webhook_secrets=("whsec_x",), http_client=http), http


def make_request(**changes: Any) -> CheckoutRequest:
    given: dict[str, Any] = {
        "reference": "pledge-42/1",
        "idempotency_key": "cs:pledge-42:1",
        "lines": (CheckoutLine("Don – « Jardin »", Money(2000)), CheckoutLine("Pourboire & merci", Money(100))),
        "email": "zoe.durand+don@exemple.fr",
        "locale": "fr",
        "success_url": "https://ecot.example/fr/merci?cs={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://ecot.example/fr/projets/jardin",
        "expires_at": NOON + timedelta(hours=1),
        "description": "Jardin partagé",
    }
    return CheckoutRequest(**(given | changes))


def refusal(
    status: int, kind: str = "invalid_request_error", headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    return status, {"error": {"type": kind, "message": "words that decide nothing", **more}}, headers or {}


def lost_connection(*, should_retry: bool) -> Exception:
    error: Exception = stripe.APIConnectionError("down", should_retry=should_retry)  # type: ignore[no-untyped-call]
    return error


def page(*values: Any, more: bool) -> Answer:
    return 200, {"object": "list", "url": "/v1/balance_transactions", "has_more": more, "data": list(values)}, {}


def movement(number: int) -> dict[str, Any]:
    return {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "amount": 100,
        "available_on": 1,
        "created": number,
        "currency": "eur",
        "fee": 0,
        "fee_details": [],
        "net": 100,
        "reporting_category": "charge",
        "source": None,
        "status": "pending",
        "type": "charge",
    }


@pytest.fixture
def provider(tmp_path: Path) -> Any:
    with stripe_provider(tmp_path) as provider:
        yield provider


def test_a_checkout_is_asked_for_in_these_words(provider: StripeProvider) -> None:
    provider.gateway.open_checkout(make_request())

    [sent] = provider.http.sent("POST", "/v1/checkout/sessions")
    assert sent.parameters == {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 2000,
                    "product_data": {"name": "Don – « Jardin »"},
                },
                "quantity": 1,
            },
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 100,
                    "product_data": {"name": "Pourboire & merci"},
                },
                "quantity": 1,
            },
        ],
        "success_url": "https://ecot.example/fr/merci?cs={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://ecot.example/fr/projets/jardin",
        "client_reference_id": "pledge-42/1",
        "metadata": {"checkout": "pledge-42/1"},
        "payment_intent_data": {"description": "Jardin partagé", "metadata": {"checkout": "pledge-42/1"}},
        "customer_email": "zoe.durand+don@exemple.fr",
        "allowed_payment_method_types": ["card"],
        "submit_type": "donate",
        "locale": "fr",
        "expires_at": int((NOON + timedelta(hours=1)).timestamp()),
        "adaptive_pricing": {"enabled": False},
    }
    assert sent.headers["Idempotency-Key"] == "cs:pledge-42:1"
    assert sent.headers["Stripe-Version"] == "2026-10-28.endive"
    assert "X-Stripe-Client-Telemetry" not in sent.headers


def test_everything_is_read_in_one_request(provider: StripeProvider) -> None:
    session_id = provider.gateway.open_checkout(make_request()).session_id
    provider.http.exchanges.clear()

    provider.gateway.fetch_checkout(session_id)

    [sent] = provider.http.exchanges
    assert sent.parameters == {"expand": ["payment_intent.latest_charge.balance_transaction"]}


def test_a_payer_who_is_asked_to_authenticate_has_not_paid(provider: StripeProvider) -> None:
    session_id = provider.gateway.open_checkout(make_request()).session_id
    provider.sandbox.pay(session_id, card="4000002760003184", three_d_secure="close")

    facts = provider.gateway.fetch_checkout(session_id)

    assert facts.status is CheckoutStatus.OPEN
    assert facts.payment_status is PaymentStatus.WAITING


def test_a_payer_who_failed_to_authenticate_can_try_again(provider: StripeProvider) -> None:
    session_id = provider.gateway.open_checkout(make_request()).session_id
    provider.sandbox.pay(session_id, card="4000002760003184", three_d_secure="fail")

    facts = provider.gateway.fetch_checkout(session_id)

    assert facts.status is CheckoutStatus.OPEN
    assert facts.payment_status is PaymentStatus.WAITING
    assert facts.error_code == "payment_intent_authentication_failure"


def test_a_payment_in_another_currency_is_told_in_that_currency(provider: StripeProvider) -> None:
    session_id = provider.gateway.open_checkout(make_request()).session_id
    provider.sandbox.pay(session_id, currency="usd")

    facts = provider.gateway.fetch_checkout(session_id)

    assert facts.amount == Money(2100, "USD")


def test_a_hiccup_is_tried_again_with_the_same_key_and_nobody_notices(provider: StripeProvider) -> None:
    provider.sandbox.break_calls(method="POST", path="/v1/checkout/sessions", when="after", action="close", count=2)

    provider.gateway.open_checkout(make_request())

    sent = list(provider.http.sent("POST", "/v1/checkout/sessions"))
    assert [one.status for one in sent] == [0, 0, 200]
    assert {one.headers["Idempotency-Key"] for one in sent} == {"cs:pledge-42:1"}
    assert provider.sessions() == 1


def test_a_sandbox_on_this_machine_is_not_asked_through_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with stripe_provider(tmp_path) as provider:
        gateway = StripeGateway(provider.sandbox.api_key, webhook_secrets=(), api_url=provider.sandbox.url)

        assert gateway.find_checkout(payment_intent_id="pi_none") is None


Call = Callable[[StripeGateway], object]
CALLS: Final[dict[str, Call]] = {
    "open_checkout": lambda gateway: gateway.open_checkout(make_request()),
    "fetch_checkout": lambda gateway: gateway.fetch_checkout("cs_1"),
    "find_checkout": lambda gateway: gateway.find_checkout(payment_intent_id="pi_1"),
    "payment_of_charge": lambda gateway: gateway.payment_of_charge("ch_1"),
    "expire_checkout": lambda gateway: gateway.expire_checkout("cs_1"),
    "list_balance_transactions": lambda gateway: list(gateway.list_balance_transactions(since=NOON)),
    "list_events": lambda gateway: list(gateway.list_events(since=NOON)),
}

UNAVAILABLE: Final[dict[str, tuple[Answer | Exception, int]]] = {
    "no connection": (lost_connection(should_retry=True), 3),
    "no connection, pointless to insist": (lost_connection(should_retry=False), 1),
    "internal error": (refusal(500, "api_error"), 3),
    "internal error, pointless to insist": (refusal(500, "api_error", {"stripe-should-retry": "false"}), 1),
    "bad gateway": ((502, "<html>nginx</html>", {}), 3),
    "service unavailable": (refusal(503, "api_error"), 3),
    "two at once with one key": (refusal(409, "idempotency_error", code="idempotency_key_in_use"), 3),
    "too many requests": (refusal(429, code="rate_limit"), 1),
    "object locked": (refusal(429, code="lock_timeout"), 1),
    "a wifi's sign-in page": ((200, "<html>Bienvenue</html>", {}), 1),
}

REFUSED: Final[dict[str, Answer]] = {
    "unknown parameter": refusal(400, code="parameter_unknown", param="line_items"),
    "one key for two requests": refusal(400, "idempotency_error"),
    "wrong key": refusal(401),
    "not allowed": refusal(403),
    "card refused": refusal(402, "card_error", code="card_declined"),
    "a method that does not exist": refusal(405),
}


@pytest.mark.parametrize("failure", UNAVAILABLE)
@pytest.mark.parametrize("method", CALLS)
def test_what_may_pass_by_itself_is_unavailable(method: str, failure: str) -> None:
    answer, attempts = UNAVAILABLE[failure]
    gateway, http = make_gateway(answer)

    with pytest.raises(GatewayUnavailable):
        CALLS[method](gateway)
    assert len(http.asked) == attempts


@pytest.mark.parametrize("failure", REFUSED)
@pytest.mark.parametrize("method", CALLS)
def test_what_stays_as_it_is_is_refused(method: str, failure: str) -> None:
    gateway, _ = make_gateway(REFUSED[failure])

    with pytest.raises(GatewayRefused):
        CALLS[method](gateway)


def test_a_refusal_keeps_what_a_person_needs_to_find_it_at_stripe() -> None:
    headers = {"request-id": "req_42"}
    gateway, _ = make_gateway(refusal(400, headers=headers, code="parameter_unknown", param="line_items"))

    with pytest.raises(GatewayRefused) as caught:
        gateway.open_checkout(make_request())

    assert caught.value.values == {
        "status": 400,
        "code": "parameter_unknown",
        "param": "line_items",
        "request_id": "req_42",
    }


def test_a_conflict_keeps_its_code_which_the_library_hides() -> None:
    gateway, _ = make_gateway(refusal(409, "idempotency_error", code="idempotency_key_in_use"))

    with pytest.raises(GatewayUnavailable) as caught:
        gateway.open_checkout(make_request())

    assert caught.value.values["code"] == "idempotency_key_in_use"


@pytest.mark.parametrize("method", ["find_checkout", "payment_of_charge"])
def test_what_does_not_exist_is_found_to_be_nothing(method: str) -> None:
    gateway, _ = make_gateway(refusal(404, code="resource_missing", param="id"))

    assert CALLS[method](gateway) is None


def test_a_list_is_followed_page_after_page_with_its_filter() -> None:
    gateway, http = make_gateway(page(movement(9), movement(8), more=True), page(movement(7), more=False))

    found = [facts.id for facts in gateway.list_balance_transactions(since=NOON)]

    assert found == ["txn_9", "txn_8", "txn_7"]
    first, second = (url for _, url, _, _ in http.asked)
    assert "limit=100" in first
    assert f"={int(NOON.timestamp())}" in second
    assert "starting_after=txn_8" in second


def test_a_list_that_breaks_on_its_second_page_says_so() -> None:
    gateway, _ = make_gateway(page(movement(9), more=True), refusal(500, "api_error"))
    movements = gateway.list_balance_transactions(since=NOON)

    assert next(movements).id == "txn_9"
    with pytest.raises(GatewayUnavailable):
        next(movements)


def test_a_movement_that_lost_its_field_is_a_fault_and_not_a_zero() -> None:
    broken = {name: value for name, value in movement(1).items() if name != "fee"}
    gateway, _ = make_gateway(page(broken, more=False))

    with pytest.raises(KeyError):
        list(gateway.list_balance_transactions(since=NOON))


@pytest.mark.parametrize("lines", [(Money(2000), Money(0)), (Money(-1),), (Money(99_999_999), Money(1))])
def test_an_amount_out_of_bounds_never_leaves_the_house(lines: tuple[Money, ...]) -> None:
    gateway, http = make_gateway(refusal(500))

    with pytest.raises(GatewayRefused):
        gateway.open_checkout(make_request(lines=tuple(CheckoutLine("Don", amount) for amount in lines)))
    assert http.asked == []


def test_no_telemetry_is_sent_or_kept() -> None:
    make_gateway(refusal(500))

    assert stripe.enable_telemetry is False
