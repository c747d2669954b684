"""A worker process for the tests to kill: its job says that it has started, and ends when a line is sent to it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ledger import jobs, worker
from ledger.db import Database


def work(_ids: Mapping[str, Any]) -> None:
    print("started", flush=True)  # noqa: T201
    sys.stdin.readline()
    print("finished", flush=True)  # noqa: T201


if __name__ == "__main__":
    url, instant = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    runner = jobs.Runner(Database(url), {"work": work}, clock=lambda: instant)
    worker.run([runner], poll_seconds=60, stop=threading.Event())
