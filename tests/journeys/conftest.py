"""One sandbox for the run, and for each test a world of its own: the site answers the sandbox's notices itself."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stripe
from werkzeug.serving import make_server

from ledger import config
from ledger.adapters.stripe_gateway import TIMEOUTS
from ledger.db import Database
from ledger.sandbox.serve import QuietHandler
from tests.factories.world import START, MeddledGateway, World, environment_for, make_town, means_for
from tests.jobs_bench import Clock
from tests.sandbox_server import SandboxServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class HastyClient(stripe.RequestsClient):
    """Stripe's own HTTP client, which does not wait between two attempts. What it carries is checked elsewhere."""

    def _sleep_time_seconds(self, num_retries: int) -> float:  # noqa: ARG002 - the library's own signature
        return 0


class Doorway:
    """A port of this machine behind which the site of the test under way answers."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self.world is not None
        application: WSGIApplication = self.world.app
        return application(environ, start_response)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture(scope="session")
def doorway() -> Iterator[Doorway]:
    with closing(Doorway()) as doorway:
        yield doorway


@pytest.fixture(scope="session")
def sandbox(doorway: Doorway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    file = tmp_path_factory.mktemp("sandbox") / "stripe.db"
    with SandboxServer(file, webhook_url=f"{doorway.url}/hooks/stripe") as server:
        yield server


@pytest.fixture
def world(database: Database, sandbox: SandboxServer, doorway: Doorway, tmp_path: Path) -> Iterator[World]:
    """The town, its site and its sandbox, on SQLite and on PostgreSQL, on Tuesday 3 March 2026 at 13:00 in Paris."""
    sandbox.control("reset")
    with database.transaction() as session:
        make_town(session)
    url = database.url.render_as_string(hide_password=False)
    environment = environment_for(tmp_path / "files", sandbox, database_url=url, site_url=doorway.url)
    with closing(HastyClient(timeout=TIMEOUTS)) as http:
        gateway = MeddledGateway(
            sandbox.api_key, webhook_secrets=[sandbox.webhook_secret], api_url=sandbox.url, http_client=http
        )
        clock = Clock(START)
        doorway.world = World(
            means_for(config.load(environment), database, clock, gateway=gateway), clock, sandbox, gateway, environment
        )
        yield doorway.world
    doorway.world = None
