"""The words of the code and the templates against the catalogues: what is missing, stale or mistranslated.

English is the language of the message ids, so that only the other languages have a catalogue.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from ledger import i18n
from ledger.config import ROOT

MAPPING: Final = ROOT / "config" / "babel.cfg"
WIDTH: Final = 110
KEYWORDS: Final = {**DEFAULT_KEYWORDS, "translate": (2,), "translate_plural": (2, 3)}
"""The functions whose texts are messages; `i18n.translate` takes the locale first."""

PLACEHOLDER: Final = re.compile(r"%\((\w+)\)")


def extract(root: Path = ROOT) -> Catalog:
    """Collect every message of the code and the templates under a checkout."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    template = Catalog(fuzzy=False)
    found = extract_from_dir(root, methods, options, keywords=KEYWORDS)
    for _file, _line, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def path_of(locale: str) -> Path:
    """Give the place of a language's catalogue."""
    return i18n.DIRECTORY / locale / "LC_MESSAGES" / "messages.po"


def faults(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Say what is wrong with a catalogue, a line for each fault."""
    for message in template:
        if message.id and catalogue.get(message.id, message.context) is None:
            yield f"missing: {message.id!r}"
    for message in catalogue:
        if not message.id:
            continue
        if template.get(message.id, message.context) is None:
            yield f"no longer used: {message.id!r}"
        elif message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        else:
            yield from _faults_of(message)
    for message in catalogue.obsolete.values():
        yield f"obsolete: {message.id!r}"


def _faults_of(message: Message) -> Iterator[str]:
    """Compare a translation's placeholders with its message's; a singular may leave its number out."""
    ids, strings = _forms(message.id), _forms(message.string)
    if not all(strings):
        yield f"not translated: {message.id!r}"
        return
    offered = set(PLACEHOLDER.findall(" ".join(ids)))
    for index, string in enumerate(strings):
        used = set(PLACEHOLDER.findall(string))
        optional = {"num", "count", "n"} if len(strings) > 1 and index == 0 else set()
        if used - offered or offered - used - optional:
            yield f"placeholders differ: {message.id!r}: {string!r}"


def _forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(str(form) for form in text) if isinstance(text, tuple) else ()


def read(locale: str) -> Catalog:
    """Read a language's catalogue; an empty one when there is no file yet."""
    path = path_of(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return pofile.read_po(file, locale=locale, abort_invalid=True)


def update(locale: str) -> None:
    """Bring a language's file up to date: new messages come empty, unused ones go, nothing is guessed."""
    catalogue = read(locale)
    catalogue.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    written = io.BytesIO()
    pofile.write_po(written, catalogue, width=WIDTH, no_location=True, sort_output=True)
    path_of(locale).parent.mkdir(parents=True, exist_ok=True)
    path_of(locale).write_bytes(written.getvalue())
