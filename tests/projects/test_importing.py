"""A list of projects is read whole or refused whole, with the number of every bad line and why."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ledger import config
from ledger.db import Database
from ledger.errors import Invalid
from ledger.i18n import decimal_of
from ledger.money import Money
from ledger.organisations import organisations
from ledger.organisations.models import Organisation
from ledger.projects import importing
from ledger.projects.importing import OPTIONAL, REQUIRED, BadLine, ImportedProject
from ledger.projects.models import Project, ProjectState, Theme
from tests.factories.organisations import make_organisation

HEADER = "reference,title,goal_eur,leader,district,theme,summary,story,opens_on,closes_on,language\n"
TOULOUSE = config.ROOT.parent / "shared" / "data" / "pabulib" / "toulouse-2019-projects.csv"
TODAY, LAST = date(2026, 3, 3), date(2026, 5, 2)
TOGETHER = 4


def read(text: str) -> importing.Reading:
    return importing.read(text.encode())


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.reason) for each in read(text).problems]


def add(database: Database, reading: importing.Reading, *, now: datetime, slug: str = "amis-du-lavoir") -> int:
    with database.transaction() as session:
        organisation = organisations.get(session, slug)
        return len(importing.add(session, organisation, reading.projects, opens_on=TODAY, closes_on=LAST, now=now))


@pytest.fixture
def organisation(database: Database) -> Organisation:
    with database.transaction() as session:
        return make_organisation(session)


def test_a_line_needs_a_reference_a_title_and_a_goal_and_no_more() -> None:
    reading = read("reference,title,goal_eur\n12,Compostons ensemble !,7000\n")
    assert reading.problems == ()
    assert reading.projects == (
        ImportedProject(
            line=2,
            reference="12",
            title="Compostons ensemble !",
            goal=Money(700_000),
            leader="",
            district="",
            theme=Theme.OTHER,
            summary="",
            story="",
            language="fr",
            opens_on=None,
            closes_on=None,
        ),
    )


def test_every_column_is_read() -> None:
    (project,) = read(HEADER + '7,Un four,"1 234,50",Noé,Bourg,heritage,court,long,2026-03-01,2026-04-01,en\n').projects
    assert (project.goal, project.leader, project.district) == (Money(123_450), "Noé", "Bourg")
    assert (project.theme, project.summary, project.story) == (Theme.HERITAGE, "court", "long")
    assert (project.opens_on, project.closes_on) == (date(2026, 3, 1), date(2026, 4, 1))
    assert project.language == "en"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\N{BOM}"])
def test_comma_semicolon_and_tab_are_told_apart_by_the_header(delimiter: str, line_end: str, mark: str) -> None:
    rows = ["reference", "title", "goal_eur"], ["1", "Éclairer, semer; rire", "5000"]
    text = line_end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    (project,) = read(mark + text + line_end).projects
    assert (project.title, project.goal) == ("Éclairer, semer; rire", Money(500_000))


def test_quotes_and_line_breaks_are_part_of_a_story() -> None:
    reading = read('reference,title,goal_eur,story\n1,"Dit ""le four""",5,"Un.\r\n\r\nDeux."\n2,b,,\n')
    (project,) = reading.projects
    assert (project.title, project.story) == ('Dit "le four"', "Un.\n\nDeux.")
    assert [(each.line, each.column) for each in reading.problems] == [(5, "goal_eur")]


def test_lines_without_anything_are_left_out() -> None:
    reading = read("\n\nreference,title,goal_eur\n\n1,a,5\n,,\n \n2,b,5\n\n")
    assert [(each.line, each.reference) for each in reading.projects] == [(5, "1"), (8, "2")]
    assert reading.problems == ()


