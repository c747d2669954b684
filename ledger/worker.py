"""The worker: the process, or the threads inside the web process, that run jobs until they are told to stop.

Which handler does which job is said in `wiring`, where services are built; here is only the loop.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

from ledger import jobs
from ledger.errors import Unavailable

log = structlog.get_logger(__name__)


def run(runners: Sequence[jobs.Runner], *, poll_seconds: float, stop: threading.Event) -> None:
    """Run jobs, each runner in a thread of its own, until `stop` is set or the process is asked to end.

    The jobs in hand are finished before this returns. `poll_seconds` is how often an idle runner looks for work.
    In the main thread, SIGTERM and SIGINT set `stop`.
    """
    with _stopping_on_signals(stop):
        threads = [
            threading.Thread(target=serve, args=(runner,), kwargs={"poll_seconds": poll_seconds, "stop": stop})
            for runner in runners
        ]
        for thread in threads:
            thread.start()
        stop.wait()
        log.info("worker_stopping")
        for thread in threads:
            thread.join()


def serve(runner: jobs.Runner, *, poll_seconds: float, stop: threading.Event) -> None:
    """Run the jobs of one runner until `stop` is set; nothing else ends it."""
    while not stop.is_set():
        try:
            found = runner.run_one()
        except Unavailable as error:
            log.warning("worker_without_database", error=str(error))
            found = False
        except Exception:
            # A worker outlives any fault of ours: it is logged here, and a job that it held will be taken again.
            log.exception("worker_fault")
            found = False
        if not found:
            stop.wait(poll_seconds)


@contextmanager
def _stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set `stop`; only the main thread of a process may ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def set_stop(_number: int, _frame: Any) -> None:
        stop.set()

    before = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
