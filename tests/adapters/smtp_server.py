"""A mail server in a thread: it says what a test tells it to, and keeps what it took."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class MailServer:
    """Where it listens, the answers that a test gave for commands, and the mails that were taken."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_at: str = ""
    commands: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    @property
    def recipients(self) -> list[str]:
        return [line.partition("<")[2].rstrip(">") for line in self.commands if line.startswith("RCPT")]

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=default) for content in self.raw]


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        told = self.server.told
        self._say("220 tests")
        while line := self.rfile.readline().decode("ascii").strip():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            told.commands.append(f"{verb} {rest}".strip())
            if verb == told.hangs_up_at:
                return
            if verb == "DATA" and "DATA" not in told.answers:
                self._say("354 go on")
                content = self._content()
                if told.hangs_up_at == "CONTENT":
                    return
                told.raw.append(content)
            self._say(told.answers.get(verb, "221 bye" if verb == "QUIT" else "250 fine"))
            if verb == "QUIT":
                return

    def _content(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, told: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.told = told
        told.port = self.server_address[1]


@contextmanager
def running() -> Iterator[MailServer]:
    """Run a mail server for as long as the block lasts."""
    told = MailServer()
    with _Server(told) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
