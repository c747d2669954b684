"""What pages read of projects: the same on both databases, whatever accents and apostrophes are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import PARIS
from ledger.db import Database
from ledger.money import Money
from ledger.organisations.models import LegalForm
from ledger.projects import projects, queries
from ledger.projects.models import Project, ProjectState, Theme
from ledger.projects.queries import ProjectRow
from ledger.projects.search import folded
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.projects import make_project

INSTANT = timedelta(microseconds=1)


def found(database: Database, now: datetime, words: str = "", **filters: object) -> list[str]:
    with database.reading() as session:
        return [row.slug for row in queries.find_open(session, now, words=words, **filters)]  # type: ignore[arg-type]


@pytest.fixture
def town(database: Database) -> Database:
    """A town with four open projects, a draft and a closed one."""
    with database.transaction() as session:
        organisation = make_organisation(session)
        for number, (slug, title, theme, district) in enumerate(
            [
                ("ecole", "L’École des œuvres", Theme.EDUCATION, "Écluse"),
                ("velo", "Garages à VÉLOS", Theme.MOBILITY, "Zone 100 %"),
                ("fete", 'Fête d\'été, "naïve"', Theme.CULTURE, "bourg_bas"),
                ("sans", "Sans quartier", Theme.OTHER, ""),
            ]
        ):
            closes_at = datetime(2026, 4, 1 + number, tzinfo=UTC)
            make_project(session, organisation, slug, title=title, theme=theme, district=district, closes_at=closes_at)
        make_project(session, organisation, "draft", state=ProjectState.DRAFT, district="Draft", theme=Theme.SPORT)
        make_project(session, organisation, "closed", state=ProjectState.CLOSED, district="Closed")
    return database


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("", ["ecole", "velo", "fete", "sans"]),
        ("École", ["ecole"]),
        ("école", ["ecole"]),
        ("ECOLE", ["ecole"]),
        ("e\N{COMBINING ACUTE ACCENT}cole", ["ecole"]),
        ("vélos", ["velo"]),
        ("VELO", ["velo"]),
        ("oeuvre", ["ecole"]),
        ("ŒUVRES", ["ecole"]),
        ("l'école", ["ecole"]),
        ("l’ecole", ["ecole"]),
        ("d’été", ["fete"]),
        ("naive", ["fete"]),
        ("été fete", ["fete"]),
        ("ete\N{NO-BREAK SPACE}fete", ["fete"]),
        ("fete velo", []),
        ("toit lacaze", ["ecole", "velo", "fete", "sans"]),
        ("ecluse", ["ecole"]),
        ("100 %", ["velo"]),
        ("%", ["velo"]),
        ("_", ["fete"]),
        ("/", []),
        ("\\", []),
        ("'; DROP TABLE project; --", []),
        ("   ", ["ecole", "velo", "fete", "sans"]),
    ],
)
def test_words_are_found_whatever_their_accents_case_and_apostrophes(
    town: Database, frozen_now: datetime, words: str, slugs: list[str]
) -> None:
    assert found(town, frozen_now, words) == slugs


def test_a_project_that_is_renamed_is_found_by_its_new_name_only(town: Database, frozen_now: datetime) -> None:
    with town.transaction() as session:
        projects.get(session, "velo").title = "Abris à trottinettes"
    assert found(town, frozen_now, "abris a") == ["velo"]
    assert found(town, frozen_now, "garages") == []


def test_filters_narrow_down_what_words_find(town: Database, frozen_now: datetime) -> None:
    assert found(town, frozen_now, theme=Theme.CULTURE) == ["fete"]
    assert found(town, frozen_now, district="Écluse") == ["ecole"]
    assert found(town, frozen_now, district="ecluse") == []
    assert found(town, frozen_now, "ecole", theme=Theme.CULTURE) == []
    assert found(town, frozen_now, "ecole", theme=Theme.EDUCATION, district="Écluse") == ["ecole"]


def test_only_projects_that_accept_pledges_now_are_listed_closing_soonest_first(town: Database) -> None:
    first_closes = datetime(2026, 4, 1, tzinfo=UTC)
    assert found(town, first_closes - INSTANT) == ["ecole", "velo", "fete", "sans"]
    assert found(town, first_closes) == ["velo", "fete", "sans"]
    with town.reading() as session:
        opens_at = session.scalars(sa.select(sa.func.min(Project.opens_at))).one()
    assert found(town, opens_at - INSTANT) == []


def test_filters_offer_only_what_has_an_open_project_in_order(town: Database, frozen_now: datetime) -> None:
    with town.reading() as session:
        assert queries.districts_of_open(session, frozen_now) == ("bourg_bas", "Écluse", "Zone 100 %")
        assert queries.themes_of_open(session, frozen_now) == (
            Theme.MOBILITY,
            Theme.CULTURE,
            Theme.EDUCATION,
            Theme.OTHER,
        )


@given(st.text(max_size=60))
def test_folding_again_changes_nothing_and_case_never_counts(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded("É" + text) == "e" + folded(text)


def row(closes_at: datetime, *, state: ProjectState = ProjectState.OPEN) -> ProjectRow:
    return ProjectRow(
        id=1,
        reference="PRJ000001",
        slug="lavoir",
        title="",
        summary="",
        language="fr",
        theme=Theme.OTHER,
        district="",
        leader_name="",
        goal=Money(1),
        state=state,
        opens_at=datetime(2026, 1, 1, tzinfo=UTC),
        closes_at=closes_at,
        organisation_id=1,
        organisation_slug="",
        organisation_name="",
    )


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("closes_at", "now", "days"),
    [
        (paris(2026, 3, 31, 23, 59, 59), paris(2026, 3, 31, 23, 59, 58), 1),
        (paris(2026, 3, 31, 23, 59, 59), paris(2026, 3, 31, 23, 59, 59), 0),
        (paris(2026, 3, 31, 23, 59, 59), paris(2026, 3, 31, 0, 0), 1),
        (paris(2026, 3, 31, 23, 59, 59), paris(2026, 3, 30, 23, 59, 59), 2),
        (paris(2026, 3, 31, 23, 59, 59), paris(2026, 3, 30, 12, 0), 2),
        (paris(2026, 4, 1, 0, 0), paris(2026, 3, 31, 12, 0), 1),
        (paris(2026, 4, 1, 0, 0), paris(2026, 3, 30, 12, 0), 2),
        (paris(2026, 4, 1, 0, 0, 1), paris(2026, 3, 31, 12, 0), 2),
        (paris(2026, 3, 29, 23, 59, 59), paris(2026, 3, 28, 23, 30), 2),
        (paris(2026, 3, 29, 23, 59, 59), paris(2026, 3, 29, 0, 0), 1),
        (paris(2026, 10, 25, 23, 59, 59), paris(2026, 10, 25, 0, 30), 1),
        (paris(2026, 10, 25, 23, 59, 59), paris(2026, 10, 24, 12, 0), 2),
        (paris(2027, 1, 1, 23, 59, 59), paris(2026, 12, 31, 23, 0), 2),
    ],
)
def test_days_left_are_counted_on_the_calendar_of_paris(closes_at: datetime, now: datetime, days: int) -> None:
    assert row(closes_at).days_left(now) == days


@pytest.mark.parametrize("state", [ProjectState.DRAFT, ProjectState.CLOSED])
def test_a_project_that_is_not_open_has_no_days_left(state: ProjectState) -> None:
    assert row(paris(2026, 4, 1), state=state).days_left(paris(2026, 3, 1)) == 0


def test_a_project_s_page_shows_its_budget_in_order_and_who_stands_behind_it(town: Database) -> None:
    with town.reading() as session:
        page = queries.page(session, "ecole")
    assert page is not None
    assert (page.project.title, page.project.goal) == ("L’École des œuvres", Money(500_000))
    assert [(line.label, line.amount.minor) for line in page.budget] == [("Charpente", 300_000), ("Pierre", 200_000)]
    assert (page.organisation.legal_form, page.organisation.siren) == (LegalForm.ASSOCIATION, "123456782")
    assert page.story.startswith("Il a deux cents ans.")


def test_a_draft_has_a_page_only_for_those_who_work_on_it(town: Database) -> None:
    with town.reading() as session:
        assert queries.page(session, "nothing") is None
        assert queries.page(session, "draft") is None
        assert queries.page(session, "draft", drafts=True) is not None
        assert queries.page(session, "closed") is not None


def test_a_leader_s_and_an_organisation_s_projects_are_theirs_only(database: Database) -> None:
    with database.transaction() as session:
        one, two = make_organisation(session, "b", name="B"), make_organisation(session, "a", name="A")
        noe = make_person(session, "noe@example.org")
        make_project(session, one, "b2", title="Two", leader=noe)
        make_project(session, one, "b1", title="One")
        make_project(session, two, "a1", title="Three", state=ProjectState.CLOSED, leader=noe)
    with database.reading() as session:
        assert [each.slug for each in queries.led_by(session, noe.id)] == ["a1", "b2"]
        assert queries.led_by(session, noe.id + 1) == ()
        assert [each.slug for each in queries.of_organisations(session, [one.id, two.id])] == ["a1", "b1", "b2"]
        assert [each.slug for each in queries.of_organisations(session, [one.id])] == ["b1", "b2"]
        assert queries.of_organisations(session, []) == ()
        assert [each.slug for each in queries.organisations(session, [one.id, two.id])] == ["a", "b"]
