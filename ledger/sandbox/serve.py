"""Running a sandbox: an HTTP server on threads, and a thread that lets time pass and sends the deliveries."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ledger.sandbox import deliveries, timeline
from ledger.sandbox.app import create_sandbox
from ledger.sandbox.settings import SandboxConfig
from ledger.sandbox.store import Store

log = logging.getLogger(__name__)
PULSE = 0.1


class QuietHandler(WSGIRequestHandler):
    """A request handler that writes no line for each request, and keeps no connection open after it."""

    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Running:
    """A sandbox that runs on threads of this process until `stop`. `by_itself` is whether it sends alone."""

    def __init__(self, config: SandboxConfig, *, host: str, port: int, by_itself: bool = True) -> None:
        # Bound here, because werkzeug's own way with a busy port is to print and to exit.
        with socket.create_server((host, port)) as listening:
            app = create_sandbox(config)
            self.store: Store = app.extensions["sandbox"]
            number = listening.fileno()
            self.server: BaseWSGIServer = make_server(
                host, port, app, threaded=True, request_handler=QuietHandler, fd=number
            )
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})]
        if by_itself:
            self._threads.append(threading.Thread(target=self._pulse))

    @property
    def port(self) -> int:
        """The port it listens on: the one asked for, or the one it got for 0."""
        return self.server.port

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the threads, once the request and the delivery under way have ended, and close the store."""
        self._stopping.set()
        self.server.shutdown()
        for thread in self._threads:
            thread.join()
        self.server.server_close()
        self.store.close()

    def _pulse(self) -> None:
        while not self._stopping.wait(PULSE):
            try:
                timeline.catch_up(self.store)
                if not _paused(self.store):
                    deliveries.deliver(self.store)
            except Exception:  # Time must go on, whatever one delivery does.
                log.exception("the sandbox could not deliver")


def _paused(store: Store) -> bool:
    with store.transaction() as tx:
        return tx.meta("paused", "") == "yes"


def serve(config: SandboxConfig, *, host: str, port: int, ready: Callable[[], None] = lambda: None) -> None:
    """Run a sandbox until SIGTERM or SIGINT; `ready` is called once it answers.

    Raises:
        OSError: the port is taken.
    """
    running = Running(config, host=host, port=port)
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    running.start()
    ready()
    asked.wait()
    running.stop()
