"""What every PDF renderer promises, asked of the fake and of WeasyPrint; then what makes a document archivable."""

from __future__ import annotations

import base64
import io
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import pikepdf
import pypdf
import pytest

from ledger.adapters.memory import MemoryPdf
from ledger.adapters.weasyprint_doctor import doctor
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.errors import Unavailable
from ledger.ports import PdfRenderer
from ledger.templating import TEMPLATES

PIXEL: Final = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC")
).decode()

RECEIPT: Final = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>another title</title>
<style>h1 {{ font-family: 'Source Serif 4'; font-weight: 600 }} .half {{ font-weight: 600 }}</style></head>
<body>
<h1>Reçu n° 2026-0042</h1>
<p>Œuvre de Łucja Šimůnek, à Évry\u202f: <b>1\u202f234,56\u202f€</b>, soit −12,00 &euro; « nets »</p>
<p class="half">Nature du don&nbsp;: numéraire ✓ → ½ … ’ – —</p>
<table><thead><tr><th scope="col">Poste</th><th scope="col">Montant</th></tr></thead>
<tbody><tr><td>Don</td><td>0123456789</td></tr></tbody></table>
<p><img alt="logo" src="data:image/png;base64,{PIXEL}"></p>
</body></html>"""

LIBRARIES: Final = {
    "pango": ["libpango-1.0-0", "libpango-1.0.so.0", "libpango-1.0.dylib"],
    "harfbuzz-subset": ["libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"],
}

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries are hidden as Linux finds them")


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Templates that are nothing but the fonts, so that the product's style sheet can change."""
    directory = tmp_path_factory.mktemp("templates")
    shutil.copytree(TEMPLATES / "fonts", directory / "fonts")
    return directory


@pytest.fixture(scope="module")
def weasyprint(templates: Path) -> WeasyPrintPdf:
    return WeasyPrintPdf(templates)


@pytest.fixture(scope="module")
def receipt(weasyprint: WeasyPrintPdf) -> bytes:
    return weasyprint.render(RECEIPT, title="Reçu fiscal 2026-0042", locale="fr")


@pytest.fixture(params=["memory", pytest.param("weasyprint", marks=pytest.mark.pdf)])
def renderer(request: pytest.FixtureRequest) -> PdfRenderer:
    if request.param == "memory":
        return MemoryPdf()
    renderer: PdfRenderer = request.getfixturevalue("weasyprint")
    return renderer


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def size_of(pdf: bytes) -> tuple[int, int]:
    """The width and height of the first page, in points."""
    box = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    return round(box.width), round(box.height)


def test_the_same_words_give_the_same_bytes(renderer: PdfRenderer) -> None:
    first = renderer.render(RECEIPT, title="Reçu", locale="fr")
    other = renderer.render(RECEIPT.replace("0042", "0043"), title="Reçu", locale="fr")
    again = renderer.render(RECEIPT, title="Reçu", locale="fr")

    assert first.startswith(b"%PDF-1.7")
    assert again == first
    assert other != first


@pytest.mark.pdf
def test_the_text_can_be_read_out_of_the_document_with_one_kind_of_space(receipt: bytes) -> None:
    text = text_of(receipt)

    assert "Reçu n° 2026-0042" in text
    assert re.search(r"Łucja Šimůnek, à Évry[\xa0 ]: 1[\xa0 ]234,56[\xa0 ]€", text)
    assert "−12,00 €" in text
    assert "✓ → ½ … ’ – —" in text
    assert "\u202f" not in text


@pytest.mark.pdf
def test_a_document_says_its_language_its_title_and_that_it_is_tagged(receipt: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(receipt))
    catalogue: Any = reader.root_object

    assert catalogue["/Lang"] == "fr"
    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert reader.metadata.title == "Reçu fiscal 2026-0042"
    assert "/StructTreeRoot" in catalogue


@pytest.mark.pdf
def test_a_document_claims_pdf_a_3a_and_pdf_ua_1_and_explains_the_second(receipt: bytes) -> None:
    with pikepdf.open(io.BytesIO(receipt)) as pdf, pdf.open_metadata() as metadata:
        assert metadata.pdfa_status == "3A"
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Reçu fiscal 2026-0042"
        assert b"http://www.aiim.org/pdfa/ns/extension/" in bytes(pdf.Root.Metadata.read_bytes())
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/ID" in pdf.trailer


@pytest.mark.pdf
def test_every_font_is_ours_and_travels_with_the_document(receipt: bytes) -> None:
    fonts = {}
    with pikepdf.open(io.BytesIO(receipt)) as pdf:
        for page in pdf.pages:
            for font in page.resources.Font.values():
                [inner] = font.DescendantFonts
                fonts[str(inner.BaseFont).partition("+")[2]] = "/FontFile2" in inner.FontDescriptor

    assert sorted(fonts) == [
        "Source-Sans-3,",
        "Source-Sans-3-Bold",
        "Source-Sans-3-Semi-Bold",
        "Source-Serif-4-Semi-Bold",
    ]
    assert all(fonts.values())


@pytest.mark.pdf
def test_no_letter_is_missing_and_nothing_is_complained_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        WeasyPrintPdf().render(RECEIPT, title="Reçu", locale="fr")

    assert caplog.messages == []


