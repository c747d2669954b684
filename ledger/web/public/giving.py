"""Giving: the form, what it costs and where it goes, and the way to the provider's page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response
from flask import session as cookie
from marshmallow import ValidationError, pre_load

from ledger import i18n, parameters
from ledger.clock import day_in_paris
from ledger.contributions import queries as contributions
from ledger.contributions.entries import shares_of_fee
from ledger.contributions.lifecycle import RETRIABLE
from ledger.contributions.models import NameShown
from ledger.contributions.pledges import PledgeRequest
from ledger.errors import EcotError, Invalid, NotFound, Unavailable
from ledger.money import Money, zero
from ledger.ports import GatewayRefused, GatewayUnavailable
from ledger.projects import queries as projects
from ledger.projects.projects import ProjectNotOpen
from ledger.projects.queries import ProjectPage
from ledger.web import checkout, fields
from ledger.web.context import Context, address
from ledger.web.security import check_csrf
from ledger.workflows import take_pledge

TIP_MAXIMUM: Final = Money(50_000)
"""A tip of more than this is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a payment of gift and tip costs, and what the project has of it. The provider's own figure is booked."""

    amount: Money
    tip: Money
    total: Money
    fee: Money
    net: Money


class GiveSchema(fields.FormSchema):
    """The form of a gift."""

    once = fields.Text(maximum=64, required=True)
    first_name = fields.Text(maximum=80, required=True)
    last_name = fields.Text(maximum=80, required=True)
    email = fields.Email()
    name_shown = fields.Choice(*NameShown)
    amount_shown = fields.Choice("1", "", default="")

    def __init__(self, limits: parameters.Limits) -> None:
        super().__init__()
        self.fields["amount"] = self.load_fields["amount"] = fields.Amount(
            minimum=limits.minimum, maximum=limits.maximum
        )
        self.fields["tip"] = self.load_fields["tip"] = fields.Amount(minimum=zero(), maximum=TIP_MAXIMUM)

    @pre_load
    def choose(self, data: Mapping[str, str], **_options: Any) -> dict[str, str]:
        """Take each amount from the chosen suggestion or from what was typed; never guess between the two."""
        chosen = dict(data)
        for name, nothing in (("amount", ""), ("tip", "0")):
            choice, typed = chosen.pop(f"{name}_choice", ""), chosen.get(name, "").strip()
            suggested = _suggested(choice)
            if suggested is None:
                chosen[name] = typed or nothing if choice in {"", "other"} else "?"
            elif typed and not _same(typed, suggested):
                raise ValidationError({name: [fields.problem("amount_two_answers", text=typed, amount=suggested)]})
            else:
                chosen[name] = str(i18n.decimal_of(suggested))
        return chosen


def _suggested(choice: str) -> Money | None:
    return Money(int(choice)) if choice.isascii() and choice.isdigit() and len(choice) < 9 else None  # noqa: PLR2004


def _same(typed: str, suggested: Money) -> bool:
    try:
        return i18n.parse_money(typed) == suggested
    except Invalid:
        return False


def show(context: Context, slug: str) -> Response:
    """Show the form, with an amount suggested where the address names one."""
    choice = context.request.args.get("amount", "5000")
    form = fields.empty(
        once=_token(context, slug), amount_choice=choice, tip_choice="0", name_shown="full", amount_shown="1"
    )
    return _form(context, _open_project(context, slug), form)


def _token(context: Context, slug: str) -> str:
    """Give a form its token: the one that this browser sent last for the project, as long as that is not paid.

    Browsers ask for the page anew when a donor goes back from the provider's: it must still be the same form.
    """
    project, token, reference = cookie.get("gift", ("", "", ""))
    if project == slug:
        with context.means.database.reading() as session:
            status = contributions.status(session, reference)
        if status is not None and status.state in RETRIABLE:
            return str(token)
    return secrets.token_urlsafe(16)


