"""Jobs: work that is enqueued in the transaction that causes it and done by a worker afterwards, at least once.

On PostgreSQL the queue is Procrastinate's: its schema, so its constraints, its history of events, its
notifications and its tools. On SQLite our migration makes the two tables of that schema which a queue needs, and
one set of statements drives both. Procrastinate's own worker is left out: it runs on asyncio, asks the server for
the time (so no test and no sandbox could move the clock), leaves the job of a killed process where it is, lets a
process that was taken for dead finish a job that another has begun again, and keeps no error.

A worker holds its jobs under an identity with a heartbeat. When the heart stops for a `LEASE`, the identity is
deleted and its jobs are taken again; whatever the former holder then says of them is ignored. Workers compare
their own clocks, which must agree within a few seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledger import clock
from ledger.db import BigId, Database, Instant
from ledger.errors import EcotError, NotFound

LEASE: Final = timedelta(seconds=30)
"""How long a worker may be silent before its jobs are given to others."""

BEAT: Final = LEASE / 3
"""How often a worker says that it lives, and looks for jobs that a dead one left."""

RETRY_DELAYS: Final = tuple(timedelta(seconds=n) for n in (5, 30, 120, 600, 3600, *[6 * 3600] * 12))
"""How long a job waits after its first, second, ... failure; after three days of failures it is dead."""

LATE_AFTER: Final = timedelta(minutes=5)
"""How long after its time a job that nobody has taken is late: the workers are stopped, or too few."""

QUEUE: Final = "ecot"
SHOWN: Final = 100

Handler = Callable[[Mapping[str, Any]], None]
"""Does the work of one job from its ids, in transactions of its own; may be called again with the same ids."""

ErrorHook = Callable[[str, Exception], None]
"""Told of a job's name and of the error that its handler raised, after the failure is recorded."""

Job = Any
"""A row of the queue, as the database gave it."""

log = structlog.get_logger(__name__)

_METADATA = sa.MetaData()
"""Apart from the models' metadata: on PostgreSQL these tables belong to Procrastinate."""

_WORDS: Final = ("todo", "doing", "failed", "succeeded", "cancelled", "aborting", "aborted")
_STATUS = sa.Text().with_variant(
    postgresql.ENUM(*_WORDS, name="procrastinate_job_status", create_type=False), "postgresql"
)

