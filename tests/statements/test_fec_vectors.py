"""Every vector of the reference has its verdict: a quirk is read as the same lines, a fault is found and named."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.statements import fec_check, fec_reader
from ledger.statements.fec_reader import Reading
from tests.statements.test_fec_check import GOOD, SAMPLES, VECTORS, WRITTEN_OTHERWISE, changed

QUIRKS: Final = {
    "bom": (SAMPLES / "quirk-bom.txt").read_bytes(),
    "double_cr": WRITTEN_OTHERWISE["double_cr"],
    "trailing_sep": WRITTEN_OTHERWISE["trailing_sep"],
    "zero_padded": WRITTEN_OTHERWISE["zero_padded"],
    "montant_sens": (SAMPLES / "quirk-montant_sens.txt").read_bytes(),
    "cols22": WRITTEN_OTHERWISE["cols22"],
}
"""The quirks of the reference, from its samples, and made here where it has none."""

NO_AMOUNT: Final = [column for column in VECTORS["columns"] if column not in {"Debit", "Credit"}]

BAD: Final = {
    "dot_decimal": (
        (SAMPLES / "bad-dot_decimal.txt").read_bytes(),
        [(n, "decimal_point", name) for n in range(2, 26) for name in ("Credit", "Debit")],
    ),
    "unbalanced": ((SAMPLES / "bad-unbalanced.txt").read_bytes(), [(4, "unbalanced", "ST-00001")]),
    "gap": ((SAMPLES / "bad-gap.txt").read_bytes(), [(24, "gap", "OD-00002 is followed by OD-00009")]),
    "bad_date": ((SAMPLES / "bad-bad_date.txt").read_bytes(), [(5, "date", "20261301")]),
    # The sample of this name holds an entry that does not balance; here is what its vector describes, and no more.
    "both_sides": (changed("\t100,00\t0,00", "\t150,00\t50,00"), [(4, "both_sides", "150,00 and 50,00")]),
    "missing_column": ((SAMPLES / "bad-missing_column.txt").read_bytes(), [(1, "column_missing", "Idevise")]),
}
"""Content, and each defect that has to be found: its line, its code, a word of what is said."""


def test_no_vector_is_left_out() -> None:
    assert QUIRKS.keys() == VECTORS["quirks"].keys()
    assert BAD.keys() == VECTORS["bad"].keys()


@pytest.mark.parametrize("name", VECTORS["quirks"])
def test_a_quirk_is_read_as_the_lines_of_the_vector_and_is_no_defect(name: str) -> None:
    verdict = fec_check.check(io.BytesIO(QUIRKS[name]))

    assert verdict.defects == ()
    assert (fec_check.written(verdict.debits), fec_check.written(verdict.credits)) == (
        VECTORS["total_debit"],
        VECTORS["total_credit"],
    )
    assert list(facts(QUIRKS[name])) == [
        ({column: line[column] for column in NO_AMOUNT}, cents(line["Debit"]) - cents(line["Credit"]))
        for line in VECTORS["lines"]
    ]


def facts(content: bytes) -> Iterator[tuple[dict[str, Any], int]]:
    """Read the lines of a file: its words, and its amount in cents, positive for a debit."""
    for record in fec_reader.records(io.BytesIO(content), Reading()):
        words = {column: record[column] for column in NO_AMOUNT}
        if "Sens" in record.fields:
            yield words, cents(record["Montant"]) * (1 if record["Sens"] in {"D", "+1"} else -1)
        else:
            yield words, cents(record["Debit"]) - cents(record["Credit"])


def cents(amount: str) -> int:
    return int(amount.replace(",", ""))


@pytest.mark.parametrize("name", VECTORS["bad"])
def test_a_fault_is_found_where_the_vector_has_it_and_nothing_else_is(name: str) -> None:
    content, expected = BAD[name]

    found = fec_check.check(io.BytesIO(content)).defects

    assert len(found) == len(expected)
    for finding, (n, code, said) in zip(
        sorted(found, key=lambda finding: (finding.n, finding.detail)), expected, strict=True
    ):
        assert (finding.n, finding.code) == (n, code)
        assert said in finding.detail


def test_the_clean_sample_is_clean_under_its_name() -> None:
    name = VECTORS["file_name"]
    assert Path(GOOD).name == name
    assert fec_check.check(io.BytesIO(GOOD.read_bytes()), name=name).findings == ()
