"""The worker as a process: it outlives faults, is killed without losing a job, and ends without breaking one off."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import structlog

from ledger import jobs, worker
from ledger.config import ROOT
from ledger.db import Database
from ledger.errors import Unavailable
from tests.jobs_bench import EMPTY, Bench, Clock


@pytest.fixture
def bench(database: Database, frozen_now: datetime) -> Bench:
    return Bench(database, Clock(frozen_now))


@contextmanager
def process(bench: Bench) -> Iterator[subprocess.Popen[str]]:
    """Start a worker process on the same queue, with its clock at the same instant."""
    url = bench.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.jobs_process", url, bench.clock().isoformat()]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def wait_for(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdout
    assert any(word in line for line in iter(child.stdout.readline, "")), f"it ended without saying {word!r}"


def test_the_job_of_a_killed_worker_is_taken_by_another(bench: Bench) -> None:
    bench.enqueue(pledge_id=7)
    with process(bench) as child:
        wait_for(child, "started")
        child.send_signal(signal.SIGKILL)
        child.wait()
    bench.clock.advance(jobs.LEASE)
    assert bench.run() == 0
    bench.clock.advance(timedelta(seconds=1))
    assert bench.run() == 1
    assert bench.work.calls == [{"pledge_id": 7}]
    assert bench.look() == EMPTY


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_finishes_the_job_in_hand_and_takes_no_other(
    bench: Bench, number: signal.Signals
) -> None:
    bench.enqueue(n=1)
    bench.enqueue(n=2)
    with process(bench) as child:
        wait_for(child, "started")
        child.send_signal(number)
        wait_for(child, "worker_stopping")
        rest, _ = child.communicate("go\n")
        assert rest.split() == ["finished"]
        assert child.returncode == 0
    assert bench.run() == 1
    assert bench.work.calls == [{"n": 2}]


class FaultyRunner(jobs.Runner):
    """A runner whose errors are chosen, and which asks for the end once all have been raised."""

    errors: tuple[Exception, ...] = (Unavailable("database_unavailable"), ZeroDivisionError("oops"))
    stop = threading.Event()

    def run_one(self) -> bool:
        error, *rest = self.errors
        self.errors = tuple(rest)
        if not rest:
            self.stop.set()
        raise error


def test_a_worker_outlives_a_lost_database_and_a_fault(frozen_now: datetime) -> None:
    runner = FaultyRunner(Database("sqlite://"), {}, clock=lambda: frozen_now)
    with structlog.testing.capture_logs() as logs:
        worker.serve(runner, poll_seconds=0, stop=runner.stop)
    assert [entry["event"] for entry in logs] == ["worker_without_database", "worker_fault"]


def test_several_runners_work_at_once(bench: Bench) -> None:
    both = threading.Barrier(2)
    stop = threading.Event()

    def meet() -> None:
        both.wait()
        stop.set()

    bench.enqueue(n=1)
    bench.enqueue(n=2)
    bench.work.then = meet
    worker.run([bench.runner(), bench.runner()], poll_seconds=0, stop=stop)
    assert bench.look() == EMPTY
