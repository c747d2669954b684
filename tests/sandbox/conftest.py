"""A sandbox, the real SDK talking to it under contract, and a receiver of its webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.sandbox.gifts import OpenSession, session_params
from tests.sandbox.receiver import Receiver
from tests.sandbox_server import SandboxServer
from tests.stripe_contract import RecordingClient, checker


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK must not write to the home directory of whoever runs the tests."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def sandbox(tmp_path: Path, receiver: Receiver) -> Iterator[SandboxServer]:
    with SandboxServer(tmp_path / "stripe.db", webhook_url=receiver.url) as server:
        yield server
        for objects in server.state()["objects"].values():
            for obj in objects:
                checker().check_object(obj)


@pytest.fixture
def http() -> RecordingClient:
    return RecordingClient(stripe.RequestsClient(timeout=(2, 5)))


@pytest.fixture
def client(sandbox: SandboxServer, http: RecordingClient) -> stripe.StripeClient:
    return stripe.StripeClient(
        sandbox.api_key, base_addresses={"api": sandbox.url}, http_client=http, max_network_retries=0
    )


@pytest.fixture
def open_session(client: stripe.StripeClient) -> OpenSession:
    def make(*, idempotency_key: str | None = None, **more: Any) -> stripe.checkout.Session:
        options: Any = {"idempotency_key": idempotency_key} if idempotency_key else {}
        params: Any = session_params(**more)
        return client.v1.checkout.sessions.create(params=params, options=options)

    return make
