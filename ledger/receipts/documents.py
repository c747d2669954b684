"""The document of an attestation: read from where it is kept, else made again from its facts, identical."""

from __future__ import annotations

from ledger import i18n
from ledger.errors import NotFound
from ledger.ports import FileStore, PdfRenderer
from ledger.receipts.queries import AttestationRow
from ledger.templating import Templates


def attestation(row: AttestationRow, *, templates: Templates, pdf: PdfRenderer, files: FileStore) -> bytes:
    """Give the PDF of an attestation, and keep it if it was not kept yet. No transaction may be open.

    Raises:
        Unavailable: it can be neither made nor kept now; trying again is safe.
    """
    try:
        return files.get(row.key)
    except NotFound:
        content = pdf.render(html(row, templates=templates), title=title(row), locale=row.locale)
        files.put(row.key, content)
        return content


def html(row: AttestationRow, *, templates: Templates) -> str:
    """Give the document before it is a PDF, from the facts alone."""
    return templates.render(f"documents/attestation.{row.locale}.html", row.locale, facts=row.facts)


def title(row: AttestationRow) -> str:
    """Give the title that the PDF carries."""
    return f"{i18n.translate(row.locale, 'Proof of payment')} {row.reference}"
