"""`ecot books opening` posts a list of balances once, or says what is wrong with each of its lines."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from ledger.cli.main import main
from ledger.db import Database
from tests.factories.organisations import make_organisation

LIST: Final = "compte;libellé;débit;crédit\n512100;Banque;1 200,50;\n411A;Usager A;50;\n1024;Fonds;;1250,50\n"


class Books:
    """`ecot books …` over a database with one organisation, and a file."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.file = directory / "reprise.csv"
        self.documents = directory / "files"
        self.environ = {
            "ECOT_ENVIRONMENT": "test",
            "ECOT_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "ECOT_FILES_DIRECTORY": str(self.documents),
        }

    def __call__(self, *command: str) -> Result:
        return CliRunner().invoke(main, ["books", *command], env=self.environ)

    def opening(self, text: str, *, on: str = "2025-01-01") -> tuple[int, str, str]:
        self.file.write_text(text, encoding="utf-8")
        result = self("opening", "amis-du-lavoir", str(self.file), "--on", on, "--by", "Inès Faure")
        return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def books(database: Database, tmp_path: Path) -> Books:
    with database.transaction() as session:
        make_organisation(session)
    return Books(database, tmp_path)


def test_a_list_is_posted_once(books: Books) -> None:
    posted = "opening balance on 2025-01-01 of 3 lines, 1250.50 EUR on each side, is entry 1\n"
    assert books.opening(LIST) == (0, posted, "")
    assert books.opening(LIST) == (0, "opening balance on 2025-01-01 was posted already as entry 1\n", "")
    other = LIST.replace("1 200,50", "1 300,50").replace("1250,50", "1350,50")
    assert books.opening(other) == (1, "", "ecot: opening_exists(entry_id=1)\n")
    assert books("verify").stdout == "1 entries verified, all is well\n"


def test_every_problem_is_told_with_its_line_and_nothing_is_posted(books: Books) -> None:
    code, told, problems = books.opening(LIST + "999;x;1,5;\n606;y;;1,5\n")
    assert (code, told) == (1, "")
    assert problems == (
        "line 5 account: unknown_account: 999\nline 6 account: income_or_expense: 606\n2 problems, nothing posted\n"
    )
    code, _told, problems = books.opening(LIST.replace("50;\n1024", "51;\n1024"))
    assert (code, problems) == (1, "the file: unbalanced\n1 problems, nothing posted\n")
    assert books("verify").stdout == "0 entries verified, all is well\n"


def test_a_day_or_a_file_that_cannot_be_is_told_in_one_line(books: Books) -> None:
    code, _told, line = books.opening(LIST, on="2025-02-01")
    assert (code, line.partition("(")[0]) == (1, "ecot: not_first_day")
    assert books.opening("", on="2025-01-01")[2] == "ecot: no_header()\n"


def test_a_document_that_is_gone_or_altered_is_found_by_verify(books: Books) -> None:
    books.opening(LIST)
    (document,) = (path for path in books.documents.rglob("*") if path.is_file())
    document.write_bytes(b"altered")
    assert books("verify").stdout.startswith("voucher_altered: entry 1 vouchers/1/")
    document.unlink()
    result = books("verify")
    assert (result.exit_code, result.stdout.partition(" vouchers")[0]) == (1, "voucher_missing: entry 1")
