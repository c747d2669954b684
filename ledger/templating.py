"""Templates: one Jinja environment for each language, with its words, amounts and dates; pages, mails and documents.

Nothing here knows of a request: the worker renders with the same environments as the pages.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

import jinja2

from ledger import i18n

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"


class Templates:
    """Renders the files of a directory, in any of our languages."""

    def __init__(self, directory: Path = TEMPLATES, /, **shared: Any) -> None:
        self._environments = {locale: _environment(directory, locale, shared) for locale in i18n.LOCALES}

    def render(self, name: str, locale: str, /, **context: Any) -> str:
        """Render one template in one language; a value that the template misses is an error.

        Raises:
            jinja2.TemplateNotFound, jinja2.UndefinedError.
        """
        return self._environments[locale].get_template(name).render(locale=locale, **context)


def _environment(directory: Path, locale: str, shared: dict[str, Any]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(directory),
        autoescape=jinja2.select_autoescape(["html", "svg"], default_for_string=True),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.policies["ext.i18n.trimmed"] = True  # as in config/babel.cfg
    catalogue = i18n.catalogue(locale)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext,
        catalogue.ngettext,
        newstyle=True,
        pgettext=catalogue.pgettext,
        npgettext=catalogue.npgettext,
    )
    environment.filters.update(
        money=partial(_swap(i18n.format_money), locale),
        number=partial(_swap(i18n.format_number), locale),
        day=partial(_swap(i18n.format_day), locale),
        instant=partial(_swap(i18n.format_instant), locale),
    )
    environment.globals.update(percent=lambda part, whole: i18n.format_percent(part, whole, locale), **shared)
    return environment


def _swap(function: Any) -> Any:
    """Put the locale first, so that a filter's value can follow it."""

    def swapped(locale: str, value: Any, /, **options: Any) -> str:
        return str(function(value, locale, **options))

    return swapped
