"""A table on paper: the rows of the screen under the name of the organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ledger.errors import Refused
from ledger.ports import PdfRenderer
from ledger.projects.queries import OrganisationRow
from ledger.statements import table
from ledger.statements.table import Table
from ledger.templating import Templates

LONGEST: Final = 2000
"""Rows on paper: some fifty sheets, and twenty seconds to lay out."""


class TooLongForPaper(Refused):
    """The statement has more rows than are printed; its files hold them all."""

    code = "too_long_for_paper"


def compose(content: Table, issuer: OrganisationRow, locale: str, *, templates: Templates, now: datetime) -> str:
    """Write the document, in the snapshot that the table is drawn from.

    Raises:
        TooLongForPaper.
    """
    columns, rows = table.for_pages(content, longest=LONGEST)
    if len(rows) > LONGEST:
        raise TooLongForPaper(maximum=LONGEST)
    said = {"table": content, "columns": columns, "rows": rows, "issuer": issuer, "drawn_at": now}
    return templates.render(f"documents/table.{locale}.html", locale, **said)


def render(document: str, content: Table, issuer: OrganisationRow, locale: str, *, pdf: PdfRenderer) -> bytes:
    """Make the PDF of a document. No transaction may be open: it takes about ten milliseconds a row.

    Raises:
        Unavailable: it cannot be made now.
    """
    return pdf.render(document, title=f"{content.title} \N{EN DASH} {issuer.name}", locale=locale)
