"""The hosted page: where a payer types a test card, in French or in English, and is sent back from.

It works without JavaScript and takes the published test cards only: any other number is refused, and is
never kept nor shown again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ledger.sandbox import attempts, cards, checkout_form, deliveries, sessions, timeline, words
from ledger.sandbox.checkout_form import Typed
from ledger.sandbox.store import Object, Store

COMPLETED: Final = "checkout.session.completed"


def blueprint(store: Store) -> Blueprint:
    """Make the blueprint of the hosted page."""
    routes = Blueprint("page", __name__, url_prefix="/c/pay/<session_id>")
    views = (("", "GET", show), ("", "POST", pay), ("/3ds", "GET", question), ("/3ds", "POST", answer))
    for path, method, view in views:
        routes.add_url_rule(path, view.__name__, partial(view, store), methods=[method])
    return routes


def front() -> Blueprint:
    """Make the blueprint of the front page, for who follows the address that the demo prints."""
    routes = Blueprint("front", __name__)
    routes.add_url_rule("/", "show", lambda: _render(None, "front", cards=cards.published()))
    return routes


def show(store: Store, session_id: str) -> Response:
    """Show the form, or what became of the session."""
    return _session(store, session_id, checkout_form.filled(request.args.get("card", "")))


def pay(store: Store, session_id: str) -> Response:
    """Try to pay with what was typed."""
    session = _read(store, session_id)
    if session is None or session["status"] != "open":
        return redirect(request.path, 303)
    typed = checkout_form.read(request.form, email=session["customer_email"], now=store.now())
    if typed.card is None or typed.errors:
        return _session(store, session_id, typed, status=422)
    try:
        with store.transaction() as tx:
            outcome = attempts.submit(tx, session_id, typed.card, typed.payer())
    except attempts.NotOpen:
        return redirect(request.path, 303)
    return _follow(store, outcome)


def question(store: Store, session_id: str) -> Response:
    """Ask what the bank asks, as long as it does."""
    session = _read(store, session_id)
    if session is None or _intent(store, session).get("status") != "requires_action":
        return redirect(_address(session_id), 303)
    return _render(session, "challenge")


def answer(store: Store, session_id: str) -> Response:
    """Go on with the answer given to the bank; closing its window answers nothing."""
    chosen = request.form.get("answer")
    if _read(store, session_id) is None or chosen not in {"pass", "fail"}:
        return redirect(_address(session_id), 303)
    try:
        with store.transaction() as tx:
            outcome = attempts.authenticate(tx, session_id, passed=chosen == "pass")
    except attempts.NotOpen:
        return redirect(_address(session_id), 303)
    return _follow(store, outcome)


def _address(session_id: str) -> str:
    return url_for("page.show", session_id=session_id)


def _read(store: Store, session_id: str) -> Object | None:
    timeline.catch_up(store)
    with store.transaction() as tx:
        return tx.get("checkout.session", session_id)


def _intent(store: Store, session: Object) -> Object:
    with store.transaction() as tx:
        return tx.get("payment_intent", session["payment_intent"] or "") or {}


def _follow(store: Store, outcome: attempts.Outcome) -> Response:
    """Send the payer where the outcome leads: back to the merchant, to 3-D Secure, or to the form again."""
    session_id = outcome.session["id"]
    if outcome.status == "requires_action":
        return redirect(url_for("page.question", session_id=session_id), 303)
    if outcome.status == "declined":
        return redirect(_address(session_id), 303)
    deliveries.wait_for(store, COMPLETED, session_id, seconds=store.config.redirect_wait)
    return redirect(_success_url(outcome.session), 303)


def _success_url(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _session(store: Store, session_id: str, typed: Typed, *, status: int = 200) -> Response:
    session = _read(store, session_id)
    if session is None:
        return _render(None, "unknown", status=404)
    if session["status"] != "open":
        return _render(session, session["status"], back=_success_url(session))
    intent = _intent(store, session)
    error = intent.get("last_payment_error") or {}
    reason = error.get("decline_code") or error.get("code")
    if intent.get("status") == "requires_action":
        reason = "interrupted"
    with store.transaction() as tx:
        lines, payer = sessions.line_items(tx, session), tx.hidden(session_id).get("payer")
    if payer and not typed.name:
        typed = replace(typed, name=payer["name"], email=payer["email"])
    if typed.errors:
        reason = None
    return _render(session, "pay", status=status, lines=lines, typed=typed, reason=reason, cards=cards.published())


def _render(session: Object | None, name: str, *, status: int = 200, **values: object) -> Response:
    language = words.language(session["locale"] if session else None, request.accept_languages)
    said = words.catalogue(language)
    text = render_template(
        f"{name}.html",
        language=language,
        t=said,
        session=session,
        money=lambda minor, currency: words.money(minor, currency, language),
        instant=lambda seconds: words.instant(seconds, language),
        **values,
    )
    response = make_response(text, status)
    # Chromium holds a form's redirects to form-action too, so the merchant's own pages are named.
    leads = {words.origin(url) for url in (session["success_url"], session["cancel_url"]) if url} if session else set()
    targets = " ".join(["'self'", *sorted(leads)])
    policy = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; base-uri 'none'"
    response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
