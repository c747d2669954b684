"""The book against a model in plain Python, act after act; after each, the book must prove itself.

With `--hypothesis-profile=long` two thousand acts are done on each database.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from typing import ClassVar, Final

import hypothesis.strategies as st
from hypothesis import HealthCheck, event, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.books import balances, closing, journal, periods, seals
from ledger.books.drafts import EntryDraft, Line
from ledger.books.refusals import (
    AlreadyReversed,
    EarlierPeriodOpen,
    LaterPeriodClosed,
    NotReversible,
    NotSealed,
    Overdrawn,
    PeriodClosed,
    PeriodNotClosed,
    SourceReused,
)
from ledger.books.verify import verify
from ledger.db import Database
from ledger.money import Money
from tests.factories.books import NOW, TODAY, make_book

LONG: Final = 40, 50
"""Examples and steps of a long life: two thousand steps."""

ACCOUNTS = ("512100", "530000", "6226", "754110")
RESULT = ("6226", "754110")
TILL = "530000"
JOURNALS = st.sampled_from(["BQ", "OD"])
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
    """The life of a book: facts, replays, reversals, closings, folds and restarts, in any order.

    The model keeps the lines of every entry by its source, and knows of periods which years there are, and the days
    up to which they were closed: softly, and for good.
    """

    database_of_test: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.database = self.database_of_test
        self.drafts: dict[str, EntryDraft] = {}
        self.entries: dict[str, int] = {}
        self.undone: set[str] = set()
        self.reversals: dict[str, str] = {}
        self.lines: list[tuple[date, Line]] = []
        self.closed_until = self.final_until = date.min
        self.sources = count(1)
        with self.database.transaction() as session:
            self.book_id = make_book(session, name=f"Book {next(_books)}")

    def teardown(self) -> None:
        self.database.dispose()

    def _counted_on(self, draft: EntryDraft) -> date:
        day = draft.effective_on
        closing_work = draft.journal == "OD" and day > self.final_until and day.year in self._years()
        if day > self.closed_until or closing_work:
            return day
        return max(day, TODAY, self.closed_until + timedelta(days=1))

    def _years(self) -> set[int]:
        return {period.starts_on.year for period in self._periods()}

    def _periods(self) -> list[periods.PeriodRow]:
        with self.database.reading() as session:
            return list(periods.of_book(session, self.book_id))

    def _old_period(self, data: st.DataObject, *, likely: date) -> periods.PeriodRow | None:
        """Draw a period, most often the first that ends on a day or after it.

        The years around today stay open, so that late facts have somewhere to go.
        """
        old = [period for period in self._periods() if period.ends_on < TODAY]
        often = [period for period in old if period.ends_on >= likely][:1]
        return data.draw(st.sampled_from(old + often * 3)) if old else None

    @initialize(amounts=st.tuples(AMOUNTS, AMOUNTS))
    def begin(self, amounts: tuple[int, int]) -> None:
        for amount, day in zip(amounts, (date(2024, 6, 1), date(2025, 6, 1)), strict=True):
            self.post("BQ", day, amount, ["512100", "754110"], "", "")

    def _balance(self, account: str) -> int:
        return sum(line.money.minor for _, line in self.lines if line.account == account)

    def _overdraws(self, lines: tuple[Line, ...]) -> bool:
        till = [line.money.minor for line in lines if line.account == TILL]
        return any(minor < 0 for minor in till) and self._balance(TILL) + sum(till) < 0

    def _wrote(self, draft: EntryDraft, posted: journal.Posted) -> None:
        assert not posted.replayed
        self.drafts[draft.source] = draft
        self.entries[draft.source] = posted.entry_id
        self.lines += [(self._counted_on(draft), line) for line in draft.lines]

    @rule(
        journal_code=JOURNALS,
        day=DAYS,
        amount=AMOUNTS,
        sides=st.permutations(ACCOUNTS).map(lambda accounts: accounts[:2]),
        project=PROJECTS,
        contributor=st.sampled_from(["", "C000001"]),
    )
    def post(self, journal_code: str, day: date, amount: int, sides: list[str], project: str, contributor: str) -> None:
        lines = (
            Line(sides[0], Money(amount), project),
            Line(sides[1], Money(-amount), project, contributor),
        )
        draft = EntryDraft(journal_code, day, f"fact:{next(self.sources)}", "", lines)
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
            self._wrote(EntryDraft(draft.journal, day, undoing, "", mirror), posted)

    @rule(journal_code=JOURNALS, days=st.tuples(DAYS, DAYS), amounts=st.tuples(AMOUNTS, AMOUNTS), same=st.booleans())
    def post_at_once(self, journal_code: str, days: tuple[date, date], amounts: tuple[int, int], *, same: bool) -> None:
        drafts = [
            EntryDraft(
                journal_code,
                day,
                f"fact:{next(self.sources)}",
                "",
                (Line("512100", Money(amount)), Line("754110", Money(-amount))),
            )
            for day, amount in zip(days, amounts, strict=True)
        ]
        if same:
            drafts[1] = drafts[0]

        def post(draft: EntryDraft) -> journal.Posted:
            with self.database.transaction() as session:
                return journal.post(session, self.book_id, draft, now=NOW)

        with ThreadPoolExecutor(2) as pool:
            posted = list(pool.map(post, drafts))
        assert len({one.entry_id for one in posted}) == (1 if same else 2)
        assert sum(one.replayed for one in posted) == same
        for draft, one in zip(drafts, posted, strict=True):
            if not one.replayed:
                self._wrote(draft, one)

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        period = self._old_period(data, likely=self.closed_until + timedelta(days=1))
        if period is None:
            return
        earlier = [one for one in self._periods() if one.ends_on < period.starts_on]
        try:
            with self.database.transaction() as session:
                periods.close(session, period.id, now=NOW)
        except PeriodClosed:
            assert period.ends_on <= self.closed_until
        except EarlierPeriodOpen:
            assert earlier[-1].ends_on > self.closed_until
        else:
            assert period.ends_on > self.closed_until
            self.closed_until = period.ends_on

    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        period = self._old_period(data, likely=self.closed_until)
        if period is None:
            return
        try:
            with self.database.transaction() as session:
                periods.reopen(session, period.id, by="Camille", reason="an invoice", now=NOW)
        except PeriodNotClosed:
            assert period.ends_on > self.closed_until
        except PeriodClosed:
            assert period.ends_on <= self.final_until
        except LaterPeriodClosed:
            assert period.ends_on < self.closed_until
        else:
            assert period.ends_on == self.closed_until
            earlier = [one.ends_on for one in self._periods() if one.ends_on < period.starts_on]
            self.closed_until = max(earlier, default=date.min)

    @rule(data=st.data())
    def close_for_good(self, data: st.DataObject) -> None:
        period = self._old_period(data, likely=self.final_until + timedelta(days=1))
        if period is None:
            return
        try:
            with self.database.transaction() as session:
                found = closing.close_year(session, period.id, by="Camille", now=NOW)
        except PeriodNotClosed:
            assert period.ends_on > self.closed_until
        except PeriodClosed:
            assert period.ends_on <= self.final_until
        except EarlierPeriodOpen:
            assert any(self.final_until < one.ends_on < period.starts_on for one in self._periods())
        else:
            self.final_until = period.ends_on
            self._closed(period.ends_on, found)

    def _closed(self, day: date, found: closing.Closed) -> None:
        past = [line for on, line in self.lines if on <= day and line.account in RESULT]
        sums = {account: sum(line.money.minor for line in past if line.account == account) for account in RESULT}
        result = -sum(sums.values())
        own_funds = {"120" if result > 0 else "129": result}
        lines = {account: -minor for account, minor in sums.items()} | {code: -n for code, n in own_funds.items()}
        assert found.result == Money(result)
        event("closed for good with a result" if result else "closed for good without a result")
        self.lines += [(day, Line(account, Money(minor))) for account, minor in lines.items() if minor]

    @rule()
    def restart(self) -> None:
        self.database.dispose()
        self.database = Database(self.database.url.render_as_string(hide_password=False))

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
    ordinary = (20, 25) if database.is_sqlite else (6, 25)
    examples, steps = LONG if settings.get_current_profile_name() == "long" else ordinary
    run_state_machine_as_test(
        type("LifeHere", (Life,), {"database_of_test": database}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
