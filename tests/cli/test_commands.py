"""What `ecot` prints, where, and how it ends: 0 when done, 1 with one line of reason, 2 when it was asked wrongly."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from ledger import clock, config, wiring
from ledger.app import create_app
from ledger.books import seals
from ledger.cli import people, seed
from ledger.cli.main import main
from ledger.contributions.models import Contribution
from ledger.db import Database
from ledger.money import Money
from ledger.organisations import organisations
from ledger.organisations.models import Role
from ledger.people import links, persons
from ledger.projects import projects, queries
from ledger.projects.models import Leadership, Project, ProjectState
from tests.factories.gifts import make_funded, make_gift
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.projects import make_project

FOUND = "organisations found {} --name Atelier --address x --postcode 99123 --city Brévaux --email a@b.example"


class Ecot:
    """The command line over a database."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.environ = {
            "ECOT_ENVIRONMENT": "test",
            "ECOT_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "ECOT_FILES_DIRECTORY": str(directory),
        }

    def __call__(self, command: str, *more: str, **environ: str) -> Result:
        return CliRunner().invoke(main, [*command.split(), *more], env=self.environ | environ)

    @property
    def settings(self) -> config.Settings:
        return config.load(self.environ)


@pytest.fixture
def ecot(database: Database, tmp_path: Path) -> Ecot:
    return Ecot(database, tmp_path)


def told(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def test_every_command_says_what_it_does_and_needs_no_settings_for_it() -> None:
    for arguments in ([], ["--version"], *([name, "--help"] for name in main.commands)):
        result = CliRunner().invoke(main, arguments, env={"ECOT_NONSENSE": "1"})
        assert (result.exit_code, bool(result.output)) == (0 if arguments else 2, True)


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"ECOT_MAIL_PORT": "many"}, "ecot: setting_of_wrong_type(name='mail.port', expected='int')\n"),
        ({"ECOT_SITE_ULR": "x"}, "ecot: unknown_setting(name='ECOT_SITE_ULR')\n"),
        ({"ECOT_DATABASE_URL": "nonsense"}, "ecot: database_url_unusable(name='database.url')\n"),
    ],
)
def test_settings_that_cannot_be_used_are_told_in_one_line(ecot: Ecot, environ: dict[str, str], line: str) -> None:
    assert told(ecot("organisations list", **environ)) == (1, "", line)


def test_a_database_that_is_not_there_or_not_prepared_is_told_in_one_line(ecot: Ecot, tmp_path: Path) -> None:
    away = ecot("organisations list", ECOT_DATABASE_URL=f"sqlite:///{tmp_path}/nothing/ecot.db")
    assert away.exit_code == 1
    assert away.stderr.startswith("ecot: database_unavailable(")
    empty = ecot("organisations list", ECOT_DATABASE_URL=f"sqlite:///{tmp_path}/empty.db")
    assert empty.exit_code == 1
    assert empty.stderr.startswith("ecot: database_not_upgraded(")


