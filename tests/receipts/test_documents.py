from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdf
import pytest

from ledger.adapters.memory import MemoryFileStore, MemoryPdf
from ledger.adapters.weasyprint_pdf import WeasyPrintPdf
from ledger.money import Money
from ledger.receipts import documents
from ledger.receipts.facts import AttestationFacts, Issuer
from ledger.receipts.queries import AttestationRow
from ledger.templating import Templates

NOW = datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
FACTS = AttestationFacts(
    reference="AP-2026-7K3M9Q",
    issued_at=NOW,
    site_name="Écot",
    issuer=Issuer(
        name="Les Amis du Canal",
        legal_form="association",
        siren="123456782",
        rna="W313001234",
        address="12 quai de la Daurade",
        postcode="31000",
        city="Toulouse",
        email="tresorerie@amis-du-canal.example",
    ),
    donor_name="Élise Nguyễn",
    donor_email="elise@example.org",
    project_reference="PRJ000012",
    project_title="Un verger partagé",
    contribution_reference="CTB000042",
    kind="donation",
    gift=Money(123_450),
    tip=Money(500),
    method="card",
    card_brand="visa",
    card_last4="4242",
    paid_on=date(2026, 3, 3),
)


def row(locale: str, said: AttestationFacts = FACTS) -> AttestationRow:
    return AttestationRow(
        id=1,
        contribution_id=42,
        person_id=1,
        reference=said.reference,
        locale=locale,
        template_version=1,
        facts=said,
        issued_at=NOW,
        rendered_at=None,
        mailed_at=None,
    )


@pytest.fixture(scope="module")
def pdf() -> WeasyPrintPdf:
    return WeasyPrintPdf()


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


def read(content: bytes) -> tuple[int, str]:
    """Give the number of pages and the words, with single spaces of one kind."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return len(pages), " ".join(" ".join(page.extract_text() for page in pages).split())


FRENCH = (
    "Attestation de paiement",
    "Les Amis du Canal atteste avoir reçu de Élise Nguyễn, le 3 mars 2026, la somme de 1 239,50 €",
    "Don au projet « Un verger partagé » 1 234,50 €",
    "Pourboire pour le site Écot 5,00 €",
    "Total payé 1 239,50 €",
    "Carte Visa se terminant par 4242",
    "mardi 3 mars 2026",
    "Association · SIREN 123 456 782 · RNA W313001234",
    "Ceci n’est pas un reçu fiscal.",
    "établie le 3 mars 2026 à 14 h 05",
    "AP-2026-7K3M9Q page 1/1",
)
ENGLISH = (
    "Proof of payment",
    "Les Amis du Canal certifies having received from Élise Nguyễn, on 3 March 2026, the sum of €1,239.50",
    "Gift to the project “Un verger partagé” €1,234.50",
    "Tip to the Écot site €5.00",
    "Total paid €1,239.50",
    "Visa card ending in 4242",
    "This is not a tax receipt.",
    "issued on 3 March 2026 at 14:05",
    "AP-2026-7K3M9Q page 1/1",
)


@pytest.mark.pdf
@pytest.mark.parametrize(("locale", "expected"), [("fr", FRENCH), ("en", ENGLISH)])
def test_an_attestation_names_both_parties_the_sums_the_means_and_the_day(
    locale: str, expected: tuple[str, ...], pdf: WeasyPrintPdf, templates: Templates
) -> None:
    content = documents.attestation(row(locale), templates=templates, pdf=pdf, files=MemoryFileStore())

    pages, words = read(content)
    assert pages == 1
    assert [sentence for sentence in expected if sentence not in words] == []


@pytest.mark.pdf
def test_a_document_made_again_from_its_facts_is_the_same_to_the_byte(pdf: WeasyPrintPdf, templates: Templates) -> None:
    first, second = (
        documents.attestation(row("fr"), templates=templates, pdf=pdf, files=MemoryFileStore()) for _ in range(2)
    )

    assert first == second


@pytest.mark.pdf
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_long_names_still_fit_on_one_page(locale: str, pdf: WeasyPrintPdf, templates: Templates) -> None:
    said = replace(
        FACTS,
        project_title="Réhabilitation de l’ancienne halle aux grains en tiers-lieu culturel et solidaire " * 2,
        donor_name="Marie-Antoinette-Joséphine de La Rochefoucauld-Montbel",
        issuer=replace(FACTS.issuer, name="Association pour la sauvegarde du patrimoine des faubourgs de Toulouse"),
        gift=Money(9_999_999_99),
    )

    pages, _ = read(documents.attestation(row(locale, said), templates=templates, pdf=pdf, files=MemoryFileStore()))

    assert pages == 1


def test_without_a_tip_the_document_does_not_speak_of_one(templates: Templates) -> None:
    html = documents.html(row("fr", replace(FACTS, tip=Money(0))), templates=templates)

    assert "Pourboire" not in html


@pytest.mark.parametrize(
    ("brand", "last4", "said"),
    [
        ("cartes_bancaires", "0001", "Carte CB se terminant par 0001"),
        ("a_new_one", "0002", "Carte bancaire se terminant par 0002"),
        ("", "", "Paiement en ligne"),
    ],
)
def test_a_card_is_named_as_it_names_itself(brand: str, last4: str, said: str, templates: Templates) -> None:
    html = documents.html(row("fr", replace(FACTS, card_brand=brand, card_last4=last4)), templates=templates)

    assert said in " ".join(html.split())


def test_a_donor_without_a_name_is_named_by_their_address(templates: Templates) -> None:
    html = documents.html(row("fr", replace(FACTS, donor_name="")), templates=templates)

    assert "<strong>elise@example.org</strong>" in html


def test_names_are_words_and_never_markup(templates: Templates) -> None:
    html = documents.html(row("fr", replace(FACTS, donor_name="<img src=x>")), templates=templates)

    assert "<img" not in html


def test_a_document_that_is_kept_is_not_made_again(templates: Templates) -> None:
    files, broken = MemoryFileStore(), MemoryPdf()
    kept = documents.attestation(row("fr"), templates=templates, pdf=broken, files=files)
    broken.missing = True

    assert documents.attestation(row("fr"), templates=templates, pdf=broken, files=files) == kept
