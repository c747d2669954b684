"""The queue's promises about transactions, keys, times and periods, on both engines."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger import jobs
from ledger.db import Database
from ledger.errors import Unavailable
from tests.jobs_bench import EMPTY, SOON, Bench, Clock

ON_POSTGRESQL = pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def bench(database: Database, frozen_now: datetime) -> Bench:
    return Bench(database, Clock(frozen_now))


def test_a_committed_transaction_leaves_its_job(bench: Bench) -> None:
    bench.enqueue(pledge_id=7, locale="fr")
    assert bench.look().waiting == 1
    assert bench.run() == 1
    assert bench.work.calls == [{"pledge_id": 7, "locale": "fr"}]
    assert bench.look() == EMPTY


def test_a_rolled_back_transaction_leaves_no_job(bench: Bench) -> None:
    def enqueue_and_fail(session: Session) -> None:
        jobs.enqueue(session, "work", now=bench.clock(), pledge_id=7)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), bench.database.transaction() as session:
        enqueue_and_fail(session)
    assert bench.look() == EMPTY
    assert bench.run() == 0


@pytest.mark.parametrize("value", [None, 1.5, True, [1], object()])
def test_a_job_carries_ids_and_nothing_else(frozen_now: datetime, value: Any) -> None:
    with pytest.raises(TypeError, match="pledge_id"):
        jobs.enqueue(Session(), "work", now=frozen_now, pledge_id=value)


def test_jobs_run_in_the_order_of_their_times(bench: Bench) -> None:
    bench.enqueue(run_at=bench.clock() + SOON, n=3)
    bench.enqueue(n=1)
    bench.enqueue(n=2)
    bench.clock.advance(SOON)
    assert bench.run(limit=2) == 2
    assert bench.run() == 1
    assert [call["n"] for call in bench.work.calls] == [1, 2, 3]


def test_a_job_waits_for_its_time(bench: Bench) -> None:
    bench.enqueue(run_at=bench.clock() + SOON)
    bench.clock.advance(SOON - timedelta(microseconds=1))
    assert bench.run() == 0
    bench.clock.advance(timedelta(microseconds=1))
    assert bench.run() == 1


def test_a_job_that_nobody_takes_is_late(bench: Bench) -> None:
    bench.enqueue()
    bench.clock.advance(jobs.LATE_AFTER)
    assert bench.look().late == 0
    bench.clock.advance(timedelta(seconds=1))
    assert bench.look().late == 1


def test_at_most_one_job_waits_under_a_key(bench: Bench) -> None:
    bench.enqueue(key="pledge:7", pledge_id=7)
    bench.enqueue(key="pledge:7", pledge_id=7)
    bench.enqueue(key="pledge:8", pledge_id=8)
    assert bench.run() == 2
    assert bench.work.calls == [{"pledge_id": 7}, {"pledge_id": 8}]
    bench.enqueue(key="pledge:7", pledge_id=7)
    assert bench.run() == 1


def test_a_key_enqueued_again_brings_its_job_forward_and_never_back(bench: Bench) -> None:
    bench.enqueue(key="k", run_at=bench.clock() + SOON)
    bench.enqueue(key="k", run_at=bench.clock() + 2 * SOON)
    assert bench.run() == 0
    bench.enqueue(key="k")
    assert bench.run() == 1
    assert bench.look() == EMPTY


def test_a_key_enqueued_while_its_job_runs_waits_for_another_run(bench: Bench) -> None:
    def enqueue_once_more() -> None:
        bench.work.succeed()
        bench.enqueue(key="k")

    bench.enqueue(key="k")
    bench.work.then = enqueue_once_more
    assert bench.run() == 2
    assert bench.look() == EMPTY


@ON_POSTGRESQL
def test_a_waiting_job_that_is_enqueued_again_is_not_run_before_that_is_committed(bench: Bench) -> None:
    bench.enqueue(key="k")
    with bench.database.transaction() as session:
        jobs.enqueue(session, "work", now=bench.clock(), key="k")
        assert bench.run() == 0
    assert bench.run() == 1


def test_two_workers_run_a_job_once(bench: Bench) -> None:
    other = bench.runner()
    seen = []
    bench.enqueue()
    bench.work.then = lambda: seen.append((other.run_pending(), bench.look().running))
    assert bench.run() == 1
    assert seen == [(0, 1)]
    assert other.run_pending() == 0


def test_a_periodic_job_runs_once_a_period_among_two_workers(bench: Bench) -> None:
    sweep = jobs.Periodic("work", every=timedelta(minutes=15))
    runners = [bench.runner(periodic=[sweep]) for _ in range(2)]
    ran = []
    for _ in range(12):
        ran.append(sum(runner.run_pending() for runner in runners))
        bench.clock.advance(timedelta(minutes=5))
    assert ran == [0, 0, 1] * 4, "13:05 is a third of the way from 13:00 to 13:15"
    bench.clock.advance(timedelta(days=2))
    assert sum(runner.run_pending() for runner in runners) == 1, "what was missed is made up for once"


def test_a_nightly_job_runs_once_a_night_and_makes_up_for_a_night_that_was_missed(bench: Bench) -> None:
    runners = [bench.runner(periodic=[jobs.Periodic("work", every=time(3, 30))]) for _ in range(2)]
    ran = []
    for _hour in range(48):
        ran.append(sum(runner.run_pending() for runner in runners))
        bench.clock.advance(timedelta(hours=1))
    assert [hour for hour, count in enumerate(ran) if count] == [14, 38], "it is 14:05 in Paris at first"
    bench.clock.advance(timedelta(days=3))
    assert sum(runner.run_pending() for runner in runners) == 1


def test_a_periodic_job_does_not_overlap_itself(bench: Bench) -> None:
    every = timedelta(seconds=20)
    runner, other = (bench.runner(periodic=[jobs.Periodic("work", every)]) for _ in range(2))
    seen = []

    def take_long() -> None:
        bench.clock.advance(timedelta(seconds=25))
        seen.append(other.run_pending())

    runner.run_pending()
    bench.clock.advance(every)
    bench.work.then = take_long
    assert runner.run_one()
    assert seen == [0]
    bench.work.succeed()
    bench.clock.advance(every)
    assert other.run_pending() == 1


def test_a_failing_periodic_job_is_tried_at_the_latest_in_its_next_period(bench: Bench) -> None:
    sweep = jobs.Periodic("work", every=timedelta(minutes=15))
    runner = bench.runner(periodic=[sweep])
    runner.run_pending()
    bench.work.fail(Unavailable())
    for _ in range(3 * len(jobs.RETRY_DELAYS)):
        bench.clock.advance(timedelta(minutes=15))
        assert runner.run_pending() == 1
    assert bench.look().waiting == 1
    assert bench.look().dead == 0