def test_the_command_ends_with_its_code_and_without_a_traceback() -> None:
    environ = os.environ | {"ECOT_ENVIRONMENT": "nowhere"}
    command = [sys.executable, "-m", "ledger", "organisations", "list"]
    ended = subprocess.run(command, env=environ, cwd=config.ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(r"ecot: unknown_environment\(.*\)\n", ended.stderr)


def test_a_database_is_made_where_there_is_none_and_left_alone_where_there_is(ecot: Ecot, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/new/ecot.db"
    for _ in range(2):
        assert ecot("database upgrade", ECOT_DATABASE_URL=url).exit_code == 0
        assert told(ecot("organisations list", ECOT_DATABASE_URL=url)) == (0, "", "")
    assert ecot("database upgrade").exit_code == 0


def test_organisations_are_founded_once_and_listed_by_short_name(ecot: Ecot) -> None:
    assert told(ecot(FOUND.format("b-a"))) == (0, "", "")
    assert told(ecot(FOUND.format("a") + " --form commune --siren 123456782")) == (0, "", "")
    assert told(ecot("organisations list")) == (0, "a\tAtelier\nb-a\tAtelier\n", "")
    assert told(ecot(FOUND.format("a"))) == (1, "", "ecot: organisation_exists(slug='a')\n")
    assert told(ecot(FOUND.format("A_B"))) == (1, "", "ecot: bad_slug(slug='A_B')\n")
    assert ecot(FOUND.format("c") + " --form club").exit_code == 2
    assert ecot("organisations found c").exit_code == 2


def test_a_role_is_granted_to_a_person_who_is_added_if_new(ecot: Ecot, database: Database) -> None:
    with database.transaction() as session:
        organisation_id = make_organisation(session).id
    for _ in range(2):
        granted = ecot("people grant Ines@Example.org --organisation amis-du-lavoir --role treasurer")
        assert told(granted) == (0, "", "")
    with database.reading() as session:
        ines = persons.find(session, "ines@example.org")
        assert ines is not None
        assert organisations.with_role(session, ines.id, Role.TREASURER) == (organisation_id,)
        assert organisations.with_role(session, ines.id, Role.ADMIN, Role.AUDITOR) == ()
    unknown = ecot("people grant theo@example.org --organisation nothing --role treasurer")
    assert told(unknown) == (1, "", "ecot: organisation_unknown(slug='nothing')\n")
    assert ecot("people grant theo@example.org --organisation amis-du-lavoir --role king").exit_code == 2
    with database.reading() as session:
        assert persons.find(session, "theo@example.org") is None


def test_a_person_is_let_to_lead_a_project(ecot: Ecot, database: Database) -> None:
    with database.transaction() as session:
        make_project(session, make_organisation(session))
    for _ in range(2):
        assert told(ecot("people lead noe@example.org --project lavoir")) == (0, "", "")
    with database.reading() as session:
        noe = persons.find(session, "noe@example.org")
        assert noe is not None
        assert [row.slug for row in queries.led_by(session, noe.id)] == ["lavoir"]
    unknown = ecot("people lead noe@example.org --project nothing")
    assert told(unknown) == (1, "", "ecot: project_unknown(slug='nothing')\n")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_sign_in_link_is_printed_that_the_site_opens_once_in_any_browser(
    ecot: Ecot, database: Database, locale: str
) -> None:
    with database.transaction() as session:
        ines = make_person(session, "ines@example.org").id
    result = ecot(f"people sign-in-link INES@example.org --locale {locale}")
    site = ecot.settings.site.url
    assert (result.exit_code, result.stderr) == (0, "")
    path = result.stdout.strip().removeprefix(site)
    means = wiring.build(ecot.settings)
    endpoint, values = create_app(means).url_map.bind("127.0.0.1").match(path, method="GET")
    means.database.dispose()
    assert endpoint == f"auth.open.{locale}"
    with database.transaction() as session:
        assert links.use_sign_in(session, values["token"], browser="any", now=clock.now()).id == ines


def test_nobody_gets_a_link_who_is_not_known(ecot: Ecot) -> None:
    result = ecot("people sign-in-link nobody@example.org")
    assert told(result) == (1, "", "ecot: person_unknown(email='nobody@example.org')\n")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "projects.csv"
    path.write_text('reference,title,goal_eur\n1,École d’été,7000\n2,Un four,"1 234,50"\n', encoding="utf-8")
    return path


def test_projects_are_imported_once(ecot: Ecot, database: Database, listed: Path) -> None:
    with database.transaction() as session:
        make_organisation(session)
    command = "projects import --organisation amis-du-lavoir"
    assert told(ecot(command, str(listed))) == (0, "2 projects imported, 0 were there already\n", "")
    assert told(ecot(command, str(listed))) == (0, "0 projects imported, 2 were there already\n", "")
    with database.reading() as session:
        kept = session.scalars(sa.select(Project).order_by(Project.id)).all()
    assert [(each.slug, each.goal) for each in kept] == [("ecole-d-ete", Money(700_000)), ("un-four", Money(123_450))]
    today = clock.day_in_paris(clock.now())
    assert clock.day_in_paris(kept[0].closes_at) - today in {timedelta(days=59), timedelta(days=60)}


def test_a_list_with_bad_lines_is_told_line_by_line_and_not_imported(
    ecot: Ecot, database: Database, listed: Path
) -> None:
    with database.transaction() as session:
        make_organisation(session)
    with listed.open("a", encoding="utf-8") as file:
        file.write('1,Encore,5\n4,,"12,345"\n5,a\n')
    result = ecot("projects import --organisation amis-du-lavoir", str(listed))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "line 4 reference: same_as_line: 2",
        "line 5 title: missing",
        "line 5 goal_eur: amount_ambiguous: 12,345",
        "line 6: wrong_number_of_columns",
        "4 problems, nothing imported",
    ]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Project)) == 0


