"""Templates say the same in both languages, escape what people typed, and never leave a value out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import jinja2
import pytest

from ledger.money import Money
from ledger.templating import Templates

NBSP, NNBSP = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    for name, text in {
        "values.txt": "{{ a | money }} {{ a | money(trim=true) }} {{ 1200 | number }} {{ percent(1, 2) }}",
        "days.txt": '{{ day | day }}, {{ day | day(style="short") }}, {{ instant | instant }}',
        "typed.html": "<p>{{ typed }}</p>",
        "typed.txt": "{{ typed }}",
        "missing.txt": "{{ nobody }}",
        "words.html": "{% trans count=n, who=typed %}\n  {{ count }} of {{ who }}\n{% endtrans %}"
        '{{ _("100 %(x)s %%", x=typed) }}',
        "locale.txt": "{{ locale }}",
        "lines.txt": "a\n  {% if true %}\nb\n  {% endif %}\nc",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Templates(tmp_path)


def test_filters_write_in_the_language_of_the_page(templates: Templates) -> None:
    a = Money(120000)
    assert templates.render("values.txt", "en", a=a) == "€1,200.00 €1,200 1,200 50%"
    french = f"1{NNBSP}200,00{NBSP}€ 1{NNBSP}200{NBSP}€ 1{NNBSP}200 50{NBSP}%"
    assert templates.render("values.txt", "fr", a=a) == french
    when = {"day": date(2026, 3, 3), "instant": datetime(2026, 3, 3, 13, 5, tzinfo=UTC)}
    assert templates.render("days.txt", "en", **when) == "3 March 2026, 03/03/2026, 3 March 2026 at 14:05"
    assert templates.render("days.txt", "fr", **when).startswith("3 mars 2026, 03/03/2026, 3 mars 2026 à")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_what_people_typed_is_escaped_in_html_and_plain_in_text(templates: Templates, locale: str) -> None:
    typed = "<script>alert('l’été')</script>"
    assert "<script>" not in templates.render("typed.html", locale, typed=typed)
    assert templates.render("typed.txt", locale, typed=typed) == typed


def test_words_keep_values_escaped_and_lose_the_indentation_of_the_template(templates: Templates) -> None:
    said = templates.render("words.html", "en", n=2, typed="<b>50 %</b>")
    assert said == "2 of &lt;b&gt;50 %&lt;/b&gt;100 &lt;b&gt;50 %&lt;/b&gt; %"


def test_a_value_that_is_missing_is_an_error(templates: Templates) -> None:
    with pytest.raises(jinja2.UndefinedError):
        templates.render("missing.txt", "fr")


def test_a_template_knows_its_language(templates: Templates) -> None:
    assert templates.render("locale.txt", "fr") == "fr"
    with pytest.raises(KeyError):
        templates.render("locale.txt", "de")


def test_only_files_of_the_directory_can_be_rendered(templates: Templates) -> None:
    for name in ("nothing.html", "../conftest.py", "/etc/hostname"):
        with pytest.raises(jinja2.TemplateNotFound):
            templates.render(name, "fr")


def test_lines_that_only_hold_a_statement_leave_no_trace(templates: Templates) -> None:
    assert templates.render("lines.txt", "fr") == "a\nb\nc"
