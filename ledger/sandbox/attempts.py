"""Attempts to pay a session with a card: accepted, refused, or waiting for 3-D Secure.

A refusal leaves the session open: the payer tries again, with the same PaymentIntent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from ledger.sandbox import events, sessions, shapes
from ledger.sandbox.cards import Card, by_key
from ledger.sandbox.store import Object, Transaction

NOT_AUTHENTICATED: Final = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)
NO_REASON: Final = "The bank did not return any further details with this decline."


@dataclass(frozen=True, slots=True)
class Payer:
    """What the payer typed beside the card number, and, for tests only, another amount or currency."""

    email: str
    name: str
    exp_month: int = 12
    exp_year: int = 2034
    amount: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: `succeeded`, `declined` or `requires_action`; `reason` is the refusal's code."""

    status: str
    session: Object
    intent: Object
    reason: str | None = None


class NotOpen(Exception):
    """The session cannot be paid: it is unknown, paid already, or expired."""

    def __init__(self, status: str | None) -> None:
        super().__init__(status)
        self.status = status


def open_session(tx: Transaction, session_id: str) -> Object:
    """Read a session that can be paid.

    Raises:
        NotOpen: it cannot.
    """
    session = tx.get("checkout.session", session_id)
    if session is None or session["status"] != "open":
        raise NotOpen(None if session is None else session["status"])
    return session


def submit(tx: Transaction, session_id: str, card: Card, payer: Payer) -> Outcome:
    """Try to pay: at once, or asking for 3-D Secure first.

    Raises:
        NotOpen: the session cannot be paid.
    """
    session = open_session(tx, session_id)
    if payer.amount is not None or payer.currency is not None:
        changed = payer.amount or session["amount_total"]
        session |= {"amount_total": changed, "amount_subtotal": changed}
        session["currency"] = payer.currency or session["currency"]
    intent = _intent(tx, session)
    method = _method(tx, card, payer)
    intent |= {"payment_method": method["id"], "amount": session["amount_total"], "currency": session["currency"]}
    tx.hide(session_id, card=card.key, payer=_plain(payer))
    if card.challenge:
        return _ask(tx, session, intent)
    return _charge(tx, session, intent, card=card, payer=payer, three_d="frictionless" if card.frictionless else None)


def authenticate(tx: Transaction, session_id: str, *, passed: bool) -> Outcome:
    """Answer the 3-D Secure question of a session; a session without one is left as it is.

    Raises:
        NotOpen: the session cannot be paid.
    """
    session = open_session(tx, session_id)
    intent = tx.get("payment_intent", session["payment_intent"] or "")
    if intent is None or intent["status"] != "requires_action":
        return Outcome("declined", session, intent or {}, reason="payment_intent_authentication_failure")
    hidden = tx.hidden(session_id)
    card = by_key(hidden["card"])
    if card is None:
        raise NotOpen(session["status"])
    intent["next_action"] = None
    if passed:
        payer = Payer(**hidden["payer"])
        return _charge(tx, session, intent, card=card, payer=payer, three_d="challenge")
    error = {"code": "payment_intent_authentication_failure", "message": NOT_AUTHENTICATED}
    return _refuse(tx, session, intent, error=error)


def _plain(payer: Payer) -> dict[str, Any]:
    kept = replace(payer, amount=None, currency=None)
    return {name: getattr(kept, name) for name in Payer.__slots__}


def _intent(tx: Transaction, session: Object) -> Object:
    """Give the PaymentIntent of a session: it is made by the first attempt."""
    known = tx.get("payment_intent", session["payment_intent"] or "")
    if known is not None:
        return known
    identifier = tx.new_id("pi_3")
    intent = shapes.blank(
        "payment_intent",
        id=identifier,
        amount=session["amount_total"],
        client_secret=f"{identifier}_secret_{tx.new_id('')}",
        created=tx.now,
        currency=session["currency"],
        **tx.hidden(session["id"])["intent"],
    )
    tx.add(intent)
    session["payment_intent"] = identifier
    tx.save(session)
    events.emit(tx, "payment_intent.created", intent)
    return intent


def _method(tx: Transaction, card: Card, payer: Payer) -> Object:
    method = shapes.blank(
        "payment_method",
        id=tx.new_id("pm_1"),
        billing_details=_billing(payer),
        card={
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": payer.exp_month,
            "exp_year": payer.exp_year,
            "fingerprint": card.fingerprint,
            "funding": card.funding,
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": card.brand != "amex"},
            "wallet": None,
        },
        created=tx.now,
    )
    tx.add(method)
    return method


