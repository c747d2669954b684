"""A list of balances as other programs write it: heads and amounts in either language, and never a guess."""

from __future__ import annotations

import pytest

from ledger.errors import Invalid
from ledger.workflows import opening_file

HEAD = "account;label;debit;credit\n"


def amounts(text: str) -> list[int]:
    reading = opening_file.read(text.encode())
    assert reading.problems == ()
    return [line.money.minor for line in reading.lines]


def problems(text: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.reason) for each in opening_file.read(text.encode()).problems]


@pytest.mark.parametrize(
    "head",
    [
        "account;label;debit;credit;contributor;project",
        "Compte;Libellé;Débit;Crédit;Contributeur;Projet",
        "N° de compte;INTITULÉ;Solde débiteur;Solde créditeur;CompAuxNum;projet",
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_heads_are_read_in_both_languages_whatever_separates_them(head: str, separator: str, encoding: str) -> None:
    text = f"{head}\r\n512100;Crédit Mutuel;1200.50;;;\r\n\r\n1024;Fonds associatifs;;1200.50;C000012;PRJ000001\r\n"
    reading = opening_file.read(text.replace(";", separator).encode(encoding))

    assert reading.problems == ()
    first, second = reading.lines
    assert (first.line, first.account, first.label, first.money.minor) == (2, "512100", "Crédit Mutuel", 120_050)
    assert (second.line, second.money.minor, second.contributor, second.project) == (
        4,
        -120_050,
        "C000012",
        "PRJ000001",
    )


def test_one_amount_of_the_file_settles_what_the_others_mean() -> None:
    assert amounts(HEAD + "512;a;1.234;\n106;b;;1.233,50\n110;c;;0,50\n") == [123_400, -123_350, -50]
    assert amounts(HEAD + "512;a;1,234;\n106;b;;1,233.50\n110;c;;0.5\n") == [123_400, -123_350, -50]
    assert amounts(HEAD + "512;a;1.234.567;\n106;b;;1 234 567\n") == [123_456_700, -123_456_700]
    assert amounts(HEAD + "512;a;1234;\n106;b;0;1234 €\n") == [123_400, -123_400]
    assert amounts(HEAD + "512;a;12,500;0,00\n106;b;0,00;12,50\n") == [1250, -1250]


def test_what_nothing_settles_is_refused_line_by_line() -> None:
    assert problems(HEAD + "512;a;1.234;\n106;b;;1.234\n") == [
        (2, "debit", "amount_ambiguous"),
        (3, "credit", "amount_ambiguous"),
    ]
    assert problems(HEAD + "512;a;12,50;\n106;b;;12.50\n") == [
        (2, "debit", "mixed_marks"),
        (3, "credit", "mixed_marks"),
    ]


def test_each_line_that_is_wrong_is_named_with_its_column() -> None:
    text = HEAD + (
        '512;a;1,5\n512;"a\nb";1;\n;no account;1,5;\n512;a;-1,5;\n512;a;1,5;1,5\n512;a;vingt;\n512;a;1,505;\n'
        f"{'5' * 21};a;1,5;\n512;;0,00;\n"
    )
    assert problems(text) == [
        (2, "", "wrong_number_of_columns"),
        (3, "label", "control_character"),
        (5, "account", "missing"),
        (6, "debit", "negative"),
        (7, "credit", "both_sides"),
        (8, "debit", "amount_unreadable"),
        (9, "debit", "amount_too_many_decimals"),
        (10, "account", "too_long"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_header"),
        (b"\n\n", "no_header"),
        (b"\x81\x8d\x8f", "unknown_encoding"),
        (b"account;label;debit\n", "missing_columns"),
        (b"account;label;debit;credit;colour\n", "unknown_columns"),
        (b"account;compte;label;debit;credit\n", "doubled_columns"),
        (b"%PDF-1.7\n", "unknown_columns"),
        (HEAD.encode() + b"512;a;1;\n" * 10_001, "too_many_lines"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        opening_file.read(content)
    assert refused.value.reason == code


def test_a_quotation_that_never_ends_is_told_with_its_line() -> None:
    assert problems(HEAD + '512;a;1;\n106;"b;;1\n')[0] == (3, "", "unreadable")
