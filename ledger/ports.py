"""The outside world as the inside sees it: what we ask of a payment provider, a mailer, a PDF maker, a file store.

Adapters implement these protocols; `adapters/memory.py` has the fakes, and one contract suite holds both to the
same promises. Facts are frozen, carry `Money` and aware instants, and no word of any provider's library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ledger.errors import Invalid, Unavailable
from ledger.money import Money


class GatewayUnavailable(Unavailable):
    """The payment provider did not answer, or answered that it cannot now. Trying again is safe."""

    code = "gateway_unavailable"


class GatewayRefused(Invalid):
    """The payment provider understood and refused: a fault of ours, not of the network."""

    code = "gateway_refused"


class BadSignature(Invalid):
    """A call that claims to come from the provider is not signed by it, or is too old or dated ahead."""

    code = "bad_signature"


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """One line that the payer sees on the hosted page."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What is asked of the provider for one hosted checkout.

    `reference` is ours, unique for each attempt, and comes back on everything that the provider tells us;
    `idempotency_key` makes asking twice harmless.
    """

    reference: str
    idempotency_key: str
    lines: tuple[CheckoutLine, ...]
    email: str
    locale: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    description: str

    @property
    def amount(self) -> Money:
        """What the payer is to pay in all."""
        first, *others = self.lines
        amount = first.amount
        for line in others:
            amount += line.amount
        return amount


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """A hosted checkout that is open: where to send the payer."""

    session_id: str
    url: str
    expires_at: datetime


class CheckoutStatus(StrEnum):
    """The state of a hosted checkout at the provider."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class PaymentStatus(StrEnum):
    """Where the money of one payment is. A value that we do not know is UNKNOWN and never taken for success."""

    NONE = "none"
    WAITING = "waiting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FeePart:
    """One part of a fee, as the provider names it."""

    kind: str
    amount: Money
    description: str


@dataclass(frozen=True, slots=True)
class BalanceTransactionFacts:
    """One movement of our balance at the provider: the only thing that money is ever posted from.

    `amount` is signed from our side, `fee` is what was kept, `net` is `amount - fee`.
    """

    id: str
    amount: Money
    fee: Money
    net: Money
    created: datetime
    available_on: datetime
    type: str
    reporting_category: str
    source: str
    status: str
    fee_parts: tuple[FeePart, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """What the provider took, or failed to take, from the payer's card."""

    id: str
    amount: Money
    paid: bool
    created: datetime
    method: str
    card_brand: str = ""
    card_last4: str = ""
    card_country: str = ""
    failure_code: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutFacts:
    """A hosted checkout read again from the provider, with its payment, charge and balance transaction."""

    session_id: str
    reference: str
    status: CheckoutStatus
    payment_status: PaymentStatus
    amount: Money
    expires_at: datetime
    livemode: bool
    payment_intent_id: str = ""
    charge: ChargeFacts | None = None
    balance_transaction: BalanceTransactionFacts | None = None
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """A signed notice from the provider: a hint of what to read again, never a fact in itself."""

    id: str
    type: str
    created: datetime
    api_version: str
    livemode: bool
    object_id: str
    object_type: str
    account: str = ""


class PaymentGateway(Protocol):
    """A provider of hosted checkouts."""

    def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Open a hosted checkout; asked twice with the same key, it is the same checkout.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    def fetch_checkout(self, session_id: str) -> CheckoutFacts:
        """Read a hosted checkout again, with its payment.

        Raises:
            GatewayUnavailable, GatewayRefused (it does not exist).
        """

    def find_checkout(self, *, payment_intent_id: str) -> str | None:
        """Find the id of the hosted checkout that a payment belongs to, if any.

        Raises:
            GatewayUnavailable.
        """

    def payment_of_charge(self, charge_id: str) -> str | None:
        """Find the id of the payment that a charge belongs to, if any.

        Raises:
            GatewayUnavailable.
        """

    def expire_checkout(self, session_id: str) -> CheckoutFacts:
        """Close a hosted checkout that is still open; read it again in any case.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    def list_balance_transactions(self, *, since: datetime) -> Iterator[BalanceTransactionFacts]:
        """Read the movements of our balance created since an instant, newest first, page after page.

        Raises:
            GatewayUnavailable.
        """

    def list_events(self, *, since: datetime) -> Iterator[EventFacts]:
        """Read the notices of the last days again, for those that never reached us.

        Raises:
            GatewayUnavailable.
        """

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> EventFacts:
        """Verify a notice's signature and read it.

        Raises:
            BadSignature: not signed by the provider, altered, older or newer than five minutes, not readable.
        """


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. `message_id` is ours and stable, so that a mail sent twice is seen as one."""

    message_id: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str
    locale: str
    attachments: tuple[Attachment, ...] = field(default=())


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail) -> None:
        """Hand a mail over; the same `message_id` again changes nothing where the transport can tell.

        Raises:
            Unavailable: not accepted now; try again.
            Invalid: the address is refused for good.
        """


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail that was written down instead of being sent; `key` finds it again."""

    key: str
    recipient: str
    subject: str
    date: datetime
    text: str
    html: str
    attachments: tuple[Attachment, ...]


class Outbox(Protocol):
    """Mails that were written down instead of being sent, for the demo's page and for tests."""

    def newest_first(self) -> list[StoredMail]:
        """Read every mail, the last written first."""

    def read(self, key: str) -> StoredMail:
        """Read one mail.

        Raises:
            NotFound: no mail has this key.
        """


class PdfRenderer(Protocol):
    """Makes PDF documents."""

    def render(self, html: str, *, title: str, locale: str) -> bytes:
        """Make a tagged PDF/A-3 of a document's HTML; the same HTML gives the same bytes.

        Raises:
            Unavailable: the system's libraries or fonts are missing, or there is no room to write.
        """


class FileStore(Protocol):
    """Keeps documents by key (letters, digits, `-`, `_`, `.` and `/`)."""

    def put(self, key: str, content: bytes) -> None:
        """Keep a file whole or not at all.

        Raises:
            Unavailable: no room, or the store cannot be reached.
        """

    def get(self, key: str) -> bytes:
        """Read a file.

        Raises:
            NotFound: no file has this key.
            Unavailable: the store cannot be reached.
        """

    def keys(self, prefix: str) -> Iterable[str]:
        """List the keys that start with a prefix, in order."""
