"""`ecot web` and `ecot worker`: the two processes of a site."""

from __future__ import annotations

import threading
from typing import Any

import click
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from ledger import app, wiring
from ledger import worker as loop
from ledger.cli import settings as command_settings


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with threads, configured here rather than in a file of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application, in the process that will answer."""
        return app.create_app(wiring.build(command_settings.read()))


def _log_lines() -> None:
    """Have every log be one line of JSON, with tracebacks that show code and never values."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8000, show_default=True)
@click.option("--processes", type=int, default=1, show_default=True, help="1 with SQLite.")
@click.option("--threads", type=int, default=8, show_default=True)
def web(host: str, port: int, processes: int, threads: int) -> None:
    """Answer requests, until told to stop."""
    _log_lines()
    command_settings.read()  # so that settings that cannot be used are told before gunicorn starts
    options = {
        "bind": f"{host}:{port}",
        "workers": processes,
        "threads": threads,
        "worker_class": "gthread",
        "control_socket_disable": True,
        "graceful_timeout": 10,
    }
    _Server(options).run()


@click.command()
def worker() -> None:
    """Do the work that waits: follow payments, make and send documents, sweep."""
    _log_lines()
    settings = command_settings.read()
    means = wiring.build(settings)
    runners = [wiring.runner(means) for _ in range(settings.worker.concurrency)]
    loop.run(runners, poll_seconds=settings.worker.poll_seconds, stop=threading.Event())