def test_columns_come_in_any_order_and_with_spaces_around() -> None:
    (project,) = read("goal_eur , title, reference\n 5 , a , 1 \n").projects
    assert (project.reference, project.title, project.goal) == ("1", "a", Money(500))


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",a,5,,,,,,,,", "reference", "missing"),
        ("1, ,5,,,,,,,,", "title", "missing"),
        ("1,a,,,,,,,,,", "goal_eur", "missing"),
        ("1,a,0,,,,,,,,", "goal_eur", "not_positive"),
        ("1,a,-5,,,,,,,,", "goal_eur", "not_positive"),
        ("1,a,1000000000.01,,,,,,,,", "goal_eur", "too_large"),
        ('1,a,"12,345",,,,,,,,', "goal_eur", "amount_ambiguous"),
        ("1,a,5.0001,,,,,,,,", "goal_eur", "amount_too_many_decimals"),
        ("1,a,much,,,,,,,,", "goal_eur", "amount_unreadable"),
        ("1,a,1e3,,,,,,,,", "goal_eur", "amount_unreadable"),
        (f"{'1' * 81},a,5,,,,,,,,", "reference", "too_long"),
        (f"1,{'a' * 201},5,,,,,,,,", "title", "too_long"),
        (f"1,a,5,{'a' * 121},,,,,,,", "leader", "too_long"),
        (f"1,a,5,,{'a' * 121},,,,,,", "district", "too_long"),
        (f"1,a,5,,,,{'a' * 501},,,,", "summary", "too_long"),
        (f"1,a,5,,,,,{'a' * 20_001},,,", "story", "too_long"),
        ('1,"a\nb",5,,,,,,,,', "title", "control_character"),
        ("1,a,5,a\tb,,,,,,,", "leader", "control_character"),
        ("1,a,5,,,,,a\0b,,,", "story", "control_character"),
        ("1,a,5,,,Nature,,,,,", "theme", "unknown_theme"),
        ("1,a,5,,,,,,,,de", "language", "unknown_language"),
        ("1,a,5,,,,,,1/3/2026,,", "opens_on", "not_a_day"),
        ("1,a,5,,,,,,2026-02-29,,", "opens_on", "not_a_day"),
        ("1,a,5,,,,,,,0001-01-01,", "closes_on", "not_a_day"),
        ("1,a,5,,,,,,,9999-12-31,", "closes_on", "not_a_day"),
        ("1,a,5,,,,,,2026-04-01,2026-03-31,", "closes_on", "before_it_opens"),
        ("1,a,5", "", "wrong_number_of_columns"),
        ("1,a,5,,,,,,,,,", "", "wrong_number_of_columns"),
        ('1,"a,5', "", "unreadable"),
        ('1,"a"b,5,,,,,,,,', "", "unreadable"),
        (f"1,a,5,,,,,{'a' * 140_000},,,", "", "unreadable"),
    ],
)
def test_a_bad_line_is_told_by_number_column_and_reason(line: str, column: str, reason: str) -> None:
    good = "0,good,5,,,,,,,,\n"
    assert faults(HEADER + good + line + "\n") == [(3, column, reason)]


def test_everything_that_is_wrong_is_told_at_once_with_what_was_written() -> None:
    reading = read(HEADER + ",,,,,x,,,y,,z\n1,a,5,,,,,,,,\n1,b,?,,,,,,,,\n")
    assert reading.problems == (
        BadLine(2, "reference", "missing"),
        BadLine(2, "title", "missing"),
        BadLine(2, "goal_eur", "missing"),
        BadLine(2, "theme", "unknown_theme", "x"),
        BadLine(2, "language", "unknown_language", "z"),
        BadLine(2, "opens_on", "not_a_day", "y"),
        BadLine(4, "reference", "same_as_line", "3"),
        BadLine(4, "goal_eur", "amount_unreadable", "?"),
    )
    assert [each.reference for each in reading.projects] == ["1"]


def test_an_unreadable_line_ends_the_reading_and_what_was_wrong_before_is_told_too() -> None:
    assert faults('reference,title,goal_eur\n1,a,\n2,"b,5\n3,c,5\n') == [
        (2, "goal_eur", "missing"),
        (3, "", "unreadable"),
    ]
    assert faults('reference,"title,goal_eur\n1,a,5\n') == [(1, "", "unreadable")]


