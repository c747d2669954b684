"""The API over HTTP: keys, versions, idempotency, parameters, expansion and the faults on order."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, request

from ledger.sandbox import endpoints, expansion, faults, forms, parameters, refusals, timeline
from ledger.sandbox.refusals import ApiError
from ledger.sandbox.settings import API_VERSION
from ledger.sandbox.store import Cause, Object, Store, Transaction

DAY: Final = 24 * 3600
LONGEST_KEY: Final = 255
SOCKETS: Final = ("werkzeug.socket", "gunicorn.socket")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came, before anything was checked."""

    method: str
    path: str
    request_id: str
    key: str | None
    given: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """What a replay must have in common with the first request."""
        text = json.dumps([self.method, self.path, self.given], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back: status, body, and whether it is the replay of an earlier answer."""

    status: int
    body: Object
    replayed: bool = False


def blueprint(store: Store) -> Blueprint:
    """Make the blueprint that answers everything under /v1."""
    routes = Blueprint("api", __name__)
    patterns = [(operation, re.compile(re.sub(r"\{\w+\}", r"([^/]+)", operation))) for operation in endpoints.TABLE]

    @routes.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    def call(rest: str) -> Response:
        path, request_id = f"/v1/{rest}", f"req_{secrets.token_hex(7)}"
        timeline.catch_up(store)
        with store.transaction() as tx:
            fault = faults.for_call(tx, request.method, path)
        if fault and fault.get("when", "before") == "before":
            return _break(fault, request_id)
        try:
            asked = _asked(path, request_id, store.config.api_key)
            answered = _answer(store, patterns, asked, spoil=_spoiler(fault))
        except ApiError as error:
            answered = Answered(error.status, error.body())
        if fault and fault.get("action", "error") != "error":
            return _break(fault, request_id)
        return _response(answered, request_id, retry=fault and fault.get("retry"))

    return routes


def _asked(path: str, request_id: str, api_key: str) -> Asked:
    """Read the request, refusing one without our key or with another version.

    Raises:
        ApiError: so.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise refusals.no_key()
    if not secrets.compare_digest(key.encode(), api_key.encode()):
        raise refusals.wrong_key(key)
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise refusals.invalid(f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION} only.")
    if "Stripe-Account" in request.headers:
        raise refusals.unsupported("Stripe-Account")
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    idempotency_key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if idempotency_key is not None and len(idempotency_key) > LONGEST_KEY:
        raise refusals.invalid(f"Idempotency key must be at most {LONGEST_KEY} characters")
    return Asked(request.method, path, request_id, idempotency_key, forms.decode(pairs))


def _spoiler(fault: dict[str, Any] | None) -> Callable[[Answered], Answered]:
    """Turn the answer into the error that a fault ordered, where it ordered one."""

    def spoil(answered: Answered) -> Answered:
        if fault is None or fault.get("action", "error") != "error":
            return answered
        error = refusals.injected(int(fault.get("status", 500)))
        return Answered(error.status, error.body())

    return spoil


def _answer(
    store: Store, patterns: list[tuple[str, re.Pattern[str]]], asked: Asked, *, spoil: Callable[[Answered], Answered]
) -> Answered:
    """Do what is asked, once for each idempotency key, in one transaction with the answer that is kept."""
    operation, found = next(
        ((name, hit) for name, one in patterns if (hit := one.fullmatch(f"{asked.method} {asked.path}"))), ("", None)
    )
    if found is None:
        raise refusals.unrecognised(asked.method, asked.path)
    subject = found.group(1) if found.groups() else ""
    try:
        with store.transaction(cause=Cause(asked.request_id, asked.key)) as tx:
            replay = _replay(tx, asked)
            if replay is not None:
                return replay
            params = parameters.read(operation, asked.given)
            body = endpoints.TABLE[operation](endpoints.Call(tx, asked.path, subject, params))
            answered = spoil(Answered(200, expansion.expand(tx, body, params.get("expand", []))))
            _keep(tx, asked, answered)
    except ApiError as error:
        if error.begun:
            with store.transaction() as tx:
                _keep(tx, asked, Answered(error.status, error.body()))
        raise
    return answered


def _replay(tx: Transaction, asked: Asked) -> Answered | None:
    """Find the answer that was given to the same key within the last day.

    Raises:
        ApiError: the key came with other parameters.
    """
    tx.rows.execute("DELETE FROM idempotency WHERE created <= ?", (tx.now - DAY,))
    row = tx.rows.execute("SELECT * FROM idempotency WHERE key = ?", (asked.key or "",)).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != asked.fingerprint:
        raise refusals.reused_key(row["key"])
    return Answered(row["status"], json.loads(row["body"]), replayed=True)


def _keep(tx: Transaction, asked: Asked, answered: Answered) -> None:
    if asked.key:
        tx.rows.execute(
            "INSERT OR IGNORE INTO idempotency (key, fingerprint, status, body, created) VALUES (?, ?, ?, ?, ?)",
            (asked.key, asked.fingerprint, answered.status, json.dumps(answered.body), tx.now),
        )


def _break(fault: dict[str, Any], request_id: str) -> Response:
    """Answer with the ordered error, or not at all: hang, then close the connection."""
    if fault.get("action", "error") == "error":
        error = refusals.injected(int(fault.get("status", 500)))
        return _response(Answered(error.status, error.body()), request_id, retry=fault.get("retry"))
    if fault["action"] == "hang":
        time.sleep(float(fault.get("seconds", 1)))
    connection = next((request.environ[name] for name in SOCKETS if name in request.environ), None)
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _response(answered: Answered, request_id: str, *, retry: Any = None) -> Response:
    response = Response(json.dumps(answered.body, indent=2), status=answered.status, mimetype="application/json")
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = API_VERSION
    key = request.headers.get("Idempotency-Key")
    if key:
        response.headers["Idempotency-Key"] = key
    if answered.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if retry is not None:
        response.headers["Stripe-Should-Retry"] = str(retry).lower()
    return response
