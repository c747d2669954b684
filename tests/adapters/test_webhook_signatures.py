"""Whose notices are believed: the table of good and bad signatures, asked of Stripe's adapter and of the fake."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import stripe

from ledger.adapters.memory import MemoryGateway
from ledger.adapters.stripe_gateway import StripeGateway
from ledger.ports import BadSignature, EventFacts, PaymentGateway

NOW: Final = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
T: Final = int(NOW.timestamp())
SECRET: Final = "whsec_current"
OLD_SECRET: Final = "whsec_old"
EVENT: Final[dict[str, Any]] = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.updated",
    "created": T - 5,
    "api_version": "2026-10-28.endive",
    "livemode": False,
    "data": {"object": {"id": "ch_1", "object": "charge", "description": "Écot – « don »"}},
}
BODY: Final = json.dumps(EVENT, ensure_ascii=False).encode()


def signature(body: bytes = BODY, *, secret: str = SECRET, at: int = T) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def header(body: bytes = BODY, *, secret: str = SECRET, at: int = T) -> str:
    return f"t={at},v1={signature(body, secret=secret, at=at)}"


def stripe_gateway() -> PaymentGateway:
    return StripeGateway("sk_test_x", webhook_secrets=(OLD_SECRET, SECRET))


def memory_gateway() -> PaymentGateway:
    return MemoryGateway(now=NOW, webhook_secret=SECRET)


@pytest.fixture(params=[stripe_gateway, memory_gateway], ids=["stripe", "memory"])
def gateway(request: pytest.FixtureRequest) -> PaymentGateway:
    make: Callable[[], PaymentGateway] = request.param
    return make()


GOOD: Final = {
    "signed by the library's own function": stripe.WebhookSignature.generate_signature_header(
        BODY.decode(), SECRET, timestamp=T
    ),
    "signed": header(),
    "two signatures while a secret is rolled": f"t={T},v1={signature(secret='whsec_next')},v1={signature()}",
    "an older scheme beside": f"{header()},v0={'0' * 64}",
    "299 seconds old": header(at=T - 299),
    "300 seconds old": header(at=T - 300),
    "300 seconds ahead": header(at=T + 300),
}

BAD_HEADERS: Final = {
    "none": "",
    "garbage": "garbage",
    "commas": ",,,",
    "not ASCII": "é",
    "no time": f"v1={signature()}",
    "time is a word": f"t=now,v1={signature()}",
    "time is no whole number": f"t={T}.5,v1={signature()}",
    "time beyond all calendars": f"t={10**40},v1={signature(at=10**40)}",
    "no signature": f"t={T}",
    "only an older scheme": f"t={T},v0={signature()}",
    "empty signature": f"t={T},v1=",
    "a signature that is not ASCII": f"t={T},v1=é",
    "capital letters": f"t={T},v1={signature().upper()}",
    "a space after the comma": header().replace(",", ", "),
    "another secret": header(secret="whsec_other"),
    "the secret with a line's end": header(secret=f"{SECRET}\n"),
    "an empty secret": header(secret=""),
    "another time than signed": f"t={T + 1},v1={signature()}",
    "another body": header(BODY + b" "),
    "the first time counts": f"t={T - 301},t={T},v1={signature()}",
    "301 seconds old": header(at=T - 301),
    "a day old": header(at=T - 86_400),
    "301 seconds ahead": header(at=T + 301),
    "an hour ahead": header(at=T + 3600),
    "ten years ahead": header(at=T + 315_360_000),
    "time zero": header(at=0),
    "before all time": header(at=-T),
}


def altered(**changes: Any) -> bytes:
    return json.dumps(EVENT | changes).encode()


BAD_BODIES: Final = {
    "empty": b"",
    "not UTF-8": b'{"object": "event", "id": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf" + BODY,
    "not JSON": b"payload=1",
    "half of it": BODY[:-20],
    "a list": b"[]",
    "a word": b'"event"',
    "null": b"null",
    "NaN for a time": BODY.replace(str(T - 5).encode(), b"NaN"),
    "an hour that no calendar has": altered(created=10**20),
    "a time in words": altered(created="now"),
    "nested without end": b'{"object":' * 100_000,
    "not an event": altered(object="charge"),
    "a thin notice": altered(object="v2.core.event"),
    "without a kind": json.dumps({name: value for name, value in EVENT.items() if name != "type"}).encode(),
    "without an id": json.dumps({name: value for name, value in EVENT.items() if name != "id"}).encode(),
    "an id that is a number": altered(id=1),
    "an empty id": altered(id=""),
    "without data": altered(data=None),
    "data that is a list": altered(data={"object": []}),
    "data that is a word": altered(data={"object": "charge"}),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_stripe_signed_just_now_is_believed(gateway: PaymentGateway, name: str) -> None:
    assert gateway.read_event(BODY, GOOD[name], now=NOW) == EventFacts(
        id="evt_1",
        type="charge.updated",
        created=datetime.fromtimestamp(T - 5, UTC),
        api_version="2026-10-28.endive",
        livemode=False,
        object_id="ch_1",
        object_type="charge",
    )


def test_each_secret_counts_while_one_replaces_another() -> None:
    gateway = stripe_gateway()

    assert gateway.read_event(BODY, header(secret=OLD_SECRET), now=NOW) == gateway.read_event(
        BODY, header(secret=SECRET), now=NOW
    )


def test_without_a_secret_nothing_is_believed() -> None:
    for secrets in ((), ("",)):
        gateway = StripeGateway("sk_test_x", webhook_secrets=secrets)
        for secret in ("", SECRET):
            with pytest.raises(BadSignature):
                gateway.read_event(BODY, header(secret=secret), now=NOW)


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_what_is_not_signed_for_us_and_now_is_not_believed(gateway: PaymentGateway, name: str) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(BODY, BAD_HEADERS[name], now=NOW)


@pytest.mark.parametrize("name", BAD_BODIES)
def test_what_is_signed_and_still_unreadable_is_refused_in_one_way(gateway: PaymentGateway, name: str) -> None:
    body = BAD_BODIES[name]

    with pytest.raises(BadSignature):
        gateway.read_event(body, header(body), now=NOW)


@pytest.mark.parametrize("position", [0, 10, len(BODY) // 2, len(BODY) - 1])
def test_one_changed_byte_is_noticed(gateway: PaymentGateway, position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1

    with pytest.raises(BadSignature):
        gateway.read_event(bytes(changed), header(), now=NOW)


def test_the_same_event_written_anew_is_not_the_signed_one(gateway: PaymentGateway) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(json.dumps(json.loads(BODY), sort_keys=True).encode(), header(), now=NOW)


def test_an_event_of_a_kind_that_we_do_not_know_is_read_all_the_same(gateway: PaymentGateway) -> None:
    body = altered(type="tea.served", data={"object": {}}, account="acct_1", livemode=True, api_version=None)

    facts = gateway.read_event(body, header(body), now=NOW)

    assert (facts.type, facts.object_id, facts.object_type) == ("tea.served", "", "")
    assert (facts.account, facts.livemode, facts.api_version) == ("acct_1", True, "")
