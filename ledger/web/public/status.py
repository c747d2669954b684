"""The page that a donor returns to: it shows the state and changes nothing, whatever order things happen in."""

from __future__ import annotations

from flask import Response

from ledger.contributions import queries as contributions
from ledger.contributions.lifecycle import PledgeState
from ledger.contributions.queries import PledgeStatus
from ledger.errors import NotFound
from ledger.ports import GatewayRefused, GatewayUnavailable
from ledger.projects.projects import ProjectNotOpen
from ledger.web import checkout
from ledger.web.context import Context, address

_MAY_CHANGE = frozenset({PledgeState.CHECKOUT_OPEN, PledgeState.PROCESSING, PledgeState.CONFIRMED})


def show(context: Context, reference: str) -> Response:
    """Show where a pledge is."""
    status = _read(context, reference)
    problem = context.request.args.get("problem", "")
    polling = status.state in _MAY_CHANGE
    return context.render("public/status.html", status=status, polling=polling, problem=problem)


def part(context: Context, reference: str) -> Response:
    """Answer the part of that page that may have changed."""
    status = _read(context, reference)
    return context.render("public/_status.html", status=status, polling=status.state in _MAY_CHANGE)


def retry(context: Context, reference: str) -> Response:
    """Send the donor to pay, again or for the first time; back to the page when that is not possible now."""
    try:
        return context.go_to(checkout.open_for(context, reference))
    except (GatewayUnavailable, GatewayRefused, ProjectNotOpen) as error:
        return context.go_to(address("public.status", context.locale, reference=reference, problem=error.reason))


def _read(context: Context, reference: str) -> PledgeStatus:
    with context.means.database.reading() as session:
        status = contributions.status(session, reference)
    if status is None:
        raise NotFound("pledge_unknown")
    return status
