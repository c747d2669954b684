"""The book against a model in plain Python, act after act; after each, the book must prove itself."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ledger.books import balances, journal, periods, seals
from ledger.books.drafts import EntryDraft, Line
from ledger.books.refusals import AlreadyReversed, EarlierPeriodOpen, NotReversible, NotSealed, Overdrawn, SourceReused
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from tests.factories.books import NOW, TODAY, make_book

ACCOUNTS = ("512100", "530000", "754110")
TILL = "530000"
DAYS = st.sampled_from(
    [
        date(2024, 6, 1),
        date(2024, 12, 31),
        date(2025, 1, 1),
        date(2025, 6, 1),
        TODAY,
        date(2026, 6, 1),
        date(2027, 1, 1),
    ]
)
AMOUNTS = st.integers(1, 500)
PROJECTS = st.sampled_from(["", "PRJ000001", "PRJ000002"])

_books = count(1)


class Life(RuleBasedStateMachine):
    """The life of a book: facts, replays, reversals, closings and folds, in any order.

    The model keeps the lines of every entry by its source, and knows nothing of periods but which day was closed.
    """

    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.drafts: dict[str, EntryDraft] = {}
        self.entries: dict[str, int] = {}
        self.undone: set[str] = set()
        self.reversals: dict[str, str] = {}
        self.lines: list[tuple[date, Line]] = []
        self.closed_until = date.min
        self.sources = count(1)
        with self.database.transaction() as session:
            self.book_id = make_book(session, name=f"Book {next(_books)}")

    def _counted_on(self, day: date) -> date:
        return day if day > self.closed_until else max(day, TODAY, self.closed_until + timedelta(days=1))

    def _balance(self, account: str) -> int:
        return sum(line.money.minor for _, line in self.lines if line.account == account)

    def _overdraws(self, lines: tuple[Line, ...]) -> bool:
        till = [line.money.minor for line in lines if line.account == TILL]
        return any(minor < 0 for minor in till) and self._balance(TILL) + sum(till) < 0

    def _wrote(self, draft: EntryDraft, posted: journal.Posted) -> None:
        assert not posted.replayed
        self.drafts[draft.source] = draft
        self.entries[draft.source] = posted.entry_id
        self.lines += [(self._counted_on(draft.effective_on), line) for line in draft.lines]

    @rule(
        day=DAYS,
        amount=AMOUNTS,
        sides=st.permutations(ACCOUNTS).map(lambda accounts: accounts[:2]),
        project=PROJECTS,
        contributor=st.sampled_from(["", "C000001"]),
    )
    def post(self, day: date, amount: int, sides: list[str], project: str, contributor: str) -> None:
        lines = (
            Line(sides[0], Money(amount), project),
            Line(sides[1], Money(-amount), project, contributor),
        )
        draft = EntryDraft("BQ", day, f"fact:{next(self.sources)}", "", lines)
        try:
            with self.database.transaction() as session:
                posted = journal.post(session, self.book_id, draft, now=NOW)
        except Overdrawn:
            assert self._overdraws(lines)
        else:
            assert not self._overdraws(lines)
            self._wrote(draft, posted)

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(set(self.drafts) - set(self.reversals)) or [""]))
        if source:
            with self.database.transaction() as session:
                posted = journal.post(session, self.book_id, self.drafts[source], now=NOW + timedelta(days=400))
            assert posted == journal.Posted(self.entries[source], replayed=True)

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), amount=AMOUNTS)
    def reuse_a_source(self, data: st.DataObject, amount: int) -> None:
        source = data.draw(st.sampled_from(sorted(self.drafts)))
        lines = (Line("512100", Money(amount + 1000)), Line("754110", Money(-amount - 1000)))
        try:
            with self.database.transaction() as session:
                journal.post(session, self.book_id, EntryDraft("BQ", TODAY, source, "", lines), now=NOW)
        except SourceReused:
            return
        raise AssertionError("a source was used again")

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), day=DAYS)
    def reverse(self, data: st.DataObject, day: date) -> None:
        source = data.draw(st.sampled_from(sorted(self.drafts)))
        undoing = f"undo:{next(self.sources)}"
        draft = self.drafts[source]
        mirror = tuple(Line(one.account, -one.money, one.project, one.contributor) for one in draft.lines)
        try:
            with self.database.transaction() as session:
                posted = journal.reverse(
                    session, self.entries[source], source=undoing, effective_on=day, memo="", now=NOW
                )
        except NotReversible:
            assert source in self.reversals
        except AlreadyReversed:
            assert source in self.undone
        except Overdrawn:
            assert self._overdraws(mirror)
        else:
            assert source not in self.undone
            assert source not in self.reversals
            self.undone.add(source)
            self.reversals[undoing] = source
            self._wrote(EntryDraft("BQ", day, undoing, "", mirror), posted)

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        with self.database.reading() as session:
            known = [period for period in periods.of_book(session, self.book_id) if period.is_open]
        # The years around today stay open, so that late facts have somewhere to go.
        old = [period for period in known if period.ends_on < TODAY]
        if not old:
            return
        period = data.draw(st.sampled_from(old))
        try:
            with self.database.transaction() as session:
                periods.close(session, period.id, now=NOW)
        except EarlierPeriodOpen:
            assert period != known[0]
        else:
            assert period == known[0]
            self.closed_until = period.ends_on

    @rule()
    def fold(self) -> None:
        with self.database.transaction() as session:
            balances.fold(session)

    @rule(batch=st.integers(1, 5))
    def seal(self, batch: int) -> None:
        with self.database.transaction() as session:
            seals.seal(session, now=NOW, batch=batch)

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def prove(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.entries.values())))
        with self.database.reading() as session:
            newest = seals.head(session, self.book_id)
            try:
                proof = seals.prove(session, entry_id)
            except NotSealed:
                return
        assert proof.check() == newest

    @rule(account=st.sampled_from(ACCOUNTS), day=DAYS, project=PROJECTS)
    def ask(self, account: str, day: date, project: str) -> None:
        with self.database.reading() as session:
            found = balances.of(session, self.book_id, account, as_of=day, project=project or None)
        expected = (
            line.money.minor
            for on, line in self.lines
            if line.account == account and on <= day and project in {"", line.project}
        )
        assert found == Money(sum(expected))

    @invariant()
    def the_book_agrees_with_the_model(self) -> None:
        with self.database.reading() as session:
            rows = {row.account: row.balance.minor for row in balances.trial(session, self.book_id)}
            assert rows == {line.account: self._balance(line.account) for _, line in self.lines}
            assert sum(rows.values()) == 0
            for day in (date(2024, 12, 31), date(2025, 12, 31)):
                at = {row.account: row.balance.minor for row in balances.trial(session, self.book_id, as_of=day)}
                past = [line for on, line in self.lines if on <= day]
                assert at == {
                    account: sum(line.money.minor for line in past if line.account == account)
                    for account in {line.account for line in past}
                }
            assert verify(session, self.book_id) == ()


def test_a_book_proves_itself_after_every_act(database: Database) -> None:
    examples, steps = (20, 25) if database.is_sqlite else (6, 25)
    run_state_machine_as_test(
        type("LifeHere", (Life,), {"database": database}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
