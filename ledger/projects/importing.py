"""Projects read from a list that another program made: every line is checked first, then all are added or none.

Pure but for `add`: `read` tells what is wrong with each line by its number, so that all of it can be mended at once.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.clock import PARIS
from ledger.errors import Invalid
from ledger.i18n import parse_money
from ledger.money import MAX_MINOR, Money, zero
from ledger.organisations.models import Organisation
from ledger.projects.models import Project, ProjectState, Theme

REQUIRED: Final = ("reference", "title", "goal_eur")
OPTIONAL: Final = ("leader", "district", "theme", "summary", "story", "opens_on", "closes_on", "language")
LONGEST: Final = {"reference": 80, "title": 200, "leader": 120, "district": 120, "summary": 500, "story": 20_000}

MAX_BYTES: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class ImportedProject:
    """One line of the list, understood."""

    line: int
    reference: str
    title: str
    goal: Money
    leader: str
    district: str
    theme: Theme
    summary: str
    story: str
    language: str
    opens_on: date | None
    closes_on: date | None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be imported: its number in the file (the header is 1), the column, why, and the text."""

    line: int
    column: str
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was read: what can be imported, and what is wrong. Only a list with nothing wrong is imported."""

    projects: tuple[ImportedProject, ...]
    problems: tuple[BadLine, ...]


def read(content: bytes) -> Reading:
    """Read a list of projects: CSV in UTF-8 (with or without a mark), comma, semicolon or tab, with a header.

    Columns: `reference`, `title`, `goal_eur` (whole or decimal euros), and if wanted `leader`, `district`, `theme`,
    `summary`, `story`, `opens_on`, `closes_on` (ISO days), `language` (fr or en).

    Raises:
        Invalid: the file as a whole cannot be read (`too_large`, `not_utf8`, `no_header`, `missing_columns`,
            `unknown_columns`).
    """
    if len(content) > MAX_BYTES:
        raise Invalid("too_large", maximum=MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("not_utf8", line=content[: error.start].count(b"\n") + 1) from error
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [(name or "").strip() for name in rows.fieldnames or ()]
    _check_columns(columns)
    rows.fieldnames = columns
    return _read_lines(rows)


def _check_columns(columns: list[str]) -> None:
    if not any(columns):
        raise Invalid("no_header")
    if missing := [name for name in REQUIRED if name not in columns]:
        raise Invalid("missing_columns", columns=missing)
    if unknown := [name for name in columns if name not in REQUIRED + OPTIONAL]:
        raise Invalid("unknown_columns", columns=unknown)
    if doubled := [name for name in columns if columns.count(name) > 1]:
        raise Invalid("doubled_columns", columns=doubled)


def _read_lines(rows: csv.DictReader[str]) -> Reading:
    projects: list[ImportedProject] = []
    problems: list[BadLine] = []
    seen: dict[str, int] = {}
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            problems.append(BadLine(rows.line_num, "", "unreadable", str(error)))
            break
        found = list(_problems(row, rows.line_num, seen))
        problems += found
        if not found:
            projects.append(_project(row, rows.line_num))
    return Reading(tuple(projects), tuple(problems))


def _problems(row: Mapping[str | None, object], line: int, seen: dict[str, int]) -> Iterator[BadLine]:
    if None in row or None in row.values():
        yield BadLine(line, "", "wrong_number_of_columns")
        return
    words = {str(name): str(value).strip() for name, value in row.items()}
    for name in REQUIRED:
        if not words[name]:
            yield BadLine(line, name, "missing")
    for name, longest in LONGEST.items():
        if len(words.get(name, "")) > longest:
            yield BadLine(line, name, "too_long", words[name][:40])
    reference = words["reference"]
    if reference and seen.setdefault(reference, line) != line:
        yield BadLine(line, "reference", "same_as_line", str(seen[reference]))
    yield from _unreadable(words, line)


def _unreadable(words: Mapping[str, str], line: int) -> Iterator[BadLine]:
    if words["goal_eur"]:
        try:
            goal = parse_money(words["goal_eur"])
            if not zero() < goal <= Money(MAX_MINOR // 1000):
                yield BadLine(line, "goal_eur", "not_positive", words["goal_eur"])
        except Invalid as error:
            yield BadLine(line, "goal_eur", error.reason, words["goal_eur"])
    if words.get("theme") and words["theme"] not in set(Theme):
        yield BadLine(line, "theme", "unknown_theme", words["theme"])
    if words.get("language") and words["language"] not in {"fr", "en"}:
        yield BadLine(line, "language", "unknown_language", words["language"])
    days = {}
    for name in ("opens_on", "closes_on"):
        try:
            days[name] = _day(words.get(name, ""))
        except ValueError:
            yield BadLine(line, name, "not_a_day", words[name])
    opens, closes = days.get("opens_on"), days.get("closes_on")
    if opens and closes and closes < opens:
        yield BadLine(line, "closes_on", "before_it_opens", words["closes_on"])


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _project(row: Mapping[str, str], line: int) -> ImportedProject:
    words = {name: value.strip() for name, value in row.items()}
    return ImportedProject(
        line=line,
        reference=words["reference"],
        title=words["title"],
        goal=parse_money(words["goal_eur"]),
        leader=words.get("leader", ""),
        district=words.get("district", ""),
        theme=Theme(words.get("theme") or Theme.OTHER),
        summary=words.get("summary", ""),
        story=words.get("story", ""),
        language=words.get("language") or "fr",
        opens_on=_day(words.get("opens_on", "")),
        closes_on=_day(words.get("closes_on", "")),
    )


def slug_of(title: str) -> str:
    """Make the short name that a project has in addresses: letters without accents, digits and hyphens."""
    words = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "\N{RIGHT SINGLE QUOTATION MARK}": "-"}
    spelt = title.translate({ord(letter): plain for letter, plain in words.items()})
    plain = unicodedata.normalize("NFKD", spelt)
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].strip("-") or "projet"


def add(
    session: Session,
    organisation: Organisation,
    imported: tuple[ImportedProject, ...],
    *,
    opens_on: date,
    closes_on: date,
    now: datetime,
) -> tuple[Project, ...]:
    """Add imported projects, open to pledges; one that came before under the same reference is left as it is.

    `opens_on` and `closes_on` (both days included, Paris) hold for lines that name none.

    Raises:
        Invalid: a project would close before it opens.
    """
    known = sa.select(Project.source_reference).where(Project.organisation_id == organisation.id)
    there = set(session.scalars(known))
    slugs = set(session.scalars(sa.select(Project.slug)))
    added = []
    for each in imported:
        if each.reference in there:
            continue
        slug = _free(slug_of(each.title), slugs)
        slugs.add(slug)
        opens, closes = each.opens_on or opens_on, each.closes_on or closes_on
        if closes < opens:
            raise Invalid("closes_before_it_opens", line=each.line)
        added.append(_row(organisation, each, slug=slug, opens=opens, closes=closes, now=now))
    session.add_all(added)
    return tuple(added)


def _free(slug: str, taken: set[str]) -> str:
    number = 1
    while (candidate := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return candidate


def _row(
    organisation: Organisation, each: ImportedProject, *, slug: str, opens: date, closes: date, now: datetime
) -> Project:
    return Project(
        organisation_id=organisation.id,
        slug=slug,
        source_reference=each.reference,
        title=each.title,
        summary=each.summary,
        story=each.story,
        language=each.language,
        theme=each.theme,
        district=each.district,
        leader_name=each.leader,
        goal=each.goal,
        state=ProjectState.OPEN,
        opens_at=datetime.combine(opens, time.min, PARIS),
        closes_at=datetime.combine(closes, time(23, 59, 59), PARIS),
        created_at=now,
    )
