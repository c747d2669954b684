"""What pages read of pledges and contributions: frozen rows, with what each reader may see and no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.contributions.lifecycle import PENDING, PROMISED, PledgeState
from ledger.contributions.models import Contribution, Kind, NameShown, Pledge, PledgeAttempt, UnallocatedPayment
from ledger.money import Money
from ledger.payments.models import Charge, Checkout, CheckoutState
from ledger.people.models import Person
from ledger.projects.models import Project


@dataclass(frozen=True, slots=True)
class Totals:
    """What a project has, without ever mixing: money in the book, money on its way, promises."""

    collected: Money
    pending: Money
    pledged: Money
    contributors: int
    fees: Money

    @property
    def net(self) -> Money:
        """What is collected less the fees that the project bears."""
        return self.collected - self.fees


@dataclass(frozen=True, slots=True)
class PublicContribution:
    """A contribution as its donor chose to appear: `name` is empty for nobody, `amount` none when hidden."""

    name: str
    amount: Money | None
    paid_on: date


@dataclass(frozen=True, slots=True)
class LeaderContribution:
    """A contribution as the project leader sees it: the donor's choice of name is kept."""

    reference: str
    name: str
    amount: Money
    fee: Money
    paid_on: date
    kind: Kind

    @property
    def net(self) -> Money:
        """What the project has of it."""
        return self.amount - self.fee


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What one day brought."""

    day: date
    amount: Money
    count: int


@dataclass(frozen=True, slots=True)
class PledgeStatus:
    """What the page that a donor returns to tells: the truth, whatever order things happened in."""

    reference: str
    state: PledgeState
    project_title: str
    project_slug: str
    organisation_id: int
    amount: Money
    tip: Money
    email: str
    checkout_url: str
    """Of the attempt that is still open, else empty."""
    error_code: str
    """Why the last attempt failed, as the provider names it."""
    state_at: datetime

    @property
    def total(self) -> Money:
        """What the donor pays in all."""
        return self.amount + self.tip

    @property
    def masked_email(self) -> str:
        """The donor's address as its owner knows it again; people share the address of a thank-you page."""
        name, _, domain = self.email.rpartition("@")
        return f"{name[:1]}…@{domain}"


@dataclass(frozen=True, slots=True)
class OwnContribution:
    """A pledge or contribution on its donor's own page."""

    reference: str
    state: PledgeState
    project_title: str
    project_slug: str
    amount: Money
    tip: Money
    created_at: datetime
    paid_on: date | None
    card_brand: str
    card_last4: str
    name_shown: NameShown
    amount_shown: bool
    contribution_id: int | None


def totals(session: Session, project_ids: Iterable[int]) -> dict[int, Totals]:
    """Add up, for each project, what is collected, pending and pledged."""
    ids = list(project_ids)
    paid = session.execute(
        sa.select(
            Contribution.project_id,
            sa.func.sum(Contribution.amount_minor),
            sa.func.sum(Contribution.fee_minor),
            sa.func.count(sa.distinct(Contribution.person_id)),
        )
        .where(Contribution.project_id.in_(ids))
        .group_by(Contribution.project_id)
    ).all()
    collected = {project_id: (int(amount), int(fee), int(people)) for project_id, amount, fee, people in paid}
    pending, pledged = (_promised(session, ids, states) for states in (PENDING, PROMISED))
    result = {}
    for project_id, currency in session.execute(sa.select(Project.id, Project.currency).where(Project.id.in_(ids))):
        amount, fee, people = collected.get(project_id, (0, 0, 0))
        result[project_id] = Totals(
            collected=Money(amount, currency),
            pending=Money(pending.get(project_id, 0), currency),
            pledged=Money(pledged.get(project_id, 0), currency),
            contributors=people,
            fees=Money(fee, currency),
        )
    return result


def _promised(session: Session, ids: list[int], states: Iterable[PledgeState]) -> dict[int, int]:
    rows = session.execute(
        sa.select(Pledge.project_id, sa.func.sum(Pledge.amount_minor))
        .where(Pledge.project_id.in_(ids), Pledge.state.in_(list(states)))
        .group_by(Pledge.project_id)
    ).all()
    return {project_id: int(amount) for project_id, amount in rows}


def shown_name(pledge: Pledge) -> str:
    """Give the name that others may see; empty when the donor chose to be nobody."""
    if pledge.name_shown is NameShown.NOBODY:
        return ""
    full = pledge.name_shown is NameShown.FULL
    return f"{pledge.first_name} {pledge.last_name}".strip() if full else pledge.first_name


def public_of_project(session: Session, project_id: int, *, limit: int = 100) -> tuple[PublicContribution, ...]:
    """List who contributed, as each chose to appear, the latest first."""
    rows = session.execute(
        sa.select(Contribution, Pledge)
        .join(Pledge, Pledge.id == Contribution.pledge_id)
        .where(Contribution.project_id == project_id)
        .order_by(Contribution.id.desc())
        .limit(limit)
    ).all()
    return tuple(
        PublicContribution(
            name=shown_name(pledge),
            amount=contribution.amount if pledge.amount_shown else None,
            paid_on=contribution.paid_on,
        )
        for contribution, pledge in rows
    )


