from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books.drafts import EntryDraft, Line, credit, debit
from ledger.books.refusals import BadDraft, ProjectUnbalanced, Unbalanced
from ledger.money import Money
from tests.books import ledger_text
from tests.factories.books import make_donation

DAY = date(2026, 3, 3)


def _draft(*lines: Line) -> EntryDraft:
    return EntryDraft("OD", DAY, "od:1", "memo", lines)


def test_a_debit_is_positive_and_a_credit_is_negative() -> None:
    assert debit("512100", Money(100)).money == Money(100)
    assert credit("754110", Money(100)).money == Money(-100)


@pytest.mark.parametrize("minor", [0, -1])
def test_an_amount_is_written_positive_on_its_side(minor: int) -> None:
    with pytest.raises(BadDraft):
        debit("512100", Money(minor))
    with pytest.raises(BadDraft):
        credit("512100", Money(minor))


def test_a_ledger_written_as_text_reads_as_drafts() -> None:
    draft = ledger_text.draft("""
    2026-03-03 STR stripe:txn_1 donation
        511510    48,92  PRJ000001
        627100     1,08  PRJ000001
        754110   -50,00  PRJ000001 C000001
    """)
    assert draft == make_donation(50, source="stripe:txn_1")


def test_one_line_is_no_entry() -> None:
    with pytest.raises(BadDraft, match="too_few_lines"):
        _draft(debit("512100", Money(100)))


def test_debits_and_credits_are_equal_in_each_currency() -> None:
    with pytest.raises(Unbalanced) as refused:
        _draft(debit("512100", Money(100)), credit("754110", Money(99)))
    assert refused.value.values["difference"] == Money(1)
    with pytest.raises(Unbalanced):
        _draft(debit("512100", Money(100, "EUR")), credit("512200", Money(100, "USD")))


def test_the_lines_of_a_project_sum_to_zero() -> None:
    with pytest.raises(ProjectUnbalanced) as refused:
        _draft(debit("512100", Money(100)), credit("754110", Money(100), project="PRJ000001"))
    assert refused.value.values["project"] == "PRJ000001"


def test_two_projects_do_not_balance_each_other() -> None:
    with pytest.raises(ProjectUnbalanced):
        _draft(debit("512100", Money(100), project="PRJ000001"), credit("754110", Money(100), project="PRJ000002"))


@pytest.mark.parametrize("word", ["a\tb", "a\nb", " a", "x" * 201, "\x00"])
def test_words_are_such_as_an_export_can_carry(word: str) -> None:
    lines = (debit("512100", Money(1)), credit("754110", Money(1)))
    with pytest.raises(BadDraft, match="bad_word"):
        EntryDraft("OD", DAY, word, "memo", lines)
    with pytest.raises(BadDraft, match="bad_word"):
        EntryDraft("OD", DAY, "od:1", word, lines)


def test_a_source_is_needed() -> None:
    with pytest.raises(BadDraft):
        EntryDraft("OD", DAY, "", "memo", (debit("512100", Money(1)), credit("754110", Money(1))))


def test_the_order_of_lines_and_the_words_about_a_fact_do_not_change_it() -> None:
    draft = make_donation(source="stripe:txn_1")
    put_otherwise = replace(draft, lines=draft.lines[::-1], memo="gift", details={"charge": "ch_1"})
    assert put_otherwise.fingerprint() == draft.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"journal": "BQ"},
        {"effective_on": date(2026, 3, 4)},
        {"source": "stripe:txn_2"},
        {"lines": make_donation(51).lines},
        {"lines": make_donation(contributor="C000002").lines},
        {"lines": make_donation(project="PRJ000002").lines},
    ],
)
def test_another_fact_has_another_fingerprint(change: dict[str, object]) -> None:
    draft = make_donation(source="stripe:txn_1")
    assert replace(draft, **change).fingerprint() != draft.fingerprint()  # type: ignore[arg-type]


def test_a_reversal_is_another_fact_than_an_entry_of_the_same_lines() -> None:
    draft = make_donation()
    assert len({draft.fingerprint(), draft.fingerprint(reverses_id=1), draft.fingerprint(reverses_id=2)}) == 3


@given(st.lists(st.integers(-10_000, 10_000).filter(bool), min_size=1, max_size=6))
def test_any_amounts_with_their_counterpart_make_an_entry(amounts: list[int]) -> None:
    rest = -sum(amounts)
    lines = [Line("512100", Money(amount)) for amount in amounts]
    if rest:
        lines.append(Line("754110", Money(rest)))
    if len(lines) < 2:
        return
    draft = _draft(*lines)
    assert sum(line.money.minor for line in draft.lines) == 0
