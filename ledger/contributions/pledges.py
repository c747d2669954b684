"""Pledges: made once however often a form is sent, attempted, followed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger import references
from ledger.contributions.lifecycle import RETRIABLE, PledgeState
from ledger.contributions.models import Kind, NameShown, Pledge, PledgeAttempt
from ledger.db import add_once
from ledger.errors import NotFound
from ledger.money import Money
from ledger.payments.models import Checkout, CheckoutState


@dataclass(frozen=True, slots=True)
class PledgeRequest:
    """What a donor filled in. `form` is the token that the form was shown with."""

    form: str
    project_slug: str
    amount: Money
    tip: Money
    first_name: str
    last_name: str
    email: str
    name_shown: NameShown
    amount_shown: bool
    locale: str

    @property
    def once(self) -> str:
        """What makes the same form, filled in the same, one pledge."""
        parts = (self.form, self.project_slug, self.amount, self.tip, self.email, self.first_name, self.last_name)
        return hashlib.sha256(repr((*parts, self.name_shown, self.amount_shown)).encode()).hexdigest()


def find(session: Session, reference: str) -> Pledge:
    """Give the pledge with this reference, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = sa.select(Pledge).where(Pledge.reference == reference).with_for_update()
    pledge = session.scalars(query).one_or_none()
    if pledge is None:
        raise NotFound("pledge_unknown")
    return pledge


def add(session: Session, request: PledgeRequest, *, project_id: int, person_id: int, now: datetime) -> Pledge:
    """Make a donation's pledge; the same request again, even at the same instant, gives the same pledge."""
    pledge = Pledge(
        reference=references.new("PR"),
        once=request.once,
        form=request.form,
        project_id=project_id,
        person_id=person_id,
        kind=Kind.DONATION,
        amount=request.amount,
        tip=request.tip,
        first_name=request.first_name,
        last_name=request.last_name,
        name_shown=request.name_shown,
        amount_shown=request.amount_shown,
        locale=request.locale,
        state=PledgeState.PLEDGED,
        created_at=now,
        state_at=now,
    )
    return pledge if add_once(session, pledge) else session.scalars(_made_by(request)).one()


def made_before(session: Session, request: PledgeRequest) -> Pledge | None:
    """Give the pledge that this very request made before, if any."""
    return session.scalars(_made_by(request)).one_or_none()


def _made_by(request: PledgeRequest) -> sa.Select[Pledge]:
    return sa.select(Pledge).where(Pledge.once == request.once)


def replace_others(session: Session, request: PledgeRequest, *, now: datetime) -> list[int]:
    """Set aside what the same form asked for before and was not paid; give the checkouts to release.

    What is set aside is not found by `made_before` any more: asked for once again, it is a new pledge.
    """
    others = session.scalars(
        sa.select(Pledge)
        .where(Pledge.form == request.form, Pledge.once != request.once, Pledge.state.in_(list(RETRIABLE)))
        .with_for_update()
    ).all()
    for pledge in others:
        move(pledge, PledgeState.REPLACED, now=now)
        pledge.once = pledge.reference
    ids = [pledge.id for pledge in others]
    return list(session.scalars(sa.select(PledgeAttempt.checkout_id).where(PledgeAttempt.pledge_id.in_(ids))))


def move(pledge: Pledge, state: PledgeState, *, now: datetime) -> None:
    """Give a pledge a state, noting when it changed."""
    if pledge.state is not state:
        pledge.state = state
        pledge.state_at = now


def of_checkout(session: Session, checkout_id: int) -> Pledge:
    """Give the pledge that a checkout is an attempt to pay, locked until the transaction ends."""
    query = sa.select(Pledge).join(PledgeAttempt, PledgeAttempt.pledge_id == Pledge.id)
    return session.scalars(query.where(PledgeAttempt.checkout_id == checkout_id).with_for_update(of=Pledge)).one()


def last_attempt(session: Session, pledge_id: int) -> tuple[int, Checkout] | None:
    """Give the number and the checkout of a pledge's last attempt, if there was any."""
    row = session.execute(
        sa.select(PledgeAttempt.number, Checkout)
        .join(Checkout, Checkout.id == PledgeAttempt.checkout_id)
        .where(PledgeAttempt.pledge_id == pledge_id)
        .order_by(PledgeAttempt.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def expire_abandoned(session: Session, *, before: datetime, now: datetime) -> None:
    """Let pledges lapse that never reached the provider's page."""
    query = sa.select(Pledge).where(Pledge.state == PledgeState.PLEDGED, Pledge.created_at < before)
    for pledge in session.scalars(query.with_for_update(skip_locked=True)):
        move(pledge, PledgeState.EXPIRED, now=now)


def unfinished_confirmed(session: Session) -> list[str]:
    """List the checkouts, by the provider's ids, whose payment is confirmed and not yet in the book."""
    query = (
        sa.select(Checkout.session_id)
        .join(PledgeAttempt, PledgeAttempt.checkout_id == Checkout.id)
        .join(Pledge, Pledge.id == PledgeAttempt.pledge_id)
        .where(Pledge.state.in_([PledgeState.CONFIRMED, PledgeState.PROCESSING]), Checkout.session_id.is_not(None))
    )
    return [found for found in session.scalars(query) if found]


def any_made(session: Session) -> bool:
    """Whether anybody has pledged anything yet."""
    return session.scalar(sa.select(Pledge.id).limit(1)) is not None


def others_unfinished(session: Session, pledge_id: int, checkout_id: int) -> list[int]:
    """List the checkouts of a pledge's other attempts that could still be paid."""
    query = (
        sa.select(PledgeAttempt.checkout_id)
        .join(Checkout, Checkout.id == PledgeAttempt.checkout_id)
        .where(PledgeAttempt.pledge_id == pledge_id, PledgeAttempt.checkout_id != checkout_id)
        .where(Checkout.state.in_([CheckoutState.REQUESTED, CheckoutState.OPEN]))
    )
    return list(session.scalars(query))
