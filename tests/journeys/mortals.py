"""Processes to be killed: each does a piece of the flow, counts its steps, and dies by SIGKILL at the one it is told.

A step is the instant after anything that another process or the disk may see, and the instant before a commit:
transactions, calls to the provider, files, documents, mails. `Mortals` starts one process that
has everything loaded and forks the others, so that a death costs little; run as a program, this module is it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self, cast

from sqlalchemy.orm import Session, configure_mappers

from ledger import config, jobs, wiring
from ledger.app import create_app
from ledger.db import Database
from ledger.errors import Unavailable
from tests.factories.world import means_for, templates


class Steps:
    """How many steps are left to live; without a number, any number."""

    def __init__(self, left: int | None) -> None:
        self.left = left

    def __call__(self) -> None:
        """Take a step, or die."""
        if self.left is None:
            return
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


class MortalDatabase(Database):
    """A database in whose transactions one may die."""

    def __init__(self, url: str, step: Steps) -> None:
        super().__init__(url)
        self._step = step

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
            session.flush()
            self._step()
        self._step()


class Mortal:
    """Anything whose calls one may die after."""

    def __init__(self, inner: object, step: Steps) -> None:
        self._inner = inner
        self._step = step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*given: Any, **named: Any) -> Any:
            answer = method(*given, **named)
            self._step()
            return answer

        return call


def live(environment: Mapping[str, str], order: Mapping[str, Any]) -> None:
    """Do a piece of the flow: the jobs that are due, or one request to the site."""
    if order["room"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["room"], order["room"]))
    now = datetime.fromisoformat(order["now"])
    step = Steps(order["steps"])
    settings = config.load(environment)
    database = MortalDatabase(settings.database.url, step)
    whole = means_for(settings, database, lambda: now, gateway=wiring.build(settings).gateway)
    mortal = {name: cast("Any", Mortal(getattr(whole, name), step)) for name in ("gateway", "mailer", "pdf", "files")}
    means = dataclasses.replace(whole, **mortal)
    if order["request"] is None:
        jobs.Runner(database, wiring.handlers(means), clock=means.now).run_pending()
    else:
        client = create_app(means).test_client()
        client.set_cookie("ecot", order["cookie"], domain="127.0.0.1")
        client.open(base_url=settings.site.url, method="POST", **order["request"])


def _fork(environment: Mapping[str, str], order: Mapping[str, Any]) -> str:
    """Let a child do it; tell whether it lived to the end."""
    child = os.fork()
    if child == 0:
        try:
            live(environment, order)
        except Unavailable:
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, the child says so and goes no further
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "killed" if os.WTERMSIG(status) == signal.SIGKILL else f"signal {os.WTERMSIG(status)}"
    return "lived" if os.WEXITSTATUS(status) == 0 else "failed"


class Mortals:
    """A process that forks others, each for one order."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "tests.journeys.mortals", json.dumps(environment)]
        self._process = subprocess.Popen(
            command, cwd=config.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def dies(
        self,
        *,
        at: int | None,
        now: datetime,
        request: Mapping[str, Any] | None = None,
        cookie: str = "",
        room: int | None = None,
    ) -> bool:
        """Have one do its piece of the flow with so many steps to live; give whether it was killed before the end."""
        assert self._process.stdin
        assert self._process.stdout
        order = {"steps": at, "now": now.isoformat(), "request": request, "cookie": cookie, "room": room}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said = iter(self._process.stdout.readline, "")
        outcome = next(line.split()[1] for line in said if line.startswith("outcome: "))
        assert outcome in {"killed", "lived"}, outcome
        return outcome == "killed"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()


if __name__ == "__main__":
    templates()  # once for all that are forked
    configure_mappers()
    for line in sys.stdin:
        print("outcome:", _fork(json.loads(sys.argv[1]), json.loads(line)), flush=True)  # noqa: T201
