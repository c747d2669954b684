"""What becomes of a job when its handler fails, its worker stops or is killed, or the database is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import structlog
from sqlalchemy.orm import Session

from ledger import jobs
from ledger.db import Database
from ledger.errors import NotFound, Unavailable
from tests.jobs_bench import EMPTY, SOON, Bench, Clock, Work

SILENCE = jobs.LEASE + timedelta(seconds=1)


@pytest.fixture
def bench(database: Database, frozen_now: datetime) -> Bench:
    return Bench(database, Clock(frozen_now))


@pytest.mark.parametrize("error", [Unavailable("gateway_unavailable"), ZeroDivisionError("oops")])
def test_a_failing_job_is_retried_on_schedule_then_dead(bench: Bench, error: Exception) -> None:
    bench.enqueue(pledge_id=7)
    bench.work.fail(error)
    with structlog.testing.capture_logs() as logs:
        for failures, delay in enumerate(jobs.RETRY_DELAYS, start=1):
            assert bench.run() == 1
            bench.clock.advance(delay - timedelta(seconds=1))
            assert bench.run() == 0
            (job,) = bench.look().failing_jobs
            assert (job.ids, job.attempts) == ({"pledge_id": 7}, failures)
            bench.clock.advance(timedelta(seconds=1))
        assert bench.run() == 1
    assert [entry["event"] for entry in logs] == ["job_failed"] * (len(jobs.RETRY_DELAYS) + 1) + ["job_dead"]
    bench.clock.advance(timedelta(days=365))
    assert bench.run() == 0
    (dead,) = bench.look().dead_jobs
    assert (dead.name, dead.ids, dead.last_error) == ("work", {"pledge_id": 7}, f"{type(error).__name__}: {error}")


def test_retries_last_three_days() -> None:
    assert timedelta(days=3) < sum(jobs.RETRY_DELAYS, timedelta()) < timedelta(days=3, hours=2)


def test_an_error_is_logged_and_the_hook_is_told(bench: Bench) -> None:
    told = []
    error = ZeroDivisionError("oops")
    bench.enqueue(pledge_id=7)
    bench.work.fail(error)
    with structlog.testing.capture_logs() as logs:
        bench.runner(on_error=lambda name, error: told.append((name, error))).run_pending()
    assert told == [("work", error)]
    (entry,) = logs
    assert (entry["event"], entry["log_level"], entry["exc_info"]) == ("job_failed", "error", True)


def test_a_hook_that_raises_ends_the_run_with_the_failure_recorded(bench: Bench) -> None:
    def hook(_name: str, error: Exception) -> None:
        raise error

    bench.enqueue()
    bench.work.fail(ZeroDivisionError("oops"))
    runner = bench.runner(on_error=hook)
    with pytest.raises(ZeroDivisionError):
        runner.run_pending()
    assert len(bench.look().failing_jobs) == 1


def test_a_job_that_nobody_knows_is_not_lost(bench: Bench) -> None:
    bench.enqueue()
    assert jobs.Runner(bench.database, {}, clock=bench.clock).run_pending() == 1
    (job,) = bench.look().failing_jobs
    assert job.last_error == "LookupError: no handler for the job 'work'"


def test_a_job_that_asks_to_run_again_has_not_failed(bench: Bench) -> None:
    bench.enqueue()
    for _ in range(2 * len(jobs.RETRY_DELAYS)):
        bench.work.fail(jobs.RunAgain(at=bench.clock() + SOON))
        assert bench.run() == 1
        assert bench.look().failing_jobs == ()
        bench.clock.advance(SOON)
    bench.work.succeed()
    assert bench.run() == 1
    assert bench.look() == EMPTY


def test_a_dead_job_can_be_given_its_attempts_again(bench: Bench) -> None:
    bench.let_die()
    (dead,) = bench.look().dead_jobs
    with bench.database.transaction() as session:
        jobs.retry_dead(session, dead.id, now=bench.clock())
    assert bench.run() == 1
    assert bench.look() == EMPTY
    with bench.database.transaction() as session, pytest.raises(NotFound):
        jobs.retry_dead(session, dead.id, now=bench.clock())


def test_the_work_of_a_key_done_or_dead_again_forgets_the_dead_job(bench: Bench) -> None:
    bench.let_die(key="k")
    bench.let_die(key="k")
    assert bench.look().dead == 1
    bench.enqueue(key="k")
    bench.run()
    assert bench.look() == EMPTY


def test_a_failed_job_gives_way_to_one_that_waits_under_its_key(bench: Bench) -> None:
    def enqueue_again_and_fail() -> None:
        bench.enqueue(key="k", run_at=bench.clock() + SOON)
        raise Unavailable

    bench.enqueue(key="k")
    bench.work.then = enqueue_again_and_fail
    bench.run()
    assert bench.look().waiting == 1
    bench.work.succeed()
    bench.clock.advance(jobs.RETRY_DELAYS[0])
    assert bench.run() == 1
    assert bench.look() == EMPTY


def test_a_key_enqueued_again_starts_the_retries_anew(bench: Bench) -> None:
    bench.work.fail(Unavailable())
    for _ in range(3 * len(jobs.RETRY_DELAYS)):
        bench.enqueue(key="k")
        assert bench.run() == 1
    assert bench.look().dead == 0


def test_a_worker_taken_for_dead_cannot_finish_what_another_began(bench: Bench) -> None:
    first = bench.runner()
    other = jobs.Runner(bench.database, {"work": Work()}, clock=bench.clock)

    def stall_and_fail() -> None:
        bench.clock.advance(SILENCE)
        assert other.run_pending() == 1
        raise Unavailable

    bench.enqueue()
    bench.work.then = stall_and_fail
    assert first.run_pending() == 1
    assert bench.look() == EMPTY, "the failure of the first came too late to count"
    bench.work.succeed()
    bench.enqueue()
    assert first.run_pending() == 1
    assert bench.look() == EMPTY


def test_a_worker_keeps_a_long_job_by_its_heartbeat(bench: Bench) -> None:
    readings = threading.Semaphore(0)
    other = bench.runner()

    def clock() -> datetime:
        if threading.current_thread().name.startswith("heartbeat"):
            readings.release()
        return bench.clock()

    def last_long() -> None:
        for _ in range(3):
            bench.clock.advance(jobs.LEASE * 0.9)
            while readings.acquire(blocking=False):
                pass
            # The third reading of the clock from now on comes after a beat that was begun and committed since.
            for _ in range(3):
                readings.acquire()
            assert other.run_pending() == 0

    bench.enqueue()
    bench.work.then = last_long
    assert bench.runner(clock=clock, beat=timedelta(milliseconds=5)).run_pending() == 1
    assert bench.look() == EMPTY


def test_a_job_that_kills_its_workers_is_dead_in_the_end(bench: Bench) -> None:
    bench.enqueue()
    bench.work.fail(KeyboardInterrupt())
    for _ in range(len(jobs.RETRY_DELAYS) + 1):
        with pytest.raises(KeyboardInterrupt):
            bench.run()
        bench.clock.advance(SILENCE)
    assert bench.run() == 0
    assert bench.look().dead == 1


class LosableDatabase(Database):
    """A database that is lost at one of its transactions, before it begins or after it is committed."""

    moment = ""
    left = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self.left -= 1
        lost_at = self.moment if self.left == 0 else ""
        if lost_at == "before":
            raise Unavailable("database_unavailable")
        with super().transaction() as session:
            yield session
        if lost_at == "after":
            raise Unavailable("database_unavailable")


@pytest.mark.parametrize(
    ("moment", "transaction", "calls"),
    [("before", 1, 1), ("after", 1, 1), ("before", 2, 2), ("after", 2, 1)],
    ids=["before it is taken", "after it is taken", "before its end is noted", "after its end is noted"],
)
def test_a_job_outlives_the_loss_of_the_database(bench: Bench, moment: str, transaction: int, calls: int) -> None:
    bench.enqueue()
    database = LosableDatabase(bench.database.url.render_as_string(hide_password=False))
    database.moment, database.left = moment, transaction
    runner = jobs.Runner(database, {"work": bench.work}, clock=bench.clock)
    with pytest.raises(Unavailable):
        runner.run_pending()
    bench.clock.advance(SILENCE)
    runner.run_pending()
    database.dispose()
    assert len(bench.work.calls) == calls
    assert bench.look() == EMPTY
