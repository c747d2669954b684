"""The words of files."""

from __future__ import annotations

import io

import pypdf


def pdf_text(content: bytes) -> str:
    """Give the words of a PDF, with plain spaces."""
    return plain("\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))


def plain(text: str) -> str:
    """Write a text with plain spaces, as programs that read PDF give them back."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
