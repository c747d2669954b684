"""A pledge is taken to the provider's page: prepare (a checkout of ours), ask (the network), note (where to go).

No transaction is open while the provider is asked. Whatever dies in between, asking again with the same key gives
the same page, and a notice that arrives before our own note finds the checkout by its reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ledger import i18n, jobs
from ledger.contributions import pledges
from ledger.contributions.lifecycle import RETRIABLE, PledgeState
from ledger.contributions.models import Pledge, PledgeAttempt
from ledger.db import Database
from ledger.payments import checkouts
from ledger.payments.models import Checkout, CheckoutState
from ledger.people.models import Person
from ledger.ports import CheckoutLine, CheckoutRequest, PaymentGateway
from ledger.projects import projects
from ledger.projects.models import Project


@dataclass(frozen=True, slots=True)
class _Asked:
    """A checkout of ours and what to ask the provider for it."""

    checkout_id: int
    request: CheckoutRequest


def run(
    database: Database,
    gateway: PaymentGateway,
    *,
    reference: str,
    status_url: Callable[[str, str], str],
    now: datetime,
) -> str:
    """Give the address to send the donor to: the provider's page, or our own when nothing is left to pay.

    `status_url(reference, locale)` is the page that a donor returns to.

    Raises:
        NotFound: no pledge has this reference.
        ProjectNotOpen: the project closed before the donor began to pay.
        GatewayUnavailable, GatewayRefused: the pledge stays as it is and may be tried again.
    """
    with database.transaction() as session:
        asked = _prepare(session, reference, status_url=status_url, now=now)
    if isinstance(asked, str):
        return asked
    opened = gateway.open_checkout(asked.request)
    with database.transaction() as session:
        checkouts.opened(session, asked.checkout_id, opened)
        pledge = pledges.find(session, reference)
        if pledge.state in RETRIABLE:
            pledges.move(pledge, PledgeState.CHECKOUT_OPEN, now=now)
            return opened.url
        # Paid or replaced while the provider was asked: nobody is to pay this one.
        jobs.enqueue(session, "release_checkout", now=now, checkout_id=asked.checkout_id)
    return asked.request.success_url


def _prepare(session: Session, reference: str, *, status_url: Callable[[str, str], str], now: datetime) -> _Asked | str:
    pledge = pledges.find(session, reference)
    shown = status_url(pledge.reference, pledge.locale)
    if pledge.state not in RETRIABLE:
        return shown
    last = pledges.last_attempt(session, pledge.id)
    if last is not None and checkouts.is_open(last[1], now):
        return last[1].url
    project = session.get_one(Project, pledge.project_id)
    projects.check_open(project, now)
    if last is not None and checkouts.can_be_asked_again(last[1], now):
        number, checkout = last
    else:
        if last is not None and last[1].state is CheckoutState.OPEN:
            jobs.enqueue(session, "release_checkout", now=now, checkout_id=last[1].id)
        number = last[0] + 1 if last is not None else 1
        checkout = checkouts.new(session, pledge.amount + pledge.tip, now=now)
        session.add(PledgeAttempt(checkout_id=checkout.id, pledge_id=pledge.id, number=number))
    person = session.get_one(Person, pledge.person_id)
    request = _request(pledge, checkout, number=number, project=project, email=person.email, shown=shown)
    return _Asked(checkout_id=checkout.id, request=request)


def _request(
    pledge: Pledge, checkout: Checkout, *, number: int, project: Project, email: str, shown: str
) -> CheckoutRequest:
    gift = i18n.translate(pledge.locale, "Gift: %(project)s", project=project.title)
    lines = [CheckoutLine(gift[:200], pledge.amount)]
    if pledge.tip:
        lines.append(CheckoutLine(i18n.translate(pledge.locale, "Tip for the running of this site"), pledge.tip))
    return CheckoutRequest(
        reference=checkout.reference,
        idempotency_key=f"cs:{pledge.reference}:{number}",
        lines=tuple(lines),
        email=email,
        locale=pledge.locale,
        success_url=shown,
        cancel_url=shown,
        expires_at=checkout.expires_at,
        description=gift[:200],
    )
