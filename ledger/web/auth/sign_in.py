"""Signing in by mailed link: asked for here, opened in the same browser, used once by a button.

The link's page only asks for a press of a button, so that a mail scanner that opens links uses none up.
"""

from __future__ import annotations

import secrets

from flask import Response
from flask import session as cookie

from ledger import jobs
from ledger.people import links, persons
from ledger.people.models import Person
from ledger.web import fields, visitor
from ledger.web.context import Context, address
from ledger.web.security import form_of


class SignInSchema(fields.FormSchema):
    """The form that asks for a link."""

    email = fields.Email()
    next = fields.Text(maximum=300)


def show(context: Context) -> Response:
    """Show the form that asks for a link."""
    return context.render("auth/sign_in.html", form=fields.empty(next=context.request.args.get("next", "")))


def ask(context: Context) -> Response:
    """Have a link mailed; the answer is the same whether the address is known or not."""
    try:
        sent = fields.load(SignInSchema(), form_of(context.request))
    except fields.FormInvalid as error:
        return context.render("auth/sign_in.html", http=422, form=error.form)
    cookie["browser"] = cookie.get("browser") or secrets.token_urlsafe(16)
    cookie["next"] = sent["next"]
    _have_mailed(context, sent["email"], browser_hash=links.hashed(cookie["browser"]))
    return context.render("auth/sent.html", email=sent["email"])


def _have_mailed(context: Context, email: str, *, browser_hash: str) -> None:
    with context.means.database.transaction() as session:
        person = persons.find(session, email)
        if person is not None:
            jobs.enqueue(
                session,
                "mail_sign_in",
                now=context.now,
                person_id=person.id,
                browser_hash=browser_hash,
                locale=context.locale,
                asked_at=int(context.now.timestamp()),
            )


def confirm(context: Context, token: str) -> Response:
    """Show the button that uses a link up."""
    with context.means.database.reading() as session:
        link = links.check_sign_in(session, token, browser=cookie.get("browser"), now=context.now, lock=False)
        person = session.get_one(Person, link.person_id)
    return context.render("auth/confirm.html", action=address("auth.open", context.locale, token=token), person=person)


def enter(context: Context, token: str) -> Response:
    """Use a link up and go on to where the person was going, or to what the person does here."""
    with context.means.database.transaction() as session:
        person = links.use_sign_in(session, token, browser=cookie.get("browser"), now=context.now)
    wanted = str(cookie.get("next", ""))
    visitor.admit(person, signed_in=True)
    with context.means.database.reading() as session:
        who = visitor.current(session)
    if _is_ours(wanted):
        return context.go_to(wanted)
    leads, keeps = who is not None and who.leads, who is not None and who.keeps_books
    home = "treasurer.home" if keeps else "leader.home" if leads else "donor.home"
    return context.go_to(address(home, context.locale))


def _is_ours(path: str) -> bool:
    """Whether a path stays on this site: a link that leads elsewhere is not followed."""
    return path.startswith(("/fr/", "/en/")) and "//" not in path and "\\" not in path


def leave(context: Context) -> Response:
    """Sign out of this browser."""
    visitor.leave()
    return context.go_to(address("public.home", context.locale))
