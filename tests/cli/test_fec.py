from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ledger.cli.main import main
from ledger.config import ROOT
from ledger.db import Database
from ledger.money import Money
from tests.factories.gifts import make_funded, make_gift

SAMPLES = ROOT / "tests" / "data" / "fec"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["fec", *words])


@pytest.fixture
def exported(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a year with one gift."""
    with database.transaction() as session:
        make_gift(session, make_funded(session), Money(5000), fee=Money(108), paid_at=datetime(2026, 3, 3, tzinfo=UTC))
    monkeypatch.setenv("ECOT_DATABASE_URL", database.url.render_as_string(hide_password=False))
    result = run("export", "--organisation", "amis-verger", "--year", "2026", "--output", str(tmp_path))
    assert result.exit_code == 0, result.output
    return Path(result.output.strip())


def test_an_exported_file_has_the_name_of_the_law_and_no_defect(exported: Path) -> None:
    assert exported.name == "123456782FEC20261231.txt"
    assert not list(exported.parent.glob("*.unfinished"))

    result = run("check", str(exported))

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "line 2: remark: ValidDate is empty: the entry is not definitive",
        "3 lines, 1 entries, debits 50,00, credits 50,00: no defects",
    ]


def test_an_export_of_an_unknown_organisation_says_so_in_one_line(exported: Path) -> None:
    result = run("export", "--organisation", "nobody", "--year", "2026", "--output", str(exported.parent))

    assert result.exit_code == 1
    assert result.output == "ecot: organisation_unknown(slug='nobody')\n"


def test_a_defect_is_said_with_its_line_and_the_check_fails() -> None:
    result = run("check", str(SAMPLES / "bad-gap.txt"))

    assert result.exit_code == 1
    assert result.output.splitlines()[1:] == [
        "line 24: entry numbers are missing (OD-00002 is followed by OD-00009)",
        "24 lines, 12 entries, debits 4542,85, credits 4542,85: 1 defect",
    ]