def test_a_file_that_cannot_be_read_as_a_whole_is_told_in_one_line(ecot: Ecot, listed: Path) -> None:
    command = "projects import --organisation amis-du-lavoir"
    assert told(ecot(command, str(listed))) == (1, "", "ecot: organisation_unknown(slug='amis-du-lavoir')\n")
    listed.write_bytes("reference,title,goal_eur\n1,École,5\n".encode("cp1252"))
    assert told(ecot(command, str(listed))) == (1, "", "ecot: not_utf8(line=2)\n")
    listed.write_text("", encoding="utf-8")
    assert told(ecot(command, str(listed))) == (1, "", "ecot: no_header()\n")
    assert ecot(command, str(listed.with_name("nothing.csv"))).exit_code == 2
    assert ecot(command, str(listed.parent)).exit_code == 2
    assert ecot(command + " --closes-on tomorrow", str(listed)).exit_code == 2


def test_the_last_day_of_imported_projects_can_be_chosen_but_not_in_the_past(
    ecot: Ecot, database: Database, listed: Path
) -> None:
    with database.transaction() as session:
        make_organisation(session)
    command = "projects import --organisation amis-du-lavoir --closes-on {}"
    past = ecot(command.format("2020-01-01"), str(listed))
    assert told(past) == (1, "", "ecot: closes_before_it_opens(lines=[2, 3])\n")
    assert ecot(command.format("2190-07-01"), str(listed)).exit_code == 0
    with database.reading() as session:
        closes = session.scalars(sa.select(Project.closes_at)).first()
    assert closes is not None
    assert str(closes) == "2190-07-01 21:59:59+00:00"


def test_a_project_is_closed_once(ecot: Ecot, database: Database) -> None:
    with database.transaction() as session:
        make_project(session, make_organisation(session))
    assert told(ecot("projects close lavoir")) == (0, "", "")
    with database.reading() as session:
        closed = projects.get(session, "lavoir")
    assert closed.state is ProjectState.CLOSED
    assert told(ecot("projects close lavoir")) == (0, "", "")
    with database.reading() as session:
        assert projects.get(session, "lavoir").closed_at == closed.closed_at
    assert told(ecot("projects close nothing")) == (1, "", "ecot: project_unknown(slug='nothing')\n")


def test_the_book_proves_itself_and_a_contribution_that_is_not_in_it_is_told(
    ecot: Ecot, database: Database, frozen_now: datetime
) -> None:
    assert told(ecot("books verify")) == (0, "0 entries verified, all is well\n", "")
    with database.transaction() as session:
        make_gift(session, make_funded(session), Money(5000), fee=Money(100), paid_at=frozen_now)
    assert told(ecot("books verify")) == (0, "1 entries verified, all is well\n", "")
    with database.transaction() as session:
        session.execute(sa.update(Contribution).values(amount_minor=5001))
    result = ecot("books verify")
    assert result.exit_code == 1
    assert result.stdout.endswith("1 entries, 1 problems\n")


