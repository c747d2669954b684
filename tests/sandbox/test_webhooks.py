"""Webhooks on their way: signatures, order, retries, and the faults that can be ordered."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.gifts import OpenSession
from tests.sandbox.receiver import Receiver
from tests.sandbox_server import SandboxServer

ALL = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.fixture
def paid(sandbox: SandboxServer, open_session: OpenSession) -> str:
    session = open_session()
    sandbox.pay(session.id)
    return session.id


def verify(client: stripe.StripeClient, delivered: tuple[bytes, str], secret: str) -> stripe.Event:
    return client.construct_event(delivered[0], delivered[1], secret, tolerance=10**9)


def test_events_come_in_order_and_signed(
    sandbox: SandboxServer, client: stripe.StripeClient, receiver: Receiver, paid: str
) -> None:
    sandbox.deliver()
    assert receiver.types == ALL
    assert receiver.events[-1]["data"]["object"]["id"] == paid
    for delivered in receiver.received:
        assert verify(client, delivered, sandbox.webhook_secret).object == "event"
    with pytest.raises(stripe.SignatureVerificationError):
        verify(client, receiver.received[0], "whsec_other")


def test_a_delivery_counts_itself_as_pending_until_it_is_confirmed(
    sandbox: SandboxServer, client: stripe.StripeClient, receiver: Receiver, paid: str
) -> None:
    sandbox.deliver()
    assert paid
    assert [event["pending_webhooks"] for event in receiver.events] == [1, 1, 1, 1]
    assert [event.pending_webhooks for event in client.v1.events.list().data] == [0, 0, 0, 0]


def test_after_a_roll_both_secrets_sign(
    sandbox: SandboxServer, client: stripe.StripeClient, receiver: Receiver, paid: str
) -> None:
    sandbox.control("roll_secret", secret="whsec_new")
    sandbox.deliver()
    assert paid
    assert receiver.received[0][1].count("v1=") == 2
    assert verify(client, receiver.received[0], sandbox.webhook_secret).id
    assert verify(client, receiver.received[0], "whsec_new").id


def test_a_refused_delivery_is_retried_with_growing_pauses(
    sandbox: SandboxServer, client: stripe.StripeClient, receiver: Receiver, paid: str
) -> None:
    receiver.statuses = [500, 200, 200, 200, 200, 307, 500]
    sandbox.deliver()
    assert [event.type for event in client.v1.events.list(params={"delivery_success": False}).data] == ALL[:1]
    assert sandbox.deliver() == []
    sandbox.advance(2)
    sandbox.deliver()
    for pause in (8, 60, 300):
        sandbox.advance(pause - 1)
        assert sandbox.deliver() == []
        sandbox.advance(1)
        assert len(sandbox.deliver()) == 1
    assert receiver.types == [*ALL, "charge.updated", ALL[0], ALL[0], ALL[0]]
    assert client.v1.events.list(params={"delivery_success": False}).data == []
    assert paid


def test_a_redirect_is_not_followed(sandbox: SandboxServer, receiver: Receiver, paid: str) -> None:
    receiver.statuses = [301, 302, 307, 308]
    assert {one["state"] for one in sandbox.deliver()} == {"pending"}
    assert len(receiver.received) == 4
    assert paid


def test_retries_end(sandbox: SandboxServer, receiver: Receiver, paid: str) -> None:
    receiver.statuses = [500] * 100
    for _ in range(12):
        sandbox.deliver(everything=True)
    assert {one["state"] for one in sandbox.state()["deliveries"]} == {"failed"}
    assert len(receiver.received) == 40
    assert paid


def test_an_event_can_be_sent_again(sandbox: SandboxServer, receiver: Receiver, paid: str) -> None:
    sandbox.deliver()
    sandbox.control("redeliver", event=receiver.events[-1]["id"])
    sandbox.deliver()
    assert receiver.events[-1]["id"] == receiver.events[-2]["id"]
    assert paid


FAULTS: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("delay", {"types": ["payment_intent.*"], "seconds": 50, "count": None}, ALL[1::2], ALL[::2]),
    ("duplicate", {"types": ["charge.succeeded"], "copies": 2}, [*ALL[:2], *ALL[1:2] * 2, *ALL[2:]], []),
    ("drop", {"types": ["checkout.session.completed"]}, ALL[:3], ALL[3:]),
    ("lose", {"types": ["checkout.session.completed"]}, ALL[:3], []),
    ("unacknowledged", {"types": ["charge.succeeded"]}, ALL, ALL[1:2]),
]


@pytest.mark.parametrize(("action", "rule", "at_once", "a_minute_later"), FAULTS)
def test_deliveries_are_broken_as_ordered(
    sandbox: SandboxServer,
    receiver: Receiver,
    open_session: OpenSession,
    action: str,
    rule: dict[str, Any],
    at_once: list[str],
    a_minute_later: list[str],
) -> None:
    sandbox.break_webhooks(action, **rule)
    sandbox.pay(open_session().id)
    sandbox.deliver()
    assert receiver.types == at_once
    sandbox.control("faults", clear=True)
    sandbox.advance(60)
    sandbox.deliver()
    assert [kind for kind in receiver.types[len(at_once) :] if kind != "charge.updated"] == a_minute_later


def test_deliveries_are_shuffled_as_the_seed_decides(
    sandbox: SandboxServer, receiver: Receiver, open_session: OpenSession
) -> None:
    orders = []
    for _ in range(2):
        sandbox.control("reset")
        sandbox.break_webhooks("reorder", count=None)
        sandbox.pay(open_session().id)
        sandbox.deliver()
        orders.append(receiver.types[-4:])
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(ALL)
    assert orders[0] != ALL


def test_one_effect_can_have_two_events(sandbox: SandboxServer, receiver: Receiver, open_session: OpenSession) -> None:
    sandbox.break_webhooks("twin", types=["checkout.session.completed"])
    sandbox.pay(open_session().id)
    sandbox.deliver()
    first, second = receiver.events[-2:]
    assert first["id"] != second["id"]
    assert first["data"] == second["data"]


@pytest.mark.parametrize("action", ["stale", "tamper"])
def test_a_signature_can_be_made_wrong(
    sandbox: SandboxServer,
    client: stripe.StripeClient,
    receiver: Receiver,
    open_session: OpenSession,
    action: str,
) -> None:
    sandbox.break_webhooks(action, types=["charge.succeeded"])
    sandbox.pay(open_session().id)
    sandbox.deliver()
    old = 3600 if action == "stale" else 0
    at = [int(signature.split(",")[0][2:]) for _, signature in receiver.received]
    assert at[0] - at[1] == old
    if action == "tamper":
        with pytest.raises(stripe.SignatureVerificationError):
            verify(client, receiver.received[1], sandbox.webhook_secret)


def test_endpoints_are_made_listed_and_deleted(
    sandbox: SandboxServer, client: stripe.StripeClient, receiver: Receiver, open_session: OpenSession
) -> None:
    made = client.v1.webhook_endpoints.create(
        params={"url": f"{receiver.url}?second", "enabled_events": ["charge.succeeded"]}
    )
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    assert [hasattr(one, "secret") for one in client.v1.webhook_endpoints.list().data] == [False, False]
    sandbox.pay(open_session().id)
    sandbox.deliver()
    assert sorted(receiver.types) == sorted([*ALL, "charge.succeeded"])
    assert client.v1.webhook_endpoints.delete(made.id).deleted


def test_only_this_machine_is_ever_called(client: stripe.StripeClient) -> None:
    for url in ("http://example.org/", "https://127.0.0.1/", "http://192.168.1.1/", "http://127.0.0.1.example.org/"):
        with pytest.raises(stripe.InvalidRequestError, match="outside this machine"):
            client.v1.webhook_endpoints.create(params={"url": url, "enabled_events": ["*"]})


def test_the_state_survives_a_restart(
    sandbox: SandboxServer, client: stripe.StripeClient, receiver: Receiver, paid: str
) -> None:
    receiver.statuses = [500]
    sandbox.deliver()
    sandbox.advance(5)
    before = sandbox.state()
    sandbox.stop()
    sandbox.start()
    assert sandbox.state() == before
    assert client.v1.checkout.sessions.retrieve(paid).status == "complete"
    sandbox.advance(5)
    sandbox.deliver()
    assert receiver.types == [*ALL, "charge.updated", ALL[0]] or receiver.types == [*ALL, ALL[0], "charge.updated"]
