"""The demo starts, answers, stops and keeps its data; and says in one line why it cannot."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from ledger.cli import demo
from ledger.config import ROOT
from tests.sandbox_server import two_free_ports


def status(address: str) -> int:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
        return int(answer.status)


def start(port: int, home: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the demo, and give what it printed until its last sign-in link."""
    command = [sys.executable, "-m", "ledger", "demo", "--port", str(port), "--data", str(home)]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    said = ""
    while "treasurer" not in said:
        line = running.stdout.readline()
        assert line, "the demo ended before it said where to go"
        said += line
    return running, said


def stop(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "data kept" in said


def descendants(pid: int) -> list[int]:
    """List the processes that a process started, and theirs, where the system tells (Linux)."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    born = [int(word) for word in told.read_text(encoding="utf-8").split()] if told.exists() else []
    return born + [each for child in born for each in descendants(child)]


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pledges(home: Path) -> int:
    with contextlib.closing(sqlite3.connect(home / "ecot.db")) as database:
        return int(database.execute("SELECT count(*) FROM pledge").fetchone()[0])


def test_the_demo_answers_until_it_is_stopped_and_starts_again_on_its_data(tmp_path: Path) -> None:
    port = two_free_ports()
    kept = []
    for _ in ("first", "again"):
        running, said = start(port, tmp_path / "demo")
        addresses = [
            word for line in said.splitlines() for word in line.split() if word.startswith(f"http://127.0.0.1:{port}")
        ]
        assert len(addresses) == 6
        assert {status(address) for address in addresses} == {200}
        born = descendants(running.pid)
        stop(running)
        assert not [pid for pid in born if lives(pid)]
        kept.append(pledges(tmp_path / "demo"))
        for each in (port, port + 1):
            demo.check_free(each, hint="")
    assert kept[0] == kept[1] > 0
    demo.forget(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_no_setting_from_outside_reaches_the_demo(tmp_path: Path) -> None:
    outside = {"PATH": "/bin", "ECOT_STRIPE_SECRET_KEY": "sk_live_1", "ECOT_CONFIG": "/etc/ecot.toml"}
    given = demo.environment_for(8000, tmp_path, outside)
    assert given["PATH"] == "/bin"
    assert given["ECOT_STRIPE_SECRET_KEY"].startswith("sk_test_sandbox_")
    assert "ECOT_CONFIG" not in given


def test_the_secrets_are_drawn_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = demo.environment_for(8000, tmp_path, {})
    assert demo.environment_for(8000, tmp_path, {}) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_busy_port_is_said_in_one_line_with_what_to_type(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(demo.DemoError) as refused:
            demo.run(port, home=tmp_path)
    assert f"Port {port} is busy. → make demo PORT=" in refused.value.message
    assert "\n" not in refused.value.message


def test_a_demo_that_runs_is_neither_started_again_nor_forgotten(tmp_path: Path) -> None:
    with demo.alone(tmp_path):
        with pytest.raises(demo.DemoError, match=str(os.getpid())):
            demo.run(8000, home=tmp_path)
        with pytest.raises(demo.DemoError, match="running already"):
            demo.forget(tmp_path)
    assert tmp_path.exists()


def test_a_lock_left_by_a_demo_that_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(os.getpid()), encoding="utf-8")
    demo.forget(tmp_path)
    assert not tmp_path.exists()


def test_a_process_that_ends_by_itself_ends_the_demo_with_its_last_words(tmp_path: Path) -> None:
    hopeless = demo.Process(("no-such-command",), "http://127.0.0.1:9/", tmp_path / "log")
    environment = demo.environment_for(8000, tmp_path, os.environ)
    with (
        pytest.raises(demo.DemoError, match="No such command 'no-such-command'"),
        demo.started((hopeless,), environment) as running,
    ):
        demo.wait_until_ready(running)