def test_a_book_is_verified_since_a_seal_whose_hash_was_kept(
    ecot: Ecot, database: Database, frozen_now: datetime
) -> None:
    with database.transaction() as session:
        make_gift(session, make_funded(session), Money(5000), fee=Money(100), paid_at=frozen_now)
    with database.transaction() as session:
        (kept,) = seals.seal(session, now=frozen_now)
    assert told(ecot("books verify --since", kept.hash().hex())) == (0, "1 entries verified, all is well\n", "")
    other = "00" * 32
    assert told(ecot("books verify --since", other)) == (1, "", f"ecot: unknown_seal(seal='{other}')\n")
    assert ecot("books verify --since 12").exit_code == 2


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"ECOT_STRIPE_API_URL": "http://127.0.0.1:9999"},
        {"ECOT_STRIPE_API_URL": "http://127.0.0.1:8001", "ECOT_STRIPE_WEBHOOK_SECRETS": ""},
    ],
)
def test_the_sandbox_starts_only_where_settings_expect_it(ecot: Ecot, environ: dict[str, str]) -> None:
    result = ecot("sandbox", **environ)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("ecot: sandbox_not_in_settings(")


def test_the_processes_of_a_site_do_not_start_with_settings_that_cannot_be_used(ecot: Ecot) -> None:
    for command in ("web", "worker"):
        assert told(ecot(command, ECOT_MAIL_PORT="many"))[0] == 1


def test_the_invented_town_is_planted_once_and_what_is_there_is_left_alone(
    ecot: Ecot, database: Database, frozen_now: datetime
) -> None:
    seed.plant(ecot.settings, now=frozen_now)
    with database.reading() as session:
        planted = session.scalars(sa.select(Project).order_by(Project.id)).all()
        pages = [queries.page(session, each.slug) for each in planted]
        assert session.scalar(sa.select(sa.func.count()).select_from(Leadership)) == len(planted)
    assert planted
    for page in pages:
        assert page is not None
        assert sum(line.amount.minor for line in page.budget) == page.project.goal.minor
        assert page.project.accepts(frozen_now)
    seed.plant(ecot.settings, now=frozen_now + timedelta(days=1))
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Project)) == len(planted)


def test_the_days_left_of_the_invented_town_are_those_of_its_file(
    ecot: Ecot, database: Database, frozen_now: datetime, tmp_path: Path
) -> None:
    town = tmp_path / "town.toml"
    text = seed.TOWN.read_text(encoding="utf-8")
    town.write_text(re.sub(r"^days_left = \d+", "days_left = 7", text, flags=re.MULTILINE), encoding="utf-8")
    seed.plant(ecot.settings, now=frozen_now, town=town)
    with database.reading() as session:
        assert {row.days_left(frozen_now) for row in queries.find_open(session, frozen_now)} == {7}


def test_the_demo_offers_a_link_for_each_role_of_the_invented_town(
    ecot: Ecot, database: Database, frozen_now: datetime
) -> None:
    seed.plant(ecot.settings, now=frozen_now)
    offered = people.sign_in_links(ecot.settings, now=frozen_now)
    assert list(offered) == ["donor", "leader", "treasurer"]
    with database.transaction() as session:
        who = {
            role: links.use_sign_in(session, link.rpartition("/")[2], browser=None, now=frozen_now).id
            for role, link in offered.items()
        }
        assert queries.led_by(session, who["leader"])
        assert organisations.with_role(session, who["treasurer"], Role.TREASURER)
        assert not organisations.with_role(session, who["donor"], *Role)


def test_the_proof_of_an_entry_is_checked_without_a_database_and_a_torn_one_is_refused(
    ecot: Ecot, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        funded = make_funded(session)
        make_gift(session, funded, Money(5000), paid_at=datetime(2026, 3, 3, 13, 5, tzinfo=UTC))
    assert ecot("books export-proof 1").exit_code == 1
    assert told(ecot("books seal")) == (0, "1 new seals\n", "")
    proof = tmp_path / "proof.json"
    proof.write_text(ecot("books export-proof 1").stdout, encoding="utf-8")
    nowhere = {"ECOT_DATABASE_URL": "sqlite:////nowhere/at/all.db"}
    checked = ecot("books prove", str(proof), **nowhere)
    assert checked.exit_code == 0
    assert checked.stdout.startswith("the entry is sealed; seal 1 of ")
    proof.write_text(proof.read_text(encoding="utf-8").replace("5000", "5001", 1), encoding="utf-8")
    assert ecot("books prove", str(proof), **nowhere).exit_code == 1
