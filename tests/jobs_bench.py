"""What the tests of the queue stand on: a clock that they move, a handler that they lead, and runners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ledger import jobs
from ledger.db import Database
from ledger.errors import Unavailable

EMPTY: Final = jobs.Overview(waiting=0, running=0, late=0, dead=0, failing_jobs=(), dead_jobs=())
SOON: Final = timedelta(minutes=10)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    instant: datetime

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, span: timedelta) -> None:
        self.instant += span


@dataclass
class Work:
    """A handler that notes the ids it was called with, then does what it is told."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    then: Callable[[], object] = bool

    def __call__(self, ids: Mapping[str, Any]) -> None:
        self.calls.append(dict(ids))
        self.then()

    def fail(self, error: BaseException) -> None:
        """Raise this error from now on."""

        def raise_it() -> None:
            raise error

        self.then = raise_it

    def succeed(self) -> None:
        """Do nothing from now on."""
        self.then = bool


@dataclass
class Bench:
    """An empty queue, a clock, and the work of the job "work"."""

    database: Database
    clock: Clock
    work: Work = field(default_factory=Work)

    def runner(self, **options: Any) -> jobs.Runner:
        """Make a worker of its own."""
        return jobs.Runner(self.database, {"work": self.work}, **{"clock": self.clock} | options)

    def run(self, limit: int = 1000) -> int:
        """Run what is due on a new worker; give how many jobs were run."""
        return self.runner().run_pending(limit)

    def enqueue(self, **values: Any) -> None:
        """Enqueue the job in a transaction of its own."""
        with self.database.transaction() as session:
            jobs.enqueue(session, "work", now=self.clock(), **values)

    def look(self) -> jobs.Overview:
        """Look at the queue."""
        with self.database.reading() as session:
            return jobs.overview(session, now=self.clock())

    def let_die(self, **values: Any) -> None:
        """Enqueue a job and let all its attempts fail."""
        self.enqueue(**values)
        self.work.fail(Unavailable())
        while self.run():
            self.clock.advance(max(jobs.RETRY_DELAYS))
        self.work.succeed()
