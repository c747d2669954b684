"""A payment provider in memory, whose payers are the tests.

It keeps the promises of `PaymentGateway` and adds handles: what a payer does (`pay`, `decline`, `begin_processing`),
what time does (`settle`, `expire`), the notices that the provider would send (`events`, `notice`) and calls that
fail before or after their effect (`fail`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ledger.adapters import stripe_facts
from ledger.money import Money
from ledger.ports import (
    BadSignature,
    BalanceTransactionFacts,
    ChargeFacts,
    CheckoutFacts,
    CheckoutRequest,
    CheckoutStatus,
    EventFacts,
    FeePart,
    GatewayRefused,
    GatewayUnavailable,
    OpenedCheckout,
    PaymentGateway,
    PaymentStatus,
)

SMALLEST: Final = 50
LARGEST: Final = 99_999_999
SHORTEST: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=24)
SIGNATURE_AGE: Final = 300
CLEARING: Final = timedelta(days=2)
API_VERSION: Final = "2026-10-28.endive"


@dataclass(slots=True)
class _Fault:
    error: Exception
    after: bool


class MemoryGateway(PaymentGateway):
    """A provider that does what a test tells it to. `now` is its clock, which the test sets."""

    def __init__(self, *, now: datetime, webhook_secret: str = "whsec_tests") -> None:  # noqa: S107
        self.now = now
        self.events: list[EventFacts] = []
        self.calls: list[str] = []
        self._secret = webhook_secret
        self._asked: dict[str, tuple[CheckoutRequest, OpenedCheckout]] = {}
        self._checkouts: dict[str, CheckoutFacts] = {}
        self._unsettled: dict[str, BalanceTransactionFacts] = {}
        self._movements: list[BalanceTransactionFacts] = []
        self._faults: dict[str, list[_Fault]] = {}

    # What the port promises.

    def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Open a hosted checkout; see `PaymentGateway`."""
        with self._call("open_checkout"):
            asked, opened = self._asked.get(request.idempotency_key, (request, None))
            if asked != request:
                raise GatewayRefused(status=400, code=None, param=None)
            if opened is not None:
                return opened
            self._check(request)
            return self._open(request)

    def fetch_checkout(self, session_id: str) -> CheckoutFacts:
        """Read a hosted checkout again; see `PaymentGateway`."""
        with self._call("fetch_checkout"):
            return self._now(session_id)

    def find_checkout(self, *, payment_intent_id: str) -> str | None:
        """Find the hosted checkout of a payment; see `PaymentGateway`."""
        with self._call("find_checkout"):
            found = (f for f in self._checkouts.values() if f.payment_intent_id == payment_intent_id)
            return next((facts.session_id for facts in found), None)

    def payment_of_charge(self, charge_id: str) -> str | None:
        """Find the payment of a charge; see `PaymentGateway`."""
        with self._call("payment_of_charge"):
            found = (f for f in self._checkouts.values() if f.charge and f.charge.id == charge_id)
            return next((facts.payment_intent_id for facts in found), None)

    def expire_checkout(self, session_id: str) -> CheckoutFacts:
        """Close a hosted checkout that is still open; see `PaymentGateway`."""
        with self._call("expire_checkout"):
            if self._now(session_id).status is CheckoutStatus.OPEN:
                self.expire(session_id)
            return self._now(session_id)

    def list_balance_transactions(self, *, since: datetime) -> Iterator[BalanceTransactionFacts]:
        """Read the movements of our balance; see `PaymentGateway`."""
        with self._call("list_balance_transactions"):
            yield from [movement for movement in reversed(self._movements) if movement.created >= since]

    def list_events(self, *, since: datetime) -> Iterator[EventFacts]:
        """Read the notices of the last days again; see `PaymentGateway`."""
        with self._call("list_events"):
            yield from [event for event in reversed(self.events) if event.created >= since]

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> EventFacts:
        """Verify a notice's signature and read it; see `PaymentGateway`."""
        parts = [part.partition("=") for part in signature.split(",")]
        try:
            signed_at = next(int(value) for name, _, value in parts if name == "t")
            if abs(now.timestamp() - signed_at) > SIGNATURE_AGE:
                raise BadSignature(fault="time")
            expected = _signature(body, self._secret, signed_at)
            if expected not in {value for name, _, value in parts if name == "v1"}:
                raise BadSignature(fault="signature")
            return stripe_facts.event(json.loads(body.decode()))
        except BadSignature:
            raise
        except Exception as error:
            raise BadSignature(fault="unreadable") from error

    # What payers and time do.

    def pay(self, session_id: str, *, fee: Money, amount: Money | None = None, settled: bool = True) -> CheckoutFacts:
        """Pay: the card is charged now. Unless `settled`, our balance moves only at `settle`, as for cards.

        `amount` is what was charged, when it is not what was asked.
        """
        facts = self._attempt(session_id)
        charge = replace(_charge(facts, self.now), amount=amount or facts.amount, paid=True)
        self._checkouts[session_id] = replace(
            facts,
            amount=charge.amount,
            status=CheckoutStatus.COMPLETE,
            payment_status=PaymentStatus.SUCCEEDED,
            charge=charge,
            error_code="",
        )
        self._unsettled[session_id] = _movement(charge, fee=fee, now=self.now)
        self._tell("charge.succeeded", charge.id)
        self._tell("payment_intent.succeeded", facts.payment_intent_id)
        self._tell("checkout.session.completed", session_id)
        return self.settle(session_id) if settled else self._checkouts[session_id]

    def settle(self, session_id: str) -> CheckoutFacts:
        """Let the money of a paid checkout move our balance."""
        facts = self._checkouts[session_id]
        movement = replace(self._unsettled.pop(session_id), created=self.now)
        self._movements.append(movement)
        self._checkouts[session_id] = replace(facts, balance_transaction=movement)
        self._tell("charge.updated", movement.source)
        return self._checkouts[session_id]

    def decline(self, session_id: str, *, code: str = "card_declined") -> CheckoutFacts:
        """Refuse the payer's card; the checkout stays open for another."""
        facts = self._attempt(session_id)
        charge = replace(_charge(facts, self.now), failure_code=code)
        self._checkouts[session_id] = replace(
            facts, payment_status=PaymentStatus.WAITING, charge=charge, error_code=code
        )
        self._tell("charge.failed", charge.id)
        self._tell("payment_intent.payment_failed", facts.payment_intent_id)
        return self._checkouts[session_id]

    def begin_processing(self, session_id: str) -> CheckoutFacts:
        """Take the payer's order, with the money still to come."""
        facts = self._attempt(session_id)
        self._checkouts[session_id] = replace(
            facts, status=CheckoutStatus.COMPLETE, payment_status=PaymentStatus.PROCESSING
        )
        self._tell("payment_intent.processing", facts.payment_intent_id)
        self._tell("checkout.session.completed", session_id)
        return self._checkouts[session_id]

    def expire(self, session_id: str) -> CheckoutFacts:
        """Let an open checkout end unpaid."""
        self._checkouts[session_id] = replace(self._checkouts[session_id], status=CheckoutStatus.EXPIRED)
        self._tell("checkout.session.expired", session_id)
        return self._checkouts[session_id]

    def move(self, movement: BalanceTransactionFacts) -> None:
        """Move our balance by anything else: a payout, a refund, a fee."""
        self._movements.append(movement)

    # What the provider tells, and how it fails.

    def notice(self, event: EventFacts) -> tuple[bytes, str]:
        """Give the body and the signature of the call that brings an event, signed now."""
        values = {
            "id": event.id,
            "object": "event",
            "type": event.type,
            "created": int(event.created.timestamp()),
            "api_version": event.api_version,
            "livemode": event.livemode,
            "data": {"object": {"id": event.object_id, "object": event.object_type}},
        }
        body = json.dumps(values).encode()
        signed_at = int(self.now.timestamp())
        return body, f"t={signed_at},v1={_signature(body, self._secret, signed_at)}"

    def fail(self, method: str, error: Exception | None = None, *, after: bool = False, times: int = 1) -> None:
        """Make the next calls of a method fail: before they do anything, or `after` they did it all."""
        fault = _Fault(error or GatewayUnavailable(), after)
        self._faults.setdefault(method, []).extend([fault] * times)

    @contextmanager
    def _call(self, method: str) -> Iterator[None]:
        self.calls.append(method)
        faults = self._faults.get(method)
        fault = faults.pop(0) if faults else None
        if fault is not None and not fault.after:
            raise fault.error
        yield
        if fault is not None:
            raise fault.error

    # How it remembers.

    def _check(self, request: CheckoutRequest) -> None:
        small = request.amount.minor < SMALLEST or any(line.amount.minor <= 0 for line in request.lines)
        if small or request.amount.minor > LARGEST or request.amount.currency != "EUR":
            raise GatewayRefused("amount_out_of_bounds", amount=request.amount)
        if not SHORTEST <= request.expires_at - self.now <= LONGEST:
            raise GatewayRefused(status=400, code=None, param="expires_at")

    def _open(self, request: CheckoutRequest) -> OpenedCheckout:
        session_id = f"cs_test_{len(self._checkouts) + 1}"
        url = f"https://checkout.invalid/c/pay/{session_id}"
        opened = OpenedCheckout(session_id=session_id, url=url, expires_at=request.expires_at)
        self._asked[request.idempotency_key] = (request, opened)
        self._checkouts[session_id] = CheckoutFacts(
            session_id=session_id,
            reference=request.reference,
            status=CheckoutStatus.OPEN,
            payment_status=PaymentStatus.NONE,
            amount=request.amount,
            expires_at=request.expires_at,
            livemode=False,
        )
        return opened

    def _now(self, session_id: str) -> CheckoutFacts:
        facts = self._checkouts.get(session_id)
        if facts is None:
            raise GatewayRefused(status=404, code="resource_missing", param="session")
        if facts.status is CheckoutStatus.OPEN and facts.expires_at <= self.now:
            return self.expire(session_id)
        return facts

    def _attempt(self, session_id: str) -> CheckoutFacts:
        facts = self._now(session_id)
        processing = facts.payment_status is PaymentStatus.PROCESSING
        if facts.status is not CheckoutStatus.OPEN and not processing:
            raise ValueError(f"{session_id} is {facts.status}: nobody can pay it")
        number = session_id.removeprefix("cs_test_")
        return replace(facts, payment_intent_id=f"pi_{number}")

    def _tell(self, kind: str, object_id: str) -> None:
        self.events.append(
            EventFacts(
                id=f"evt_{len(self.events) + 1}",
                type=kind,
                created=self.now,
                api_version=API_VERSION,
                livemode=False,
                object_id=object_id,
                object_type=kind.rpartition(".")[0],
            )
        )


def _charge(facts: CheckoutFacts, now: datetime) -> ChargeFacts:
    attempts = 1 if facts.charge is None else int(facts.charge.id.rpartition("_")[2]) + 1
    return ChargeFacts(
        id=f"ch_{facts.payment_intent_id.removeprefix('pi_')}_{attempts}",
        amount=facts.amount,
        paid=False,
        created=now,
        method="card",
        card_brand="visa",
        card_last4="4242",
        card_country="FR",
    )


def _movement(charge: ChargeFacts, *, fee: Money, now: datetime) -> BalanceTransactionFacts:
    return BalanceTransactionFacts(
        id=charge.id.replace("ch_", "txn_"),
        amount=charge.amount,
        fee=fee,
        net=charge.amount - fee,
        created=now,
        available_on=now + CLEARING,
        type="charge",
        reporting_category="charge",
        source=charge.id,
        status="pending",
        fee_parts=(FeePart(kind="stripe_fee", amount=fee, description="Stripe processing fees"),) if fee else (),
    )


def _signature(body: bytes, secret: str, signed_at: int) -> str:
    return hmac.new(secret.encode(), f"{signed_at}.".encode() + body, hashlib.sha256).hexdigest()
