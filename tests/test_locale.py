"""Every word of the code and the templates has its translation, and the check that says so sees each fault."""

from __future__ import annotations

import jinja2
import pytest
from babel.messages.catalog import Catalog

from ledger.cli import checks, messages
from ledger.templating import TEMPLATES, Templates


def compare(message: str | tuple[str, str], said: str | tuple[str, str]) -> list[str]:
    template, catalogue = Catalog(), Catalog(locale="fr")
    template.add(message)
    catalogue.add(message, said)
    return list(messages.faults(template, catalogue))


def test_every_word_is_translated_and_none_is_left_over() -> None:
    assert not list(checks.untranslated())


def test_every_template_can_be_read_in_both_languages() -> None:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    Templates()
    for path in sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt", ".svg"}):
        environment.parse(path.read_text(encoding="utf-8"), filename=str(path))


def test_a_translation_that_agrees_has_no_fault() -> None:
    assert not compare("Pay %(amount)s", "Payer %(amount)s")


def test_a_message_without_translation_is_a_fault() -> None:
    assert compare("Pay", "") == ["not translated: 'Pay'"]


def test_a_message_that_the_catalogue_lacks_is_a_fault() -> None:
    template = Catalog()
    template.add("Pay")
    assert list(messages.faults(template, Catalog(locale="fr"))) == ["missing: 'Pay'"]


def test_a_translation_that_nothing_uses_is_a_fault() -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add("Pay", "Payer")
    assert list(messages.faults(Catalog(), catalogue)) == ["no longer used: 'Pay'"]


def test_a_fuzzy_translation_is_a_fault() -> None:
    template, catalogue = Catalog(), Catalog(locale="fr")
    template.add("Pay")
    catalogue.add("Pay", "Payer", flags=["fuzzy"])
    assert list(messages.faults(template, catalogue)) == ["fuzzy: 'Pay'"]


@pytest.mark.parametrize("said", ["Payer", "Payer %(sum)s", "Payer %(amount)s le %(day)s"])
def test_a_translation_with_other_placeholders_is_a_fault(said: str) -> None:
    assert len(compare("Pay %(amount)s", said)) == 1


def test_a_singular_may_leave_its_number_out() -> None:
    assert not compare(("%(num)s gift", "%(num)s gifts"), ("un don", "%(num)s dons"))


def test_a_plural_may_not_leave_its_number_out() -> None:
    assert len(compare(("%(num)s gift", "%(num)s gifts"), ("un don", "des dons"))) == 1
