"""The queue's promises, on both engines, at a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import jobs
from ledger.db import Database
from ledger.errors import NotFound, Unavailable

SOON = timedelta(minutes=10)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    instant: datetime

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, span: timedelta) -> None:
        self.instant += span


@dataclass
class Recorder:
    """A handler that notes the ids it was called with, and raises what it is told to."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None

    def __call__(self, ids: Mapping[str, Any]) -> None:
        self.calls.append(dict(ids))
        if self.error:
            raise self.error


@pytest.fixture
def clock(frozen_now: datetime) -> Clock:
    return Clock(frozen_now)


@pytest.fixture
def work() -> Recorder:
    return Recorder()


@pytest.fixture
def runner(database: Database, clock: Clock, work: Recorder) -> jobs.Runner:
    return jobs.Runner(database, {"work": work}, clock=clock)


def enqueue(database: Database, clock: Clock, **values: Any) -> None:
    with database.transaction() as session:
        jobs.enqueue(session, "work", now=clock(), **values)


def look(database: Database, clock: Clock) -> jobs.Overview:
    with database.reading() as session:
        return jobs.overview(session, now=clock())


def test_a_committed_transaction_leaves_its_job(
    database: Database, clock: Clock, runner: jobs.Runner, work: Recorder
) -> None:
    enqueue(database, clock, pledge_id=7, locale="fr")
    assert look(database, clock).waiting == 1
    assert runner.run_pending() == 1
    assert work.calls == [{"pledge_id": 7, "locale": "fr"}]
    assert look(database, clock) == jobs.Overview(0, 0, 0, 0, (), ())


def test_a_rolled_back_transaction_leaves_no_job(database: Database, clock: Clock, runner: jobs.Runner) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        jobs.enqueue(session, "work", now=clock(), pledge_id=7)
        raise ZeroDivisionError
    assert look(database, clock).waiting == 0
    assert runner.run_pending() == 0
