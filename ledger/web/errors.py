"""Errors become answers here and nowhere else: a status, a page with words, and a reference for the unexpected.

What is expected is told plainly and is no alarm; what is not is logged whole and told without its inside.
"""

from __future__ import annotations

from typing import Final

import structlog
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from ledger import references
from ledger.errors import EcotError, Invalid, NotFound, Refused, Unavailable
from ledger.people.links import LinkRefused
from ledger.ports import BadSignature
from ledger.web import locale as languages
from ledger.web.context import Context, address
from ledger.web.fields import FormInvalid, Problem
from ledger.web.persona import Forbidden, SignInNeeded
from ledger.workflows.means import Means

log = structlog.get_logger()

STATUS: Final[tuple[tuple[type[EcotError], int], ...]] = (
    (BadSignature, 400),
    (FormInvalid, 422),
    (Forbidden, 403),
    (LinkRefused, 410),
    (Invalid, 400),
    (NotFound, 404),
    (Refused, 409),
    (Unavailable, 503),
)
"""The status of each kind of error; the first that fits holds."""

HTTP_CODES: Final = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "too_many_requests",
}


def register(app: Flask, means: Means) -> None:
    """Have every error of the application answered here."""

    @app.errorhandler(EcotError)
    def expected(error: EcotError) -> ResponseReturnValue:
        return answer(_context(means), error)

    @app.errorhandler(CSRFError)
    def form_expired(_error: CSRFError) -> ResponseReturnValue:
        return _page(_context(means), status=400, code="form_expired")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        return _page(_context(means), status=status, code=HTTP_CODES.get(status, "bad_request"))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        reference = references.new("ER", characters=8)
        log.error("unexpected error", reference=reference, path=request.path, exc_info=error)
        return _page(_context(means), status=500, code="unexpected", reference=reference)


def answer(context: Context, error: EcotError) -> ResponseReturnValue:
    """Answer an expected error."""
    if isinstance(error, SignInNeeded):
        return context.go_to(address("auth.sign_in", context.locale, next=context.request.path))
    if isinstance(error, LinkRefused):
        return context.render("auth/invalid.html", http=410, reason=error.reason)
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    response = _page(context, status=status, code=error.reason, error=error)
    if status == 503:  # noqa: PLR2004 - service unavailable
        response.headers["Retry-After"] = "30"
    return response


def _page(context: Context, *, status: int, code: str, reference: str = "", error: EcotError | None = None) -> Response:
    if request.path.startswith("/hooks/"):
        return Response(f"{code}\n", status=status, mimetype="text/plain")
    told = {"not_found": "not_found", "project_unknown": "not_found", "pledge_unknown": "not_found"}
    problem = Problem(told.get(code, code), error.values if error is not None else {"reference": reference})
    return context.render(
        "errors/error.html", http=status, status=status, code=problem.code, problem=problem, reference=reference
    )


def _context(means: Means) -> Context:
    return Context(
        means=means,
        request=request,
        locale=languages.of_request(request),
        now=means.now(),
        person=g.get("visitor"),
        endpoint="",
    )