def _billing(payer: Payer) -> Object:
    return {"address": shapes.NO_ADDRESS, "email": payer.email, "name": payer.name, "phone": None, "tax_id": None}


def _ask(tx: Transaction, session: Object, intent: Object) -> Outcome:
    address = f"{tx.config.base_url}/c/pay/{session['id']}"
    action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": address, "url": f"{address}/3ds"}}
    intent |= {"status": "requires_action", "next_action": action, "last_payment_error": None}
    tx.save(intent)
    tx.save(session)
    events.emit(tx, "payment_intent.requires_action", intent)
    return Outcome("requires_action", session, intent)


def _charge(
    tx: Transaction, session: Object, intent: Object, *, card: Card, payer: Payer, three_d: str | None
) -> Outcome:
    charge = shapes.blank(
        "charge",
        id=tx.new_id("ch_3"),
        amount=intent["amount"],
        billing_details=_billing(payer),
        created=tx.now,
        payment_intent=intent["id"],
        payment_method_details=_details(card, payer, intent, three_d=three_d),
        **{
            name: intent[name]
            for name in ("currency", "description", "metadata", "payment_method", "receipt_email", "transfer_group")
        },
    )
    charge["statement_descriptor_suffix"] = intent["statement_descriptor_suffix"]
    tx.add(charge, hidden={"country": card.country, "available_at_once": card.available_at_once})
    intent["latest_charge"] = charge["id"]
    if card.code is not None:
        return _decline(tx, session, intent, charge=charge, card=card)
    return _accept(tx, session, intent, charge=charge, payer=payer)


def _details(card: Card, payer: Payer, intent: Object, *, three_d: str | None) -> Object:
    authenticated = {
        "authentication_flow": three_d,
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    card_details = shapes.blank(
        "payment_method_details.card",
        amount_authorized=None if card.code else intent["amount"],
        brand=card.brand,
        country=card.country,
        exp_month=payer.exp_month,
        exp_year=payer.exp_year,
        fingerprint=card.fingerprint,
        funding=card.funding,
        last4=card.last4,
        network=card.brand,
        three_d_secure=authenticated if three_d else None,
    )
    card_details["overcapture"]["maximum_amount_capturable"] = intent["amount"]
    return {"card": card_details, "type": "card"}


def _outcome(reason: str | None) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if reason else "approved_by_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": NO_REASON if reason else "Payment complete.",
        "type": "issuer_declined" if reason else "authorized",
    }


def _decline(tx: Transaction, session: Object, intent: Object, *, charge: Object, card: Card) -> Outcome:
    reason = card.decline_code or card.code
    charge |= {"failure_code": card.code, "failure_message": card.message, "outcome": _outcome(reason)}
    tx.save(charge)
    events.emit(tx, "charge.failed", charge)
    error = {"charge": charge["id"], "code": card.code, "message": card.message}
    if card.decline_code:
        error["decline_code"] = card.decline_code
    return _refuse(tx, session, intent, error=error)


def _refuse(tx: Transaction, session: Object, intent: Object, *, error: dict[str, Any]) -> Outcome:
    method = tx.get("payment_method", intent["payment_method"])
    doc_url = f"https://stripe.com/docs/error-codes/{str(error['code']).replace('_', '-')}"
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": error | {"doc_url": doc_url, "payment_method": method, "type": "card_error"},
    }
    tx.save(intent)
    tx.save(session)
    events.emit(tx, "payment_intent.payment_failed", intent)
    return Outcome("declined", session, intent, reason=error.get("decline_code") or error["code"])


def _accept(tx: Transaction, session: Object, intent: Object, *, charge: Object, payer: Payer) -> Outcome:
    charge |= {
        "amount_captured": charge["amount"],
        "captured": True,
        "outcome": _outcome(None),
        "paid": True,
        "status": "succeeded",
    }
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
    session |= {
        "collected_information": {"business_name": None, "individual_name": None, "shipping_details": None},
        "customer_details": sessions.customer_details(payer.email, payer.name),
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    for obj in (charge, intent, session):
        tx.save(obj)
    events.emit(tx, "charge.succeeded", charge)
    events.emit(tx, "payment_intent.succeeded", intent)
    events.emit(tx, "checkout.session.completed", session)
    tx.schedule("settle", charge["id"], due=tx.now + tx.config.settle_after)
    return Outcome("succeeded", session, intent)