@pytest.mark.pdf
def test_images_are_not_interpolated_which_an_archive_forbids(receipt: bytes) -> None:
    with pikepdf.open(io.BytesIO(receipt)) as pdf:
        images = [image for page in pdf.pages for image in page.get_images().values()]

        assert [bool(image.Interpolate) for image in images] == [False]


@pytest.mark.pdf
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/logo.png",
        "https://ecot.example/logo.png",
        "ftp://127.0.0.1/logo.png",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "../pyproject.toml",
        "fonts/../../pyproject.toml",
        "fonts/none.png",
    ],
)
def test_a_document_reads_nothing_but_templates(weasyprint: WeasyPrintPdf, address: str) -> None:
    with pytest.raises(ValueError, match="Error fetching"):
        weasyprint.render(f'<img alt="" src="{address}">', title="Reçu", locale="fr")


@pytest.mark.pdf
def test_our_style_sheet_is_used_when_there_is_one(weasyprint: WeasyPrintPdf, templates: Path, tmp_path: Path) -> None:
    shutil.copytree(templates, tmp_path / "templates")
    (tmp_path / "templates" / "print.css").write_text("@page { size: A5 landscape }", encoding="utf-8")

    plain = weasyprint.render("<p>Bonjour", title="Reçu", locale="fr")
    styled = WeasyPrintPdf(tmp_path / "templates").render("<p>Bonjour", title="Reçu", locale="fr")

    assert size_of(plain) == (595, 842)
    assert size_of(styled) == (595, 420)


@pytest.mark.pdf
def test_threads_that_share_a_renderer_get_their_own_documents(weasyprint: WeasyPrintPdf) -> None:
    made: dict[int, bytes] = {}

    def render(number: int) -> None:
        made[number] = weasyprint.render(f"<p>document {number}</p>", title=str(number), locale="fr")

    threads = [threading.Thread(target=render, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: text_of(pdf) for number, pdf in made.items()} == {n: f"document {n}" for n in range(6)}


def trial(code: str, **environment: str) -> str:
    """Run a few lines in a process of their own, and give what they print."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


RENDER: Final = """
import hashlib, resource, sys
from pathlib import Path
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.errors import Unavailable
{before}
try:
    print(hashlib.sha256(WeasyPrintPdf().render({html!r}, title="Reçu", locale="fr")).hexdigest())
except Unavailable as error:
    print(error.reason)
"""


def hide(library: str, directory: Path) -> dict[str, str]:
    """Put files that are no libraries where a library is looked for first."""
    for name in LIBRARIES[library]:
        (directory / name).write_bytes(b"not a library")
    return {"LD_LIBRARY_PATH": str(directory)}


@pytest.mark.pdf
def test_another_process_makes_the_same_bytes() -> None:
    code = RENDER.format(before="", html=RECEIPT)

    first, second = (trial(code, PYTHONHASHSEED=seed) for seed in ("1", "2"))

    assert len(first) == 64
    assert first == second


@on_linux
def test_without_pango_documents_are_unavailable_and_the_doctor_knows_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = hide("pango", tmp_path)

    assert trial(RENDER.format(before="", html=RECEIPT), **environment) == "pdf_libraries_missing"
    monkeypatch.setenv(*environment.popitem())
    assert doctor() == ("pango",)


@on_linux
@pytest.mark.pdf
def test_without_the_subsetter_documents_are_made_and_the_doctor_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*hide("harfbuzz-subset", tmp_path).popitem())

    assert doctor() == ("harfbuzz-subset",)


@pytest.mark.pdf
def test_without_room_for_the_fonts_documents_are_unavailable() -> None:
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"

    assert trial(RENDER.format(before=limit, html=RECEIPT)) == "no_room"


@pytest.mark.pdf
def test_a_machine_without_fonts_of_its_own_uses_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "fonts.conf"
    bare.write_text('<?xml version="1.0"?><fontconfig></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(bare))

    assert doctor() == ()


@pytest.mark.pdf
def test_without_our_fonts_documents_are_unavailable_and_the_doctor_knows_why(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        WeasyPrintPdf(tmp_path).render(RECEIPT, title="Reçu", locale="fr")

    assert caught.value.reason == "pdf_fonts_missing"
    assert doctor(tmp_path) == ("fonts",)


def test_nothing_is_loaded_before_the_first_document() -> None:
    code = "import sys; from ledger.adapters import weasyprint_pdf, memory; print('weasyprint' in sys.modules)"

    assert trial(code) == "False"


def test_the_fake_fails_as_the_real_one_does() -> None:
    fake = MemoryPdf()
    for name, reason in (("missing", "pdf_libraries_missing"), ("full", "no_room")):
        setattr(fake, name, True)
        with pytest.raises(Unavailable) as caught:
            fake.render(RECEIPT, title="Reçu", locale="fr")
        assert caught.value.reason == reason
        setattr(fake, name, False)


def test_the_fake_keeps_the_words() -> None:
    text = MemoryPdf().render(RECEIPT, title="Reçu", locale="fr").decode()

    assert "Łucja Šimůnek, à Évry\xa0: 1\xa0234,56\xa0€ , soit −12,00 € « nets »" in text
