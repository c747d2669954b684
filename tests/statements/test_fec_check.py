"""Every sample file gets its verdict, and each quirk of other programs is read as what it means."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.cli.fec import REASONS
from ledger.config import ROOT
from ledger.statements import fec_check, fec_reader
from ledger.statements.fec_check import Verdict
from ledger.statements.fec_reader import Reading

SAMPLES: Final = ROOT / "tests" / "data" / "fec"
GOOD: Final = SAMPLES / "123456782FEC20261231.txt"
VECTORS: Final[dict[str, Any]] = json.loads((SAMPLES / "fec_lines.json").read_text(encoding="utf-8"))


def judged(content: bytes, name: str = "") -> Verdict:
    return fec_check.check(io.BytesIO(content), name=name)


def defects(content: bytes, name: str = "") -> list[str]:
    return [f"{finding.n} {finding.code} {finding.detail}".rstrip() for finding in judged(content, name).defects]


def changed(old: str, new: str, *, times: int = 1) -> bytes:
    content = GOOD.read_bytes().decode()
    assert old in content
    return content.replace(old, new, times).encode()


def test_the_sample_has_no_defect_and_the_totals_of_its_vector() -> None:
    verdict = judged(GOOD.read_bytes(), GOOD.name)

    assert verdict.findings == ()
    assert (verdict.lines, verdict.entries) == (24, VECTORS["entries"])
    assert fec_check.written(verdict.debits) == VECTORS["total_debit"]
    assert fec_check.written(verdict.credits) == VECTORS["total_credit"]


def test_the_sample_reads_as_the_lines_of_its_vector() -> None:
    with GOOD.open("rb") as file:
        assert [dict(record.fields) for record in fec_reader.records(file, Reading())] == VECTORS["lines"]


WRITTEN_OTHERWISE: Final = {
    "bom": b"\xef\xbb\xbf" + GOOD.read_bytes(),
    "cols22": b"".join(
        line.removesuffix(b"\r\n") + (b"\tDateRglt\tModeRglt\tNatOp\tIdClient\r\n" if n == 0 else b"\t\t\t\t\r\n")
        for n, line in enumerate(GOOD.read_bytes().splitlines(keepends=True))
    ),
    "double_cr": GOOD.read_bytes().replace(b"\r\n", b"\r\r\n"),
    "lone_cr": GOOD.read_bytes().replace(b"\r\n", b"\r"),
    "lone_lf": GOOD.read_bytes().replace(b"\r\n", b"\n"),
    "trailing_sep": GOOD.read_bytes().replace(b"\r\n", b"\t\r\n"),
    "zero_padded": changed("1500,00", "000000001500,00", times=9),
    "space_padded": changed("1500,00", "     1500,00", times=9),
    "last line without an end": GOOD.read_bytes().removesuffix(b"\r\n"),
    "other case and accents in the header": changed("EcritureNum", "ÉCRITURE-NUM").replace(
        b"Montantdevise", b"MontantDevise"
    ),
}


@pytest.mark.parametrize("content", WRITTEN_OTHERWISE.values(), ids=WRITTEN_OTHERWISE.keys())
def test_a_quirk_is_read_as_the_same_lines_and_is_no_defect(content: bytes) -> None:
    assert defects(content) == []
    read = list(fec_reader.records(io.BytesIO(content), Reading()))
    assert [record["EcritureLib"] for record in read] == [line["EcritureLib"] for line in VECTORS["lines"]]
    assert judged(content).debits == 454285


@pytest.mark.parametrize("name", ["quirk-bom.txt", "quirk-montant_sens.txt", "pipe-123456782FEC20261231.txt"])
def test_the_quirky_sample_files_have_no_defect_and_the_same_totals(name: str) -> None:
    verdict = judged((SAMPLES / name).read_bytes(), name)

    assert verdict.defects == ()
    assert (verdict.lines, verdict.debits, verdict.credits) == (24, 454285, 454285)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bad-bad_date.txt", ["5 date EcritureDate 20261301"]),
        # Its name announces a line with two sides; what it holds is an entry that does not balance.
        ("bad-both_sides.txt", ["4 unbalanced ST-00001: debits less credits are 99,00"]),
        ("bad-gap.txt", ["24 gap OD-00002 is followed by OD-00009"]),
        ("bad-missing_column.txt", ["1 column_missing Idevise"]),
        ("bad-unbalanced.txt", ["4 unbalanced ST-00001: debits less credits are 0,01"]),
    ],
)
def test_a_bad_sample_file_gets_the_verdict_of_its_vector(name: str, expected: list[str]) -> None:
    assert defects((SAMPLES / name).read_bytes(), name) == expected


def test_decimal_points_are_a_defect_on_each_line_and_the_only_one() -> None:
    found = judged((SAMPLES / "bad-dot_decimal.txt").read_bytes()).defects

    assert {finding.code for finding in found} == {"decimal_point"}
    assert [finding.n for finding in found] == [n for n in range(2, 26) for _ in range(2)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ["1 no_header"]),
        (changed("\t0,00\t1500,00", "\t1500,00\t1500,00"), ["2 unbalanced", "3 both_sides 1500,00 and 1500,00"]),
        (changed("\t1500,00\t0,00", "\t0,00\t0,00"), ["2 no_amount", "2 unbalanced"]),
        (changed("1500,00", "1 500,00"), ["2 amount Debit 1 500,00"]),
        (changed("1500,00", "1500,000"), ["2 amount Debit 1500,000"]),
        (changed("20260102", "02/01/2026"), ["2 date ValidDate 02/01/2026"]),
        (changed("20260102", "20260230"), ["2 date ValidDate 20260230"]),
        (changed("20260102", "18990102"), ["2 date_year ValidDate 18990102"]),
        (changed("\t512100\t", "\tBQ1\t"), ["2 account BQ1"]),
        (changed("\tAN2026\t", "\t\t"), ["2 empty_field PieceRef"]),
        (changed("AN\tA nouveaux", "AN\t"), ["2 empty_field JournalLib"]),
        (changed("\r\nST\t", "\r\n\r\nST\t"), ["4 empty_line"]),
        (changed("\t\t\r\n", "\t\t\tx\r\n"), ["2 field_count 19 fields, 18 columns", "3 unbalanced"]),
        (changed("JournalCode\tJournalLib", "JournalLib\tJournalCode"), ["1 column_order"]),
        (
            changed("JournalLib\t", "JournalLib\tJournalLib\t"),
            ["1 column_twice JournalLib", "1 column_order", "2 field_count"],
        ),
        (changed("\tAN-00001\t20260101", "\tAN-00001\t20260102"), ["3 entry_dates AN-00001"]),
        (GOOD.read_bytes().replace(b"\t", b";"), ["1 separator ;"]),
        (changed("\t\t\r\n", "\t12.5\tUSD\r\n"), ["2 amount Montantdevise 12.5"]),
        (changed("\t\t\r\n", "\t12,50\t\r\n"), ["2 empty_field Idevise"]),
    ],
)
def test_a_defect_is_found_on_its_line(content: bytes, expected: list[str]) -> None:
    found = defects(content)[: len(expected)]

    assert [said[: len(start)] for said, start in zip(found, expected, strict=True)] == expected


def test_lines_of_an_entry_that_stand_apart_are_found() -> None:
    lines = GOOD.read_bytes().splitlines(keepends=True)
    lines.insert(7, lines.pop(4))

    assert "8 entry_split ST-00001 began on line 4" in defects(b"".join(lines))


def test_numbers_may_run_through_all_journals() -> None:
    lines = GOOD.read_bytes().decode().splitlines(keepends=True)
    numbers: dict[str, int] = {}
    through = [lines[0]]
    for line in lines[1:]:
        fields = line.split("\t")
        fields[2] = str(numbers.setdefault(fields[2], len(numbers) + 1))
        through.append("\t".join(fields))

    assert defects("".join(through).encode()) == []


def test_a_program_that_numbers_nothing_is_remarked_on_and_its_pieces_still_balance() -> None:
    lines = GOOD.read_bytes().decode().splitlines(keepends=True)
    unnumbered = [lines[0]]
    for line in lines[1:]:
        fields = line.split("\t")
        fields[2], fields[15] = "0", ""
        unnumbered.append("\t".join(fields))

    verdict = judged("".join(unnumbered).encode())

    assert verdict.defects == ()
    assert [finding.code for finding in verdict.findings] == ["not_validated", "not_numbered"]


def test_a_file_in_latin_letters_is_read() -> None:
    content = changed("A nouveaux", "À nouveaux €", times=99).decode().encode("iso-8859-15")

    assert defects(content) == []
    (first, *_) = fec_reader.records(io.BytesIO(content), Reading())
    assert first["JournalLib"] == "À nouveaux €"


def test_the_name_of_a_file_says_on_which_day_its_year_closes() -> None:
    assert judged(GOOD.read_bytes(), "1234567820FEC20261231.txt").findings[0].code == "file_name"
    assert defects(GOOD.read_bytes(), "123456782FEC20261301.TXT")[0] == "0 file_name 123456782FEC20261301.TXT"
    assert {said.split()[1] for said in defects(GOOD.read_bytes(), "123456782FEC20260601.txt")} == {"after_closing"}


def test_a_file_is_read_alike_wherever_its_blocks_end(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = judged(WRITTEN_OTHERWISE["double_cr"])

    for size in (1, 2, 3, 7, 190):
        monkeypatch.setattr(fec_reader, "BLOCK", size)
        assert judged(WRITTEN_OTHERWISE["double_cr"]) == whole


def test_a_file_that_is_one_endless_line_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    path.write_bytes(b"x" * 5_000_000)

    with path.open("rb") as file:
        assert [finding.code for finding in fec_check.check(file).defects] == ["line_too_long", "no_header"]


def test_every_finding_has_its_words() -> None:
    source = "".join(
        (ROOT / "ledger" / "statements" / name).read_text(encoding="utf-8")
        for name in ("fec_check.py", "fec_reader.py")
    )

    assert all(f'"{code}"' in source for code in REASONS)
