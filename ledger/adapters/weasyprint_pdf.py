"""Documents as PDF by WeasyPrint, which is loaded when the first one is made: it takes a second, and needs Pango."""

from __future__ import annotations

import contextlib
import importlib
import io
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.adapters import file_store
from ledger.errors import Unavailable
from ledger.ports import PdfRenderer
from ledger.templating import TEMPLATES

if TYPE_CHECKING:
    from ledger.adapters.weasyprint_engine import Engine

ENGINE: Final = "ledger.adapters.weasyprint_engine"


class WeasyPrintPdf(PdfRenderer):
    """Makes PDF/A-3a documents, tagged (PDF/UA-1), with our own fonts. May be shared by threads."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self._templates = templates
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def render(self, html: str, *, title: str, locale: str) -> bytes:
        """Make a document; see `PdfRenderer`.

        Narrow no-break spaces, which Babel writes in French amounts, become no-break spaces: few fonts have them,
        and a reader that copies an amount out of the document finds one kind of space.
        """
        try:
            return self._loaded().render(html.replace("\u202f", "\u00a0"), title=title, locale=locale)
        except OSError as error:
            raise file_store.unavailable(error) from error

    def _loaded(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = _load(self._templates)
            return self._engine


def _load(templates: Path) -> Engine:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # WeasyPrint prints a banner there when it finds no Pango
            module = importlib.import_module(ENGINE)
    except OSError as error:
        raise Unavailable("pdf_libraries_missing", detail=str(error)) from error
    if missing := [face for face in module.FACES if not (templates / face).is_file()]:
        raise Unavailable("pdf_fonts_missing", fonts=missing)
    engine: Engine = module.Engine(templates)
    return engine
