"""Payment providers under test, each with its payers: the fake, and the adapter for Stripe against the sandbox.

A `Provider` lets the suite of `test_payment_gateway.py` do to both what payers, time and bad luck do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import stripe

from ledger.adapters.memory import MemoryGateway
from ledger.adapters.stripe_gateway import TIMEOUTS, StripeGateway
from ledger.money import Money
from ledger.ports import PaymentGateway
from tests.sandbox_server import SandboxServer
from tests.stripe_contract import RecordingClient

SETTLING: Final = 3600
"""Seconds after which the sandbox has surely moved our balance."""

CARDS: Final = {"card_declined": "4000000000000002", "expired_card": "4000000000000069"}
"""Published test cards, by the error that they cause."""

ADDRESSES: Final = {
    "open_checkout": ("POST", "/v1/checkout/sessions"),
    "fetch_checkout": ("GET", "/v1/checkout/sessions/*"),
    "list_balance_transactions": ("GET", "/v1/balance_transactions"),
}
ATTEMPTS: Final = 3
"""Requests that the adapter makes of one call before it gives up."""


class Provider(Protocol):
    """A gateway, and what happens at its other end."""

    @property
    def gateway(self) -> PaymentGateway: ...

    def now(self) -> datetime: ...

    def advance(self, time: timedelta) -> None: ...

    def pay(self, session_id: str, *, amount: Money | None = None) -> None:
        """Pay; our balance has not moved yet."""

    def settle(self, session_id: str) -> None:
        """Let our balance move for what was paid."""

    def decline(self, session_id: str, *, code: str) -> None: ...

    def break_call(self, method: str, *, after: bool) -> None:
        """Make one call of a method fail, before or after its effect, however often it retries by itself."""

    def sessions(self) -> int:
        """Count the checkouts that were ever opened."""


class MemoryProvider:
    def __init__(self) -> None:
        self.gateway = MemoryGateway(now=datetime(2026, 3, 3, 12, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.gateway.now

    def advance(self, time: timedelta) -> None:
        self.gateway.now += time

    def pay(self, session_id: str, *, amount: Money | None = None) -> None:
        self.gateway.pay(session_id, fee=Money(55), amount=amount, settled=False)

    def settle(self, session_id: str) -> None:
        self.advance(timedelta(seconds=SETTLING))
        self.gateway.settle(session_id)

    def decline(self, session_id: str, *, code: str) -> None:
        self.gateway.decline(session_id, code=code)

    def break_call(self, method: str, *, after: bool) -> None:
        self.gateway.fail(method, after=after)

    def sessions(self) -> int:
        return len(self.gateway._checkouts)


class StripeProvider:
    def __init__(self, sandbox: SandboxServer, http: RecordingClient) -> None:
        self.sandbox = sandbox
        self.http = http
        self.gateway = StripeGateway(
            sandbox.api_key,
            webhook_secrets=("whsec_old", sandbox.webhook_secret),
            api_url=sandbox.url,
            http_client=http,
        )

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.sandbox.now, UTC)

    def advance(self, time: timedelta) -> None:
        self.sandbox.advance(int(time.total_seconds()))

    def pay(self, session_id: str, *, amount: Money | None = None) -> None:
        self.sandbox.pay(session_id, **({} if amount is None else {"amount": amount.minor}))

    def settle(self, session_id: str) -> None:  # noqa: ARG002 - in the sandbox time settles everything
        self.sandbox.advance(SETTLING)

    def decline(self, session_id: str, *, code: str) -> None:
        self.sandbox.pay(session_id, card=CARDS[code])

    def break_call(self, method: str, *, after: bool) -> None:
        verb, path = ADDRESSES[method]
        when = "after" if after else "before"
        self.sandbox.break_calls(method=verb, path=path, when=when, action="close", count=ATTEMPTS)

    def sessions(self) -> int:
        return len(self.sandbox.objects("checkout.session"))


class ImpatientClient(RecordingClient):
    """Checks and records what goes over the wire, and does not wait between two attempts."""

    def _sleep_time_seconds(self, num_retries: int) -> float:  # noqa: ARG002 - the library's own signature
        return 0


@contextmanager
def stripe_provider(directory: Path) -> Iterator[StripeProvider]:
    """Run a sandbox and an adapter that asks it, for as long as the block lasts."""
    direct = stripe.RequestsClient(timeout=TIMEOUTS)
    with SandboxServer(directory / "stripe.db") as sandbox, closing(ImpatientClient(direct)) as http:
        yield StripeProvider(sandbox, http)
