"""The account of a project on paper: the rows of the screen in the document of its language."""

from __future__ import annotations

from typing import Final

from ledger import i18n
from ledger.errors import Refused
from ledger.ports import PdfRenderer
from ledger.projects.queries import ProjectPage
from ledger.statements.project_account import ProjectAccount
from ledger.templating import Templates

MOST_LINES: Final = 2000
"""Of one document: a reader waits about eight milliseconds for each. The CSV has no such bound."""


def render(account: ProjectAccount, page: ProjectPage, locale: str, *, templates: Templates, pdf: PdfRenderer) -> bytes:
    """Make the PDF of an account. No transaction may be open.

    Raises:
        Refused: `statement_too_long`, more lines than a reader can wait for.
        Unavailable: it cannot be made now.
    """
    if len(account.lines) > MOST_LINES:
        raise Refused("statement_too_long", lines=len(account.lines), maximum=MOST_LINES)
    document = templates.render(
        f"documents/statement.{locale}.html", locale, account=account, project=page.project, issuer=page.organisation
    )
    title = i18n.translate(locale, "Account statement: %(project)s", project=page.project.title)
    return pdf.render(document, title=title, locale=locale)


def file_name(account: ProjectAccount) -> str:
    """Give the name under which it is downloaded."""
    return f"{account.project_reference}_{account.start}_{account.end}.pdf"