@pytest.mark.parametrize(
    ("text", "reason", "columns"),
    [
        ("", "no_header", None),
        ("\n \n", "no_header", None),
        ("reference,goal_eur\n", "missing_columns", ["title"]),
        ("Reference,Title,Goal\n", "missing_columns", ["reference", "title", "goal_eur"]),
        ("reference,title,goal_eur,colour,\n", "unknown_columns", ["colour", ""]),
        ("reference,title,title,goal_eur\n", "doubled_columns", ["title"]),
        ("1,Compostons ensemble !,7000\n", "missing_columns", ["reference", "title", "goal_eur"]),
    ],
)
def test_a_file_with_another_header_is_refused_whole(text: str, reason: str, columns: list[str] | None) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        read(text)
    assert refused.value.values.get("columns") == columns


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("reference,title,goal_eur\n1,École,5\n".encode("cp1252"), 2),
        ("reference,title,goal_eur\n1,a,5\n2,b,5\n3,été,5\n".encode("latin-1"), 4),
        ("reference,title,goal_eur\n".encode("utf-16"), 1),
    ],
)
def test_another_encoding_is_refused_with_the_first_line_that_shows_it(content: bytes, line: int) -> None:
    with pytest.raises(Invalid, match="not_utf8") as refused:
        importing.read(content)
    assert refused.value.values == {"line": line}


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(Invalid, match="too_large"):
        importing.read(b"x" * (importing.MAX_BYTES + 1))


LINE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60).map(str.strip)
STORY = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=60).map(str.strip)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2199, 12, 31))
PROJECTS = st.lists(
    st.builds(
        ImportedProject,
        line=st.just(0),
        reference=LINE.filter(bool),
        title=LINE.filter(bool),
        goal=st.integers(1, importing.MAX_GOAL.minor).map(Money),
        leader=LINE,
        district=LINE,
        theme=st.sampled_from(Theme),
        summary=STORY,
        story=STORY,
        language=st.sampled_from(["fr", "en"]),
        opens_on=DAYS,
        closes_on=DAYS,
    ).filter(lambda each: not each.opens_on or not each.closes_on or each.opens_on <= each.closes_on),
    max_size=5,
    unique_by=lambda each: each.reference,
)


def written(projects: Sequence[ImportedProject], columns: Sequence[str], dialect: dict[str, object]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, **dialect)  # type: ignore[arg-type]
    writer.writerow(columns)
    for each in projects:
        cells = {name: getattr(each, name, None) for name in columns} | {"goal_eur": decimal_of(each.goal)}
        writer.writerow([cells[name] or "" for name in columns])
    return file.getvalue()


@given(
    projects=PROJECTS,
    columns=st.permutations(REQUIRED + OPTIONAL),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_list_that_is_written_reads_back_the_same(
    projects: list[ImportedProject], columns: list[str], delimiter: str, line_end: str, quoting: int
) -> None:
    text = written(projects, columns, {"delimiter": delimiter, "lineterminator": line_end, "quoting": quoting})
    reading = read(text)
    assert reading.problems == ()
    assert [_without_line(each) for each in reading.projects] == [_without_line(each) for each in projects]


def _without_line(project: ImportedProject) -> dict[str, object]:
    return {name: getattr(project, name) for name in ("goal", "theme", *REQUIRED[:2], *OPTIONAL)}


@given(
    st.binary(max_size=200) | st.text(alphabet=',;\t"\n\r0a\0é', max_size=80).map(lambda text: (HEADER + text).encode())
)
def test_whatever_the_file_holds_it_is_read_or_refused(content: bytes) -> None:
    try:
        reading = importing.read(content)
    except Invalid:
        return
    assert all(each.line >= 1 and each.reason for each in reading.problems)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Compostons ensemble !", "compostons-ensemble"),
        ("L’œuvre d'été : Ça bouge", "l-oeuvre-d-ete-ca-bouge"),
        ("ŒUVRE & Æther", "oeuvre-aether"),
        ("Straße n° 5", "strasse-n-5"),
        ("木を植える", "projet"),
        ("  --  ", "projet"),
        ("a" * 80, "a" * 60),
        ("a" * 59 + " b", "a" * 59),
    ],
)
def test_a_title_gives_a_short_name_without_accents(title: str, slug: str) -> None:
    assert importing.slug_of(title) == slug


@given(st.text(max_size=100))
def test_any_title_gives_a_short_name_that_an_address_can_carry(title: str) -> None:
    slug = importing.slug_of(title)
    assert organisations.SLUG.fullmatch(slug)
    assert len(slug) <= 60