def send(context: Context, slug: str) -> Response:
    """Take the form: a pledge, a checkout, and on to the provider's page."""
    view = _open_project(context, slug)
    sent = context.request.form.to_dict()
    try:
        check_csrf()
        pledge_request = _read(context, slug, sent)
        with context.means.database.transaction() as session:
            reference = take_pledge.take(session, pledge_request, now=context.now).reference
        cookie["gift"] = (slug, pledge_request.form, reference)
    except fields.FormInvalid as error:
        return _form(context, view, error.form, status=422)
    except EcotError as error:
        status = 503 if isinstance(error, Unavailable) else 422
        return _form(context, view, fields.with_error(sent, error), status=status)
    return _go_and_pay(context, reference)


def _go_and_pay(context: Context, reference: str) -> Response:
    """Send the donor to pay; when the provider cannot be reached, to the page that says so and offers to try again."""
    try:
        return context.go_to(checkout.open_for(context, reference))
    except (GatewayUnavailable, GatewayRefused, ProjectNotOpen):
        return context.go_to(address("public.status", context.locale, reference=reference))


def costs(context: Context, slug: str) -> Response:
    """Answer what a gift of an amount costs, as a part of the page; nothing for what cannot be read yet."""
    _open_project(context, slug)
    sent = {name: context.request.args.get(name, "") for name in ("amount_choice", "amount", "tip_choice", "tip")}
    try:
        estimate: Estimate | None = estimate_of(context, *(_typed_or_chosen(sent, name) for name in ("amount", "tip")))
    except Invalid:
        estimate = None
    return context.render("public/_costs.html", estimate=estimate)


def _typed_or_chosen(sent: Mapping[str, str], name: str) -> Money:
    suggested = _suggested(sent[f"{name}_choice"])
    if suggested is not None:
        return suggested
    return i18n.parse_money(sent[name]) if sent[name].strip() or name == "amount" else zero()


def estimate_of(context: Context, amount: Money, tip: Money) -> Estimate:
    """Estimate what a payment costs by the provider's published fee of the day.

    Raises:
        Invalid: the amount is out of bounds.
    """
    day = day_in_paris(context.now)
    limits = parameters.load().gift_limits(day)
    if not limits.minimum <= amount <= limits.maximum or not zero() <= tip <= TIP_MAXIMUM:
        raise Invalid("amount_too_large")
    fee = parameters.load().payment_fee("card", day).on(amount + tip)
    borne = shares_of_fee(fee, amount=amount, tip=tip).project
    return Estimate(amount=amount, tip=tip, total=amount + tip, fee=fee, net=amount - borne)


def _open_project(context: Context, slug: str) -> ProjectPage:
    with context.means.database.reading() as session:
        view = projects.page(session, slug)
    if view is None:
        raise NotFound("project_unknown")
    return view


def _read(context: Context, slug: str, sent: dict[str, str]) -> PledgeRequest:
    limits = parameters.load().gift_limits(day_in_paris(context.now))
    read = fields.load(GiveSchema(limits), sent)
    return PledgeRequest(
        form=read["once"],
        project_slug=slug,
        amount=read["amount"],
        tip=read["tip"],
        first_name=read["first_name"],
        last_name=read["last_name"],
        email=read["email"],
        name_shown=NameShown(read["name_shown"]),
        amount_shown=read["amount_shown"] == "1",
        locale=context.locale,
    )


def _form(context: Context, view: ProjectPage, form: fields.Form, *, status: int = 200) -> Response:
    if not view.project.accepts(context.now):
        return context.render("public/not_open.html", http=409, view=view)
    limits = parameters.load().gift_limits(day_in_paris(context.now))
    return context.render(
        "public/give.html",
        http=status,
        view=view,
        form=form,
        suggestions=limits.suggestions,
        tips=limits.tips,
        estimates=tuple(estimate_of(context, amount, zero()) for amount in limits.suggestions),
        minimum=limits.minimum,
        maximum=limits.maximum,
    )
