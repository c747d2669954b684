"""Faults of API calls: what a client must survive, with the answers that Stripe gives."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.gifts import OpenSession
from tests.sandbox_server import CommandRefused, SandboxServer

SESSIONS = "/v1/checkout/sessions"


def test_an_error_before_the_effect_leaves_nothing(sandbox: SandboxServer, open_session: OpenSession) -> None:
    sandbox.break_calls(method="POST", path=SESSIONS, status=500)
    with pytest.raises(stripe.APIError) as broken:
        open_session(idempotency_key="cs:1")
    assert broken.value.http_status == 500
    assert sandbox.objects("checkout.session") == []
    assert open_session(idempotency_key="cs:1").status == "open"


def test_an_error_after_the_effect_is_kept_and_replayed(sandbox: SandboxServer, open_session: OpenSession) -> None:
    sandbox.break_calls(method="POST", path=SESSIONS, when="after", status=500)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            open_session(idempotency_key="cs:1")
    assert len(sandbox.objects("checkout.session")) == 1


@pytest.mark.parametrize("action", ["close", "hang"])
def test_a_lost_answer_is_found_again_by_its_key(
    sandbox: SandboxServer, open_session: OpenSession, action: str
) -> None:
    sandbox.break_calls(method="POST", path=SESSIONS, when="after", action=action, seconds=0.05)
    with pytest.raises(stripe.APIConnectionError):
        open_session(idempotency_key="cs:1")
    [kept] = sandbox.objects("checkout.session")
    assert open_session(idempotency_key="cs:1").id == kept["id"]


def test_a_connection_closed_before_the_effect_leaves_nothing(
    sandbox: SandboxServer, open_session: OpenSession
) -> None:
    sandbox.break_calls(action="close")
    with pytest.raises(stripe.APIConnectionError):
        open_session()
    assert sandbox.objects("checkout.session") == []


def test_the_sdk_retries_what_it_can(sandbox: SandboxServer, client: stripe.StripeClient) -> None:
    sandbox.break_calls(path="/v1/balance", status=503, count=1)
    assert client.v1.balance.retrieve(options={"max_network_retries": 1}).object == "balance"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(429, stripe.RateLimitError, "lock_timeout"), (409, stripe.APIError, "idempotency_key_in_use")],
)
def test_contention_is_answered_as_stripe_does(
    sandbox: SandboxServer, client: stripe.StripeClient, status: int, kind: type[stripe.StripeError], code: str
) -> None:
    sandbox.break_calls(path="/v1/bal*", status=status, retry=False)
    with pytest.raises(kind) as broken:
        client.v1.balance.retrieve()
    assert broken.value.http_status == status
    assert broken.value.error is not None
    assert broken.value.error.code == code
    assert client.v1.balance.retrieve().object == "balance"


def test_a_fault_strikes_as_often_as_it_was_ordered(sandbox: SandboxServer, client: stripe.StripeClient) -> None:
    sandbox.break_calls(path="/v1/balance", count=None)
    for _ in range(3):
        with pytest.raises(stripe.APIError):
            client.v1.balance.retrieve()
    sandbox.control("faults", clear=True)
    assert client.v1.balance.retrieve().object == "balance"


def test_an_order_that_makes_no_sense_is_refused(sandbox: SandboxServer) -> None:
    with pytest.raises(CommandRefused, match="unknown field: pathh"):
        sandbox.break_calls(pathh="/v1/balance")
    with pytest.raises(CommandRefused, match="action must be one of"):
        sandbox.break_webhooks("explode")
    assert sandbox.state()["faults"] == []
