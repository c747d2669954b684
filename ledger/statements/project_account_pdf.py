"""The account of a project on paper: the rows of the screen in the document of its language."""

from __future__ import annotations

from ledger import i18n
from ledger.ports import PdfRenderer
from ledger.projects.queries import ProjectPage
from ledger.statements.project_account import ProjectAccount
from ledger.templating import Templates


def render(account: ProjectAccount, page: ProjectPage, locale: str, *, templates: Templates, pdf: PdfRenderer) -> bytes:
    """Make the PDF of an account. No transaction may be open: it takes about ten milliseconds a line.

    Raises:
        Unavailable: it cannot be made now.
    """
    document = templates.render(
        f"documents/statement.{locale}.html", locale, account=account, project=page.project, issuer=page.organisation
    )
    title = i18n.translate(locale, "Account statement: %(project)s", project=page.project.title)
    return pdf.render(document, title=title, locale=locale)


def file_name(account: ProjectAccount) -> str:
    """Give the name under which it is downloaded."""
    return f"{account.project_reference}_{account.start}_{account.end}.pdf"
