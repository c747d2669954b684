"""A sign-in link is mailed: made in a transaction, sent with none open.

The link's secret exists only here and in the mail: a job that is tried again makes a new link. The mail names nobody:
whoever fills in a form for another's address could have us send words of theirs.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.people import links
from ledger.people.models import Person
from ledger.workflows import mails
from ledger.workflows.means import Means


def run(
    means: Means,
    *,
    person_id: int,
    browser_hash: str,
    locale: str,
    asked_at: int,
    sign_in_url: Callable[[str, str], str],
) -> None:
    """Mail a person a link that signs in the browser that asked for it at `asked_at` (Unix seconds).

    `sign_in_url(secret, locale)` is the address of the page that a link's secret opens. When mails were down for
    longer than a link lasts, nobody waits for it any more and none is sent.

    Raises:
        Unavailable: the mail was not accepted; run again.
    """
    if means.now().timestamp() - asked_at > links.SIGN_IN_LASTS.total_seconds():
        return
    with means.database.transaction() as session:
        person = session.get_one(Person, person_id)
        secret = links.new_sign_in(session, person.id, browser_hash=browser_hash, locale=locale, now=means.now())
    mail = mails.write(
        means.templates,
        "sign_in",
        locale,
        message_id=f"sign-in.{links.hashed(secret)[:32]}",
        recipient=person.email,
        recipient_name="",
        url=sign_in_url(secret, locale),
        site=means.settings.site,
        minutes=int(links.SIGN_IN_LASTS.total_seconds()) // 60,
    )
    means.mailer.send(mail)
