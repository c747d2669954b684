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
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ledger.errors import Invalid
from ledger.i18n import DEFAULT_LOCALE, LOCALES, parse_money
from ledger.money import Money, zero
from ledger.organisations.models import Organisation
from ledger.projects import projects
from ledger.projects.models import Project, ProjectState, Theme
from ledger.projects.search import folded

REQUIRED: Final = ("reference", "title", "goal_eur")
OPTIONAL: Final = ("leader", "district", "theme", "summary", "story", "opens_on", "closes_on", "language")
LONGEST: Final = {"reference": 80, "title": 200, "leader": 120, "district": 120, "summary": 500, "story": 20_000}

SEVERAL_LINES: Final = frozenset({"summary", "story"})
"""Columns that may hold line breaks and tabs."""

MAX_BYTES: Final = 5_000_000
MAX_GOAL: Final = Money(100_000_000_000)
YEARS: Final = range(2000, 2200)
"""What lies beyond is a slip of the hand."""


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
    `summary`, `story`, `opens_on`, `closes_on` (ISO days), `language` (fr or en). Lines without anything are left out.

    Raises:
        Invalid: the file as a whole cannot be read (`too_large`, `not_utf8`, `no_header`, `missing_columns`,
            `unknown_columns`, `doubled_columns`).
    """
    if len(content) > MAX_BYTES:
        raise Invalid("too_large", maximum=MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("not_utf8", line=content[: error.start].count(b"\n") + 1) from error
    rows, problems = divided(text)
    if not rows:
        if problems:
            return Reading((), tuple(problems))
        raise Invalid("no_header")
    columns = [name.strip() for name in rows[0][1]]
    _check_columns(columns)
    found: list[ImportedProject] = []
    seen: dict[str, int] = {}
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            problems.append(BadLine(line, "", "wrong_number_of_columns"))
            continue
        words = dict(zip(columns, map(_trimmed, cells), strict=True))
        faults = list(_faults(words, line, seen))
        problems += faults
        if not faults:
            found.append(_project(words, line))
    return Reading(tuple(found), tuple(sorted(problems, key=lambda each: each.line)))


def divided(text: str) -> tuple[list[tuple[int, list[str]]], list[BadLine]]:
    """Divide a text into rows, each with the number of its first line, up to what cannot be divided."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    rows = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        return rows, [BadLine(line, "", "unreadable", str(error))]
    return rows, []


def _check_columns(columns: list[str]) -> None:
    if missing := [name for name in REQUIRED if name not in columns]:
        raise Invalid("missing_columns", columns=missing)
    if unknown := [name for name in columns if name not in REQUIRED + OPTIONAL]:
        raise Invalid("unknown_columns", columns=unknown)
    if doubled := [name for name in dict.fromkeys(columns) if columns.count(name) > 1]:
        raise Invalid("doubled_columns", columns=doubled)


def _trimmed(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _faults(words: Mapping[str, str], line: int, seen: dict[str, int]) -> Iterator[BadLine]:
    for name, value in words.items():
        if name in REQUIRED and not value:
            yield BadLine(line, name, "missing")
        if len(value) > LONGEST.get(name, len(value)):
            yield BadLine(line, name, "too_long", value[:40])
        if _unprintable(value, allowed="\n\t" if name in SEVERAL_LINES else ""):
            yield BadLine(line, name, "control_character", ascii(value[:40]))
    reference = words["reference"]
    if reference and seen.setdefault(reference, line) != line:
        yield BadLine(line, "reference", "same_as_line", str(seen[reference]))
    if words["goal_eur"]:
        yield from _faults_of_goal(words["goal_eur"], line)
    if words.get("theme") and words["theme"] not in set(Theme):
        yield BadLine(line, "theme", "unknown_theme", words["theme"])
    if words.get("language") and words["language"] not in LOCALES:
        yield BadLine(line, "language", "unknown_language", words["language"])
    yield from _faults_of_days(words, line)


def _unprintable(text: str, *, allowed: str) -> bool:
    return any(unicodedata.category(each) == "Cc" and each not in allowed for each in text)


def _faults_of_goal(text: str, line: int) -> Iterator[BadLine]:
    try:
        goal = parse_money(text)
    except Invalid as error:
        yield BadLine(line, "goal_eur", error.reason, text)
        return
    if goal <= zero():
        yield BadLine(line, "goal_eur", "not_positive", text)
    if goal > MAX_GOAL:
        yield BadLine(line, "goal_eur", "too_large", text)


def _faults_of_days(words: Mapping[str, str], line: int) -> Iterator[BadLine]:
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
    day = date.fromisoformat(text) if text else None
    if day is not None and day.year not in YEARS:
        raise ValueError(text)
    return day


def _project(words: Mapping[str, str], line: int) -> ImportedProject:
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
        language=words.get("language") or DEFAULT_LOCALE,
        opens_on=_day(words.get("opens_on", "")),
        closes_on=_day(words.get("closes_on", "")),
    )


def slug_of(title: str) -> str:
    """Make the short name that a project has in addresses: letters without accents, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", folded(title)).strip("-")[:60].strip("-") or "projet"


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
        Invalid: `closes_before_it_opens`, with the numbers of the lines.
    """
    session.refresh(organisation, with_for_update=True)  # so that two imports at once wait for each other
    known = sa.select(Project.source_reference).where(Project.organisation_id == organisation.id)
    there = set(session.scalars(known))
    new = [each for each in imported if each.reference not in there]
    days = [(each.opens_on or opens_on, each.closes_on or closes_on) for each in new]
    if backwards := [each.line for each, (opens, closes) in zip(new, days, strict=True) if closes < opens]:
        raise Invalid("closes_before_it_opens", lines=backwards)
    slugs = set(session.scalars(sa.select(Project.slug)))
    added = []
    for each, (opens, closes) in zip(new, days, strict=True):
        slug = _free(slug_of(each.title), slugs)
        slugs.add(slug)
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
    opens_at, closes_at = projects.opening(opens, closes)
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
        opens_at=opens_at,
        closes_at=closes_at,
        created_at=now,
    )
