"""WeasyPrint, loaded once for a process: the only module that imports it, and so the only one that needs Pango.

What is made here once was measured to matter: a fetcher (each loads the machine's certificates), the fonts (each set
of them leaks), the parsed style sheets.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import weasyprint
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

FACES: Final = {
    "fonts/SourceSans3-Regular.ttf": ("Source Sans 3", 400),
    "fonts/SourceSans3-Semibold.ttf": ("Source Sans 3", 600),
    "fonts/SourceSans3-Bold.ttf": ("Source Sans 3", 700),
    "fonts/SourceSerif4-Semibold.ttf": ("Source Serif 4", 600),
}
"""The fonts of documents, below the directory of templates; their figures are tabular as they are."""

GROUND: Final = "html { image-rendering: crisp-edges; font-family: 'Source Sans 3'; }"
"""Crisp, because interpolated images are forbidden in PDF/A."""

VARIANT: Final = "pdf/a-3a"

UNIVERSAL_ACCESS: Final = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the document follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""
"""PDF/UA-1 said inside PDF/A-3: WeasyPrint writes one or the other. PDF/A wants the schema explained (ISO 19005)."""


class Engine:
    """WeasyPrint with our fonts and style sheet. One document at a time: Pango's font map is not for two threads.

    Raises:
        OSError: the fonts cannot be copied to a temporary directory.
    """

    def __init__(self, templates: Path) -> None:
        self._templates = templates
        self._lock = threading.Lock()
        self._fetcher = _Fetcher(templates)
        self._fonts = FontConfiguration()
        faces = [
            f"@font-face {{ font-family: '{family}'; font-weight: {weight}; src: url('{path}') }}"
            for path, (family, weight) in FACES.items()
        ]
        sheets = ["\n".join([*faces, GROUND])]
        if (own := templates / "print.css").exists():
            sheets.append(own.read_text(encoding="utf-8"))
        self._sheets = [self._sheet(text) for text in sheets]

    def render(self, html: str, *, title: str, locale: str) -> bytes:
        """Make a PDF/A-3a that is also PDF/UA-1.

        Raises:
            OSError: something could not be written.
            ValueError: the document wants something that is not there, or not of the templates.
        """
        with self._lock:
            try:
                document = self._document(html)
            except FatalURLFetchingError as error:  # a BaseException, which would end the worker
                raise ValueError(str(error)) from error
            document.metadata.title = title
            document.metadata.lang = locale
            return bytes(document.write_pdf(pdf_variant=VARIANT, finisher=_say_universal_access))

    def _document(self, html: str) -> weasyprint.Document:
        source = weasyprint.HTML(string=html, base_url=self._base_url, url_fetcher=self._fetcher)
        return source.render(font_config=self._fonts, stylesheets=self._sheets, pdf_variant=VARIANT)

    @property
    def _base_url(self) -> str:
        return f"{self._templates.as_uri()}/"

    def _sheet(self, text: str) -> weasyprint.CSS:
        return weasyprint.CSS(string=text, base_url=self._base_url, url_fetcher=self._fetcher, font_config=self._fonts)


class _Fetcher(URLFetcher):  # type: ignore[misc]
    """Reads `data:` addresses and files of the templates, nothing else; what cannot be read stops the document."""

    def __init__(self, templates: Path) -> None:
        super().__init__(allowed_protocols=("file", "data"), fail_on_errors=True)
        self._templates = templates.resolve()

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Fetch one address.

        Raises:
            ValueError: it is not one of those that documents may use.
        """
        parts = urlsplit(url)
        if parts.scheme == "file":
            path = Path(url2pathname(parts.path)).resolve()
            if parts.netloc or not path.is_relative_to(self._templates):
                raise ValueError(f"not a file of the templates: {url}")
        return super().fetch(url, headers)


def _say_universal_access(document: weasyprint.Document, pdf: Any) -> None:  # noqa: ARG001 - WeasyPrint gives both
    """Add the claim of PDF/UA to the metadata of a PDF/A that is about to be written."""
    number = int(pdf.catalog["Metadata"].split()[0])
    metadata = pdf.objects[number]
    metadata.stream = [part.replace(b"</rdf:RDF>", UNIVERSAL_ACCESS) for part in metadata.stream]


def subsetter_missing() -> bool:
    """Tell whether the library that makes fonts small is missing: documents then take more than twice as long."""
    return ffi.harfbuzz_subset is None