@pytest.mark.usefixtures("organisation")
def test_imported_projects_are_open_on_whole_days_in_paris(database: Database, frozen_now: datetime) -> None:
    text = HEADER + "1,École d’été,5000,Noé,Bourg,education,s,t,,,\n2,b,5,,,,,,2026-03-29,2026-03-29,en\n"
    assert add(database, read(text), now=frozen_now) == 2
    with database.reading() as session:
        first, second = session.scalars(sa.select(Project).order_by(Project.id))
    assert (first.slug, first.source_reference, first.title) == ("ecole-d-ete", "1", "École d’été")
    assert (first.goal, first.theme, first.state) == (Money(500_000), Theme.EDUCATION, ProjectState.OPEN)
    assert first.opens_at == datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    assert first.closes_at == datetime(2026, 5, 2, 21, 59, 59, tzinfo=UTC)
    assert second.opens_at == datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert second.closes_at == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)


@pytest.mark.usefixtures("organisation")
def test_a_list_that_comes_again_adds_only_what_is_new(database: Database, frozen_now: datetime) -> None:
    lines = "reference,title,goal_eur\n1,a,5\n2,b,5\n"
    assert add(database, read(lines), now=frozen_now) == 2
    assert add(database, read(lines), now=frozen_now) == 0
    assert add(database, read(lines.replace("1,a", "1,changed") + "3,c,5\n"), now=frozen_now) == 1
    with database.reading() as session:
        assert list(session.scalars(sa.select(Project.title).order_by(Project.id))) == ["a", "b", "c"]


def test_a_reference_is_known_within_its_organisation_only(
    database: Database, organisation: Organisation, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        make_organisation(session, "other")
    reading = read("reference,title,goal_eur\n1,Un four,5\n")
    assert add(database, reading, now=frozen_now) == add(database, reading, now=frozen_now, slug="other") == 1
    with database.reading() as session:
        assert set(session.scalars(sa.select(Project.slug))) == {"un-four", "un-four-2"}
    assert organisation.slug != "other"


@pytest.mark.usefixtures("organisation")
def test_of_imports_at_once_one_adds(database: Database, frozen_now: datetime) -> None:
    reading = read("reference,title,goal_eur\n1,a,5\n2,a,5\n")
    ready = threading.Barrier(TOGETHER, timeout=60)

    def add_together(_number: int) -> int:
        ready.wait()
        return add(database, reading, now=frozen_now)

    with ThreadPoolExecutor(TOGETHER) as pool:
        assert sorted(pool.map(add_together, range(TOGETHER))) == [0] * (TOGETHER - 1) + [2]


@pytest.mark.usefixtures("organisation")
def test_titles_that_are_alike_get_short_names_that_differ(database: Database, frozen_now: datetime) -> None:
    add(database, read("reference,title,goal_eur\n1,Un four,5\n2,UN FOUR !,5\n3,un four 2,5\n"), now=frozen_now)
    with database.reading() as session:
        slugs = list(session.scalars(sa.select(Project.slug).order_by(Project.id)))
    assert slugs == ["un-four", "un-four-2", "un-four-2-2"]


@pytest.mark.usefixtures("organisation")
def test_nothing_is_imported_when_one_project_would_close_before_it_opens(
    database: Database, frozen_now: datetime
) -> None:
    reading = read(HEADER + "1,a,5,,,,,,,,\n2,b,5,,,,,,2026-06-01,,\n3,c,5,,,,,,,2026-03-02,\n")
    with pytest.raises(Invalid, match="closes_before_it_opens") as refused:
        add(database, reading, now=frozen_now)
    assert refused.value.values == {"lines": [3, 4]}
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Project)) == 0


@pytest.mark.skipif(not TOULOUSE.exists(), reason="the real list is not beside this checkout")
@pytest.mark.usefixtures("organisation")
def test_the_thirty_real_projects_of_toulouse_keep_accents_and_amounts(
    database: Database, frozen_now: datetime
) -> None:
    content = TOULOUSE.read_bytes()
    reading = importing.read(content)
    assert reading.problems == ()
    assert add(database, reading, now=frozen_now) == 30
    rows = {row["reference"]: row for row in csv.DictReader(io.StringIO(content.decode(), newline=""))}
    with database.reading() as session:
        kept = list(session.scalars(sa.select(Project)))
    assert len(kept) == len(rows) == 30
    for project in kept:
        row = rows[str(project.source_reference)]
        assert (project.title, project.leader_name) == (row["title"].strip(), row["leader"].strip())
        assert project.goal == Money(int(row["goal_eur"]) * 100)
    assert len({project.slug for project in kept}) == 30


def test_columns_of_the_readme_are_those_that_are_read() -> None:
    readme = Path(config.ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in REQUIRED + OPTIONAL)
