"""Templates: one Jinja environment for each language, with its words, amounts and dates; pages, mails and documents.

Nothing here knows of a request: the worker renders with the same environments as the pages.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jinja2

from ledger import i18n

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "money": i18n.format_money,
    "number": i18n.format_number,
    "day": i18n.format_day,
    "instant": i18n.format_instant,
}


class Templates:
    """Renders the files of a directory, in any of our languages."""

    def __init__(self, directory: Path = TEMPLATES) -> None:
        self._environments = {locale: _environment(directory, locale) for locale in i18n.LOCALES}

    def render(self, name: str, locale: str, /, **context: Any) -> str:
        """Render one template in one language; a value that the template misses is an error.

        Raises:
            jinja2.TemplateNotFound, jinja2.UndefinedError.
        """
        return self._environments[locale].get_template(name).render(locale=locale, **context)


def _environment(directory: Path, locale: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(directory),
        autoescape=jinja2.select_autoescape(["html", "svg"], default_for_string=True),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
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
    for name, write in FILTERS.items():
        environment.filters[name] = _in(locale, write)
    environment.globals["percent"] = _in(locale, i18n.format_percent)
    return environment


def _in(locale: str, write: Callable[..., str]) -> Callable[..., str]:
    """Give a way of writing its language, which follows the values."""

    def written(*values: object, **options: object) -> str:
        return write(*values, locale, **options)

    return written