_JOBS = sa.Table(
    "procrastinate_jobs",
    _METADATA,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("queue_name", sa.Text),
    sa.Column("task_name", sa.Text),
    sa.Column("queueing_lock", sa.Text),
    sa.Column("args", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
    sa.Column("status", _STATUS),
    sa.Column("scheduled_at", Instant),
    sa.Column("attempts", sa.Integer),
    sa.Column("worker_id", BigId),
    sa.Column("last_error", sa.Text),
)

_WAITING: Final = _JOBS.c.status == "todo"

_WORKERS = sa.Table(
    "procrastinate_workers", _METADATA, sa.Column("id", BigId, primary_key=True), sa.Column("last_heartbeat", Instant)
)


class RunAgain(Exception):
    """Raised by a handler that is not done yet and did not fail: call it again at this instant."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        super().__init__(at)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job without ids that runs, on whichever worker, once in every span of a length or day at a time in Paris."""

    name: str
    every: timedelta | time

    @property
    def key(self) -> str:
        """The key under which at most one of it waits."""
        return f"periodic:{self.name}"

    def next_after(self, instant: datetime) -> datetime:
        """Give the next time to run after this instant."""
        if isinstance(self.every, timedelta):
            return clock.next_span(self.every, instant)
        return clock.next_in_paris(self.every, instant)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as health checks and the administrator's pages show it. `attempts` counts its failures."""

    id: int
    name: str
    ids: Mapping[str, Any]
    run_at: datetime
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How the queue is at an instant: counts, and the jobs that need a look (the newest hundred of each list)."""

    waiting: int
    running: int
    late: int
    dead: int
    failing_jobs: tuple[JobRow, ...]
    dead_jobs: tuple[JobRow, ...]


def enqueue(
    session: Session,
    name: str,
    /,
    *,
    now: datetime,
    run_at: datetime | None = None,
    key: str | None = None,
    **ids: int | str,
) -> None:
    """Enqueue a job in the caller's transaction: it exists when, and only when, that is committed.

    Of the jobs with one `key` at most one waits, so a key stands for one piece of work: enqueuing it again only
    brings the waiting job forward to `run_at`, its failures forgotten. A job that runs already does not count,
    for it may have read what was true before this transaction.

    Raises:
        TypeError: something else than an integer or a text was given as an id.
    """
    for id_name, value in ids.items():
        if type(value) not in {int, str}:
            raise TypeError(f"a job carries ids, not {id_name}={value!r}")
    into = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    insert: Any = into(_JOBS).values(
        queue_name=QUEUE,
        task_name=name,
        queueing_lock=key,
        args=ids,
        status="todo",
        attempts=0,
        scheduled_at=run_at or now,
    )
    sooner = insert.excluded.scheduled_at < _JOBS.c.scheduled_at
    forward = {
        "scheduled_at": sa.case((sooner, insert.excluded.scheduled_at), else_=_JOBS.c.scheduled_at),
        "attempts": sa.case((sooner, 0), else_=_JOBS.c.attempts),
    }
    # The waiting job is updated even when its time stays: the lock on its row keeps a worker from running it
    # before what we write in this transaction can be read.
    waiting = {"index_elements": ["queueing_lock"], "index_where": sa.text("status = 'todo'")}
    session.execute(insert.on_conflict_do_update(**waiting, set_=forward))


def overview(session: Session, *, now: datetime) -> Overview:
    """Count the jobs, and list those that fail or are dead, the newest first."""
    by_status = sa.select(_JOBS.c.status, sa.func.count().label("jobs")).group_by(_JOBS.c.status)
    counts = {row.status: row.jobs for row in session.execute(by_status)}
    late = sa.select(sa.func.count()).where(_WAITING, _JOBS.c.scheduled_at < now - LATE_AFTER)
    return Overview(
        waiting=counts.get("todo", 0),
        running=counts.get("doing", 0),
        late=session.scalar(late) or 0,
        dead=counts.get("failed", 0),
        failing_jobs=_listed(session, _WAITING, _JOBS.c.last_error.is_not(None)),
        dead_jobs=_listed(session, _JOBS.c.status == "failed"),
    )


def retry_dead(session: Session, job_id: int, *, now: datetime) -> None:
    """Give a dead job all its attempts again, from now on.

    Raises:
        NotFound: no dead job has this number.
    """
    dead = sa.select(_JOBS).where(_JOBS.c.id == job_id, _JOBS.c.status == "failed").with_for_update()
    job = session.execute(dead).first()
    if job is None:
        raise NotFound("dead_job_not_found", job_id=job_id)
    _put_back(session, job, run_at=now, attempts=0, error=job.last_error)


@dataclass
class Runner:
    """One worker: takes the jobs that are due, one at a time, and calls their handlers. Not for several threads.

    An error of a handler is logged and its job retried after `RETRY_DELAYS`. Then `on_error` is told, and what
    it raises leaves `run_one`: a test that expects no error gives a hook that raises.
    """

    database: Database
    handlers: Mapping[str, Handler]
    _: KW_ONLY
    clock: Callable[[], datetime]
    periodic: Sequence[Periodic] = ()
    on_error: ErrorHook | None = None
    beat: timedelta = BEAT
    _worker: int | None = field(default=None, init=False)
    _beaten_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    def run_pending(self, limit: int = 1000) -> int:
        """Run the jobs that are due, also those that they enqueue, up to `limit`; give how many were run."""
        count = 0
        while count < limit and self.run_one():
            count += 1
        return count

    def run_one(self) -> bool:
        """Run the job that has been due longest; give whether there was one.

        Raises:
            Unavailable: the database cannot be reached. A job that was taken will be taken again.
        """
        with self._transaction() as session:
            job = self._claim(session, self.clock())
        if job is None:
            return False
        error = self._attempt(job)
        with self._transaction() as session:
            self._record(session, job, error, self.clock())
        if error and self.on_error and not isinstance(error, RunAgain):
            self.on_error(job.task_name, error)
        return True

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """Open a transaction; when it fails, drop our identity.

        We may not know then what is in our hands. Under a new identity, it is found as a dead worker's.
        """
        try:
            with self.database.transaction() as session:
                yield session
        except BaseException:
            self._worker = None
            raise

    def _claim(self, session: Session, now: datetime) -> Job | None:
        if self._worker is None or not self._beaten_at <= now < self._beaten_at + BEAT:
            self._worker, self._beaten_at = _beat(session, self._worker, now), now
            _take_back_lost(session, now)
            self._enqueue_periodic(session, now)
        due = sa.select(_JOBS).where(_WAITING, _JOBS.c.queue_name == QUEUE, _JOBS.c.scheduled_at <= now)
        oldest = due.order_by(_JOBS.c.scheduled_at, _JOBS.c.id).limit(1).with_for_update(skip_locked=True)
        job = session.execute(oldest).first()
        if job:
            session.execute(_change(job, status="doing", worker_id=self._worker))
        return job

    def _enqueue_periodic(self, session: Session, now: datetime) -> None:
        for periodic in self.periodic:
            running = sa.exists().where(_JOBS.c.queueing_lock == periodic.key, _JOBS.c.status == "doing")
            if not session.scalar(sa.select(running)):
                run_at = periodic.next_after(now)
                enqueue(session, periodic.name, now=now, run_at=run_at, key=periodic.key)

    def _attempt(self, job: Job) -> Exception | None:
        try:
            with self._heartbeat():
                if job.task_name not in self.handlers:
                    raise LookupError(f"no handler for the job {job.task_name!r}")
                self.handlers[job.task_name](job.args)
        except RunAgain as again:
            return again
        except Exception as error:
            if isinstance(error, EcotError):
                log.warning("job_failed", job=job.task_name, ids=job.args, error=str(error))
            else:
                log.exception("job_failed", job=job.task_name, ids=job.args)
            return error
        return None

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Beat from a thread while a handler is at work."""
        done, worker = threading.Event(), self._worker

        def beat() -> None:
            while not done.wait(self.beat.total_seconds()):
                try:
                    with self.database.transaction() as session:
                        session.execute(_beating(worker, self.clock()))
                except Exception:
                    # The next beat may pass; if none does, another worker takes the job.
                    log.warning("heartbeat_failed", exc_info=True)

        thread = threading.Thread(target=beat, name=f"heartbeat-{worker}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _record(self, session: Session, job: Job, error: Exception | None, now: datetime) -> None:
        held = sa.select(_JOBS).where(_JOBS.c.id == job.id, _JOBS.c.worker_id == self._worker)
        if session.execute(held.with_for_update()).first() is None:
            log.warning("job_taken_by_another_worker", job=job.task_name, ids=job.args)
        elif isinstance(error, RunAgain):
            _put_back(session, job, run_at=error.at, attempts=0, error=None)
        elif error:
            _fail(session, job, f"{type(error).__name__}: {error}", now=now)
        else:
            session.execute(sa.delete(_JOBS).where(_JOBS.c.id == job.id))
            _forget_dead(session, job)
        self._enqueue_periodic(session, now)


def _beat(session: Session, worker: int | None, now: datetime) -> int:
    """Say that a worker lives; one that is new, or was taken for dead, gets a new number."""
    number = session.scalar(_beating(worker, now).returning(_WORKERS.c.id))
    if number is None:
        number = session.execute(sa.insert(_WORKERS).values(last_heartbeat=now).returning(_WORKERS.c.id)).scalar_one()
    return int(number)


def _beating(worker: int | None, now: datetime) -> sa.Update:
    return sa.update(_WORKERS).where(_WORKERS.c.id == worker).values(last_heartbeat=now)


def _take_back_lost(session: Session, now: datetime) -> None:
    """Delete the identities whose heart stopped, and let their jobs wait again.

    It counts as a failure, for the job itself may be what kills the process; but it is tried again at once.
    """
    session.execute(sa.delete(_WORKERS).where(_WORKERS.c.last_heartbeat < now - LEASE))
    lost = sa.select(_JOBS).where(_JOBS.c.status == "doing", _JOBS.c.worker_id.is_(None))
    for job in session.execute(lost.with_for_update(skip_locked=True)).all():
        log.warning("job_of_a_dead_worker", job=job.task_name, ids=job.args)
        _fail(session, job, "its worker stopped in the middle", now=now, delay=timedelta(0))


def _fail(session: Session, job: Job, error: str, *, now: datetime, delay: timedelta | None = None) -> None:
    """Let a job wait for its next attempt, or declare it dead."""
    attempts = job.attempts + 1
    if attempts <= len(RETRY_DELAYS):
        run_at = now + (RETRY_DELAYS[job.attempts] if delay is None else delay)
        _put_back(session, job, run_at=run_at, attempts=attempts, error=error)
    else:
        log.error("job_dead", job=job.task_name, ids=job.args, error=error)
        _forget_dead(session, job)
        session.execute(_change(job, status="failed", worker_id=None, attempts=attempts, last_error=error))


def _put_back(session: Session, job: Job, *, run_at: datetime, attempts: int, error: str | None) -> None:
    """Let a job wait; if another waits under its key, that one stands for both."""
    sooner = sa.case((_JOBS.c.scheduled_at > run_at, run_at), else_=_JOBS.c.scheduled_at)
    other = sa.update(_JOBS).where(_JOBS.c.queueing_lock == job.queueing_lock, _WAITING)
    merged = other.values(scheduled_at=sooner, last_error=error).returning(_JOBS.c.id)
    if job.queueing_lock is not None and session.execute(merged).first():
        session.execute(sa.delete(_JOBS).where(_JOBS.c.id == job.id))
    else:
        waiting = {"status": "todo", "worker_id": None, "scheduled_at": run_at}
        session.execute(_change(job, **waiting, attempts=attempts, last_error=error))


def _forget_dead(session: Session, job: Job) -> None:
    """Drop the dead jobs under a job's key: their work is done now, or has died again."""
    if job.queueing_lock is not None:
        same_key = _JOBS.c.queueing_lock == job.queueing_lock
        session.execute(sa.delete(_JOBS).where(same_key, _JOBS.c.status == "failed"))


def _change(job: Job, **values: Any) -> sa.Update:
    return sa.update(_JOBS).where(_JOBS.c.id == job.id).values(**values)


def _listed(session: Session, *conditions: sa.ColumnElement[bool]) -> tuple[JobRow, ...]:
    query = sa.select(_JOBS).where(*conditions).order_by(_JOBS.c.id.desc()).limit(SHOWN)
    return tuple(
        JobRow(row.id, row.task_name, row.args, row.scheduled_at, row.attempts, row.last_error or "")
        for row in session.execute(query)
    )