def for_leader(session: Session, project_id: int) -> tuple[LeaderContribution, ...]:
    """List a project's contributions for its leader, the latest first."""
    rows = session.execute(
        sa.select(Contribution, Pledge)
        .join(Pledge, Pledge.id == Contribution.pledge_id)
        .where(Contribution.project_id == project_id)
        .order_by(Contribution.paid_on.desc(), Contribution.id.desc())
    ).all()
    return tuple(
        LeaderContribution(
            reference=contribution.reference,
            name=shown_name(pledge),
            amount=contribution.amount,
            fee=contribution.fee,
            paid_on=contribution.paid_on,
            kind=contribution.kind,
        )
        for contribution, pledge in rows
    )


def by_day(session: Session, project_id: int, currency: str) -> tuple[DayTotal, ...]:
    """Add up a project's contributions by accounting day, oldest first; days without any are not listed."""
    rows = session.execute(
        sa.select(Contribution.paid_on, sa.func.sum(Contribution.amount_minor), sa.func.count())
        .where(Contribution.project_id == project_id)
        .group_by(Contribution.paid_on)
        .order_by(Contribution.paid_on)
    ).all()
    return tuple(DayTotal(day, Money(int(amount), currency), count) for day, amount, count in rows)


def status(session: Session, reference: str) -> PledgeStatus | None:
    """Read the state of one pledge by its reference, which only its donor has."""
    found = session.execute(
        sa.select(Pledge, Project, Person)
        .join(Project, Project.id == Pledge.project_id)
        .join(Person, Person.id == Pledge.person_id)
        .where(Pledge.reference == reference)
    ).one_or_none()
    if found is None:
        return None
    pledge, project, person = found
    last = session.scalars(
        sa.select(Checkout)
        .join(PledgeAttempt, PledgeAttempt.checkout_id == Checkout.id)
        .where(PledgeAttempt.pledge_id == pledge.id)
        .order_by(PledgeAttempt.number.desc())
        .limit(1)
    ).one_or_none()
    return PledgeStatus(
        reference=pledge.reference,
        state=pledge.state,
        project_title=project.title,
        project_slug=project.slug,
        organisation_id=project.organisation_id,
        amount=pledge.amount,
        tip=pledge.tip,
        email=person.email,
        checkout_url=last.url if last is not None and last.state is CheckoutState.OPEN else "",
        error_code=last.error_code if last is not None else "",
        state_at=pledge.state_at,
    )


def own(session: Session, person_id: int) -> tuple[OwnContribution, ...]:
    """List everything that a person pledged or gave, the latest first; what was filled in anew is left out."""
    rows = session.execute(
        sa.select(Pledge, Project, Contribution, Charge)
        .join(Project, Project.id == Pledge.project_id)
        .outerjoin(Contribution, Contribution.pledge_id == Pledge.id)
        .outerjoin(Charge, Charge.id == Contribution.charge_id)
        .where(Pledge.person_id == person_id, Pledge.state != PledgeState.REPLACED)
        .order_by(Pledge.id.desc())
    ).all()
    return tuple(_own(*row) for row in rows)


def _own(pledge: Pledge, project: Project, contribution: Contribution | None, charge: Charge | None) -> OwnContribution:
    return OwnContribution(
        reference=pledge.reference,
        state=pledge.state,
        project_title=project.title,
        project_slug=project.slug,
        amount=pledge.amount,
        tip=pledge.tip,
        created_at=pledge.created_at,
        paid_on=contribution.paid_on if contribution else None,
        card_brand=charge.card_brand if charge else "",
        card_last4=charge.card_last4 if charge else "",
        name_shown=pledge.name_shown,
        amount_shown=pledge.amount_shown,
        contribution_id=contribution.id if contribution else None,
    )


@dataclass(frozen=True, slots=True)
class UnallocatedRow:
    """A payment in suspense, for the treasurer: `reason` is a code."""

    organisation_id: int
    amount: Money
    reason: str
    pledge_reference: str
    recorded_at: datetime
    entry_id: int


def unallocated(session: Session, organisation_ids: Iterable[int]) -> tuple[UnallocatedRow, ...]:
    """List the payments that organisations hold in suspense, the latest first."""
    rows = session.execute(
        sa.select(UnallocatedPayment, Pledge.reference)
        .join(PledgeAttempt, PledgeAttempt.checkout_id == UnallocatedPayment.checkout_id)
        .join(Pledge, Pledge.id == PledgeAttempt.pledge_id)
        .where(UnallocatedPayment.organisation_id.in_(list(organisation_ids)))
        .order_by(UnallocatedPayment.recorded_at.desc(), UnallocatedPayment.entry_id.desc())
    ).all()
    return tuple(
        UnallocatedRow(
            organisation_id=row.organisation_id,
            amount=row.amount,
            reason=row.reason,
            pledge_reference=reference,
            recorded_at=row.recorded_at,
            entry_id=row.entry_id,
        )
        for row, reference in rows
    )
