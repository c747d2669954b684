"""The control API under /_ctl: what a test or a demonstration does to the sandbox, from this machine only.

Every command is a POST of a JSON object and answers with one. The commands are the table `COMMANDS`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from flask import Blueprint, Response, abort, jsonify, make_response, request

from ledger.sandbox import attempts, cards, deliveries, endpoints, events, faults, sessions, timeline
from ledger.sandbox.refusals import ApiError
from ledger.sandbox.store import Object, Store, decoded

Command: TypeAlias = Callable[[Store, Object], Object]


class Wrong(Exception):
    """A command that cannot be done, and why."""


def blueprint(store: Store) -> Blueprint:
    """Make the blueprint of the control API."""
    routes = Blueprint("control", __name__, url_prefix="/_ctl")

    @routes.before_request
    def only_this_machine() -> None:
        # The name asked for is looked at too: another site could give its own name this machine's address.
        from_here = ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback
        if not from_here or not deliveries.is_loopback(f"http://{request.host}"):
            abort(403)

    @routes.get("/state")
    def state() -> Response:
        return jsonify(dump(store))

    @routes.post("/<command>")
    def run(command: str) -> Response:
        # A JSON content type keeps other sites' pages from commanding the sandbox through a browser.
        if command not in COMMANDS or not request.is_json:
            abort(404)
        try:
            return jsonify(COMMANDS[command](store, dict(request.get_json())))
        except (Wrong, ApiError) as error:
            return make_response(jsonify(error=str(error)), 409)

    return routes


def configure_webhook(store: Store) -> None:
    """Register the endpoint of the settings, or bring its address and secret up to date."""
    url, secret = store.config.webhook_url, store.config.webhook_secret
    if url is None:
        return
    with store.transaction() as tx:
        known = tx.get("webhook_endpoint", tx.meta("configured_endpoint", ""))
        if known is None:
            tx.set_meta("configured_endpoint", endpoints.register(tx, url=url, secret=secret)["id"])
            return
        tx.save(known | {"url": url})
        if secret not in tx.hidden(known["id"])["secrets"]:
            tx.hide(known["id"], secrets=[secret])


def dump(store: Store) -> Object:
    """Tell the whole state: clock, faults, deliveries, and every object by kind, oldest first."""
    timeline.catch_up(store)
    with store.transaction() as tx:
        objects: dict[str, list[Any]] = {}
        for row in decoded(tx.rows.execute("SELECT kind, body FROM objects ORDER BY seq"), "body"):
            objects.setdefault(row["kind"], []).append(row["body"])
        sent = decoded(tx.rows.execute("SELECT * FROM deliveries ORDER BY id"), "flags")
        clock = {"now": tx.now, "frozen": bool(tx.meta("frozen_at", ""))}
        paused = tx.meta("paused", "") == "yes"
        return clock | {"paused": paused, "faults": faults.standing(tx), "deliveries": sent, "objects": objects}


def reset(store: Store, given: Object) -> Object:
    """Forget everything: {"seed"?: int}."""
    store.reset(seed=given.get("seed"))
    configure_webhook(store)
    return {"now": store.now()}


def clock(store: Store, given: Object) -> Object:
    """Move the clock and do what became due: {"advance"?: s, "set"?: unix, "frozen"?: bool}."""
    with store.transaction() as tx:
        frozen = given.get("frozen", bool(tx.meta("frozen_at", "")))
        wanted = int(given.get("set", tx.now)) + int(given.get("advance", 0))
        tx.move_clock(wanted, frozen=frozen)
    done = timeline.catch_up(store)
    return {"now": store.now(), "frozen": frozen, "done": done}


def order_faults(store: Store, given: Object) -> Object:
    """Order faults: {"api"?: [rule], "webhook"?: [rule], "clear"?: bool}."""
    with store.transaction() as tx:
        if given.get("clear"):
            faults.clear(tx)
        for target in (faults.API, faults.WEBHOOK):
            for rule in given.get(target, ()):
                wrong = faults.check(target, rule)
                if wrong is not None:
                    raise Wrong(wrong)
                faults.add(tx, target, rule)
        return {"faults": faults.standing(tx)}


def deliver(store: Store, given: Object) -> Object:
    """Send the deliveries that are due: {"all"?: true} sends those that wait for later too."""
    timeline.catch_up(store)
    return {"deliveries": deliveries.deliver(store, only_due=not given.get("all", False))}


def redeliver(store: Store, given: Object) -> Object:
    """Queue an event once more: {"event": id}."""
    with store.transaction() as tx:
        event = tx.get("event", given.get("event", ""))
        if event is None:
            raise Wrong("no such event")
        events.enqueue(tx, event)
    return {"event": event["id"]}


def pause(store: Store, given: Object) -> Object:
    """Stop or start the sending that goes on by itself: {"paused"?: bool}."""
    with store.transaction() as tx:
        tx.set_meta("paused", "yes" if given.get("paused", True) else "")
    return {"paused": bool(given.get("paused", True))}


def expire(store: Store, given: Object) -> Object:
    """Expire a session now: {"session": id}."""
    with store.transaction() as tx:
        session = tx.get("checkout.session", given.get("session", ""))
        if session is None:
            raise Wrong("no such session")
        return sessions.expire(tx, session)


def pay(store: Store, given: Object) -> Object:
    """Pay a session without its page.

    {"session": id, "card"?: number or name, "three_d_secure"?: "pass"|"fail"|"close", "email"?, "name"?,
    "amount"?: minor units other than the session's, "currency"?: another currency}
    """
    wanted = str(given.get("card", "visa_fr")).replace(" ", "")
    card = cards.by_number(wanted) or cards.by_key(wanted)
    if card is None:
        raise Wrong("not a published test card")
    timeline.catch_up(store)
    with store.transaction() as tx:
        try:
            session = attempts.open_session(tx, given.get("session", ""))
            payer = attempts.Payer(
                email=given.get("email") or session["customer_email"] or "camille@example.org",
                name=given.get("name", "Camille Moreau"),
                amount=given.get("amount"),
                currency=given.get("currency"),
            )
            outcome = attempts.submit(tx, session["id"], card, payer)
            answer = given.get("three_d_secure", "pass")
            if outcome.status == "requires_action" and answer != "close":
                outcome = attempts.authenticate(tx, session["id"], passed=answer == "pass")
        except attempts.NotOpen as closed:
            raise Wrong(f"the session is {closed.status or 'unknown'}") from closed
    intent = outcome.intent
    names = {"payment_intent": intent["id"], "charge": intent["latest_charge"], "reason": outcome.reason}
    return {"status": outcome.status, "session": outcome.session, **names}


def roll_secret(store: Store, given: Object) -> Object:
    """Give an endpoint a new secret beside the old one: {"secret": str, "endpoint"?: id, "drop_old"?: bool}."""
    with store.transaction() as tx:
        endpoint = given.get("endpoint") or tx.meta("configured_endpoint", "")
        old = [] if given.get("drop_old") else tx.hidden(endpoint).get("secrets", [])
        tx.hide(endpoint, secrets=[given["secret"], *(one for one in old if one != given["secret"])])
    return {"endpoint": endpoint}


COMMANDS: Final[dict[str, Command]] = {
    "reset": reset,
    "clock": clock,
    "faults": order_faults,
    "deliver": deliver,
    "redeliver": redeliver,
    "pause": pause,
    "expire": expire,
    "pay": pay,
    "roll_secret": roll_secret,
}
