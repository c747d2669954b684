"""The API as the SDK meets it: keys, versions, parameters, paging, expansion, idempotency."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from ledger.sandbox import parameters
from tests.sandbox import parameter_cut
from tests.sandbox.gifts import OpenSession, session_params
from tests.sandbox_server import NOON, SandboxServer
from tests.stripe_contract import RecordingClient

RIGHT = {"Authorization": "Bearer sk_test_sandbox_4eC39HqLyjWDarjtT1zdp7dc"}


def call(sandbox: SandboxServer, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, Any]:
    request = urllib.request.Request(sandbox.url + path, headers=RIGHT if headers is None else headers, **more)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def refusal(
    sandbox: SandboxServer, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    status, answer = call(sandbox, path, headers=RIGHT | (headers or {}), data=body)
    return status, answer["error"]


def test_the_parameters_are_those_of_the_api_description() -> None:
    assert parameters.schemas() == parameter_cut.whole()


def test_a_session_is_opened_and_read_again(client: stripe.StripeClient, open_session: OpenSession) -> None:
    session = open_session(client_reference_id="promesse-1", metadata={"a": "b"}, locale="fr", submit_type="donate")
    again = client.v1.checkout.sessions.retrieve(session.id)
    assert again.to_dict() == session.to_dict()
    assert (session.amount_total, session.currency, session.status, session.payment_status) == (
        5500,
        "eur",
        "open",
        "unpaid",
    )
    assert (session.created, session.expires_at) == (NOON, NOON + 24 * 3600)
    assert session.id.startswith("cs_test_")
    assert session.payment_intent is None
    lines = client.v1.checkout.sessions.line_items.list(session.id).data
    assert [line.amount_total for line in lines] == [5000, 500]


def test_without_our_key_nothing_is_answered(sandbox: SandboxServer) -> None:
    status, answer = call(sandbox, "/v1/balance", headers={})
    assert status == 401
    assert answer["error"]["message"].startswith("You did not provide an API key.")
    status, answer = call(sandbox, "/v1/balance", headers={"Authorization": "Bearer sk_live_51abcdefghijkl"})
    assert (status, answer["error"]["message"]) == (401, "Invalid API Key provided: sk_live_**********ijkl")


def test_another_version_and_another_account_are_refused(sandbox: SandboxServer) -> None:
    status, error = refusal(sandbox, "/v1/balance", headers={"Stripe-Version": "2020-08-27"})
    assert (status, error["message"][:40]) == (400, "Invalid Stripe API version: 2020-08-27. ")
    assert refusal(sandbox, "/v1/balance", headers={"Stripe-Account": "acct_1"})[1]["code"] == "sandbox_unsupported"


def test_an_unknown_endpoint_is_named(sandbox: SandboxServer) -> None:
    status, error = refusal(sandbox, "/v1/x", b"")
    assert status == 404
    assert error["message"].startswith("Unrecognized request URL (POST: /v1/x).")


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (b"amount=1", "Received unknown parameter: amount", "parameter_unknown"),
        (b"a=1&b=2", "Received unknown parameters: a, b", "parameter_unknown"),
        (
            b"line_items[0][x]=1",
            "Received unknown parameter: line_items[0][x]",
            "parameter_unknown",
        ),
        (b"success_url=http://x", "Missing required param: mode.", "parameter_missing"),
        (b"mode=gift", "Invalid mode: must be one of payment, setup, or subscription", None),
        (b"mode=payment&expires_at=12.5", "Invalid integer: 12.5", "parameter_invalid_integer"),
        (b"adaptive_pricing[enabled]=1", "Invalid boolean: 1", "parameter_invalid_boolean"),
        (b"line_items=1", "Invalid array", None),
        (b"integration_identifier=", "You passed an empty string for", "parameter_invalid_empty"),
        (b"client_reference_id=" + b"x" * 201, "Invalid string: xxxxxxxxxx...xxxxx; must be at most 200", None),
        (b"mode[a]=1", 'Invalid string: {"a": "1"}', "parameter_invalid_string"),
        (b"tax_id_collection[enabled]=true", "The sandbox does not simulate tax_id_collection.", "sandbox_unsupported"),
    ],
)
def test_a_wrong_parameter_is_named(sandbox: SandboxServer, body: bytes, message: str, code: str | None) -> None:
    status, error = refusal(sandbox, "/v1/checkout/sessions", body)
    assert (status, error["message"][: len(message)], error.get("code")) == (400, message, code)
    assert error["type"] == "invalid_request_error"


def test_the_parameters_that_this_version_removed_are_refused(sandbox: SandboxServer) -> None:
    _, error = refusal(sandbox, "/v1/checkout/sessions", b"payment_method_types[0]=card")
    assert error["code"] == "payment_method_types_no_longer_supported"
    _, error = refusal(sandbox, "/v1/checkout/sessions", b"ui_mode=hosted")
    assert error["message"] == "Invalid ui_mode: must be one of elements, embedded_page, or hosted_page"


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"metadata": {f"k{i}": "v" for i in range(51)}}, "metadata"),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]"),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]"),
        ({"success_url": "merci"}, "success_url"),
        ({"customer_email": "camille"}, "customer_email"),
        ({"expires_at": NOON + 1799}, "expires_at"),
        ({"expires_at": NOON + 24 * 3600 + 1}, "expires_at"),
    ],
)
def test_the_limits_are_those_of_stripe(open_session: OpenSession, more: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        open_session(**more)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("minor", "code"), [(0, "amount_too_small"), (49, "amount_too_small"), (100_000_000, "amount_too_large")]
)
def test_an_amount_out_of_bounds_is_refused(open_session: OpenSession, minor: int, code: str) -> None:
    line = session_params()["line_items"][0]
    line["price_data"]["unit_amount"] = minor
    with pytest.raises(stripe.InvalidRequestError) as refused:
        open_session(line_items=[line])
    assert refused.value.code == code


def test_two_currencies_do_not_mix(open_session: OpenSession) -> None:
    lines = session_params()["line_items"]
    lines[1]["price_data"]["currency"] = "usd"
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        open_session(line_items=lines)


def test_what_does_not_exist_is_not_found(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.retrieve("pi_x")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert refused.value.user_message == "No such payment_intent: 'pi_x'"
    assert refused.value.request_id is not None


def test_lists_are_paged_newest_first(
    client: stripe.StripeClient, open_session: OpenSession, sandbox: SandboxServer
) -> None:
    opened = []
    for _ in range(5):
        opened.append(open_session().id)
        sandbox.advance(10)
    page = client.v1.checkout.sessions.list(params={"limit": 2})
    assert [one.id for one in page.data] == opened[:2:-1]
    assert page.has_more
    assert [one.id for one in page.auto_paging_iter()] == opened[::-1]
    before = client.v1.checkout.sessions.list(params={"limit": 2, "ending_before": opened[1]})
    assert [one.id for one in before.data] == [opened[3], opened[2]]
    since = client.v1.checkout.sessions.list(params={"created": {"gte": NOON + 10, "lt": NOON + 30}})
    assert [one.id for one in since.data] == [opened[2], opened[1]]
    with pytest.raises(stripe.InvalidRequestError, match="must be 1 to 100"):
        client.v1.checkout.sessions.list(params={"limit": 101})
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session: 'cs_x'"):
        client.v1.checkout.sessions.list(params={"starting_after": "cs_x"})


def test_lines_are_listed_from_the_top_and_paged(client: stripe.StripeClient, open_session: OpenSession) -> None:
    session = open_session()
    first = client.v1.checkout.sessions.line_items.list(session.id, params={"limit": 1})
    assert [line.amount_total for line in first.auto_paging_iter()] == [5000, 500]
    assert first.has_more


def test_sessions_are_found_by_their_payment(
    client: stripe.StripeClient, open_session: OpenSession, sandbox: SandboxServer
) -> None:
    session = open_session()
    open_session()
    intent = sandbox.pay(session.id)["payment_intent"]
    found = client.v1.checkout.sessions.list(params={"payment_intent": intent}).data
    assert [one.id for one in found] == [session.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_x'"):
        client.v1.checkout.sessions.list(params={"payment_intent": "pi_x"})


def test_expansion_goes_four_levels_deep(
    client: stripe.StripeClient, open_session: OpenSession, sandbox: SandboxServer
) -> None:
    session = open_session()
    sandbox.pay(session.id)
    sandbox.advance(2)
    deep = ["payment_intent.latest_charge.balance_transaction.source", "line_items", "payment_intent.payment_method"]
    read: Any = client.v1.checkout.sessions.retrieve(session.id, params={"expand": deep})
    assert read.payment_intent.latest_charge.balance_transaction.source.id == read.payment_intent.latest_charge.id
    assert read.line_items.data[0].description == "Un jardin à l’école"
    listed: Any = client.v1.charges.list(params={"expand": ["data.payment_intent"]})
    assert listed.data[0].payment_intent.id == read.payment_intent.id
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.v1.checkout.sessions.retrieve(session.id, params={"expand": [f"{deep[0]}.payment_intent"]})
    with pytest.raises(stripe.InvalidRequestError, match=r"cannot be expanded \(status\)"):
        client.v1.checkout.sessions.retrieve(session.id, params={"expand": ["status"]})
    with pytest.raises(stripe.InvalidRequestError, match=r"'data\.payment_intent' instead"):
        client.v1.charges.list(params={"expand": ["payment_intent"]})


def test_a_repeated_key_gives_the_first_answer_again(open_session: OpenSession, sandbox: SandboxServer) -> None:
    first = open_session(idempotency_key="cs:1")
    sandbox.pay(first.id)
    again = open_session(idempotency_key="cs:1")
    assert again.to_dict() == first.to_dict()
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(sandbox.objects("checkout.session")) == 1


def test_a_key_used_for_something_else_is_refused(open_session: OpenSession) -> None:
    open_session(idempotency_key="cs:1")
    with pytest.raises(stripe.IdempotencyError, match="can only be used with the same parameters"):
        open_session(idempotency_key="cs:1", locale="fr")


def test_after_a_day_a_key_acts_again(open_session: OpenSession, sandbox: SandboxServer) -> None:
    first = open_session(idempotency_key="cs:1")
    sandbox.advance(24 * 3600)
    assert open_session(idempotency_key="cs:1").id != first.id


def test_a_refused_request_keeps_no_key(open_session: OpenSession) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        open_session(idempotency_key="cs:1", success_url="merci")
    assert open_session(idempotency_key="cs:1").status == "open"


def test_concurrent_requests_with_one_key_act_once(open_session: OpenSession, sandbox: SandboxServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_session(idempotency_key="cs:1").id, range(8)))
    assert len(set(opened)) == 1
    assert len(sandbox.objects("checkout.session")) == 1


def test_every_answer_names_its_request(open_session: OpenSession, http: RecordingClient) -> None:
    session = open_session()
    assert session.last_response is not None
    assert str(session.last_response.request_id).startswith("req_")
    assert [one.status for one in http.sent("POST", "/v1/checkout/sessions")] == [200]


def test_ids_are_decided_by_the_seed(sandbox: SandboxServer, open_session: OpenSession) -> None:
    first = open_session().id
    sandbox.control("reset")
    assert open_session().id == first
    sandbox.control("reset", seed=7)
    assert open_session().id != first
