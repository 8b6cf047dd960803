"""Real servers in processes of their own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from frameworks.setup import APP

from latchstring.cookies import cookie_names

ROOT = Path(__file__).parents[3]
TESTS = Path(__file__).parents[1]
AUDIENCE = "http://localhost:8000"
PASSWORD = "seven quiet herons over the weir"
_STARTING = 30
_STOPPING = 10


def node() -> str:
    """The Node of the tree: the one that runs these tests, or the one that the tree has fetched."""
    found = [
        os.environ.get("LATCHSTRING_NODE"),
        *map(str, ROOT.glob(".toolchain/node-*/bin/node")),
        shutil.which("node"),
    ]
    return next(path for path in found if path is not None)


def free_port() -> int:
    with socket.create_server(("localhost", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], output: Any = None, folder: Path | None = None
) -> Generator[subprocess.Popen[str], None, None]:
    """A process, and all that it has forked, until the end of the block."""
    with subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if output is None else output,
        stderr=None if output is None else output,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOPPING)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "The process ended before it listened."
    return line


@contextmanager
def express(**options: Any) -> Generator[int, None, None]:
    """The application of the verifier's tests in Express: express-process.ts."""
    script = ROOT / "packages/verifier/tests/adapters/express-process.ts"
    command = [node(), "--conditions=latchstring-source", "--no-warnings", str(script), json.dumps(options)]
    with running(command, {}) as process:
        yield int(first_line(process))


@dataclass
class Latchstring:
    """The service, on a database of its own."""

    issuer: str
    environment: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.issuer.rpartition(":")[2])

    def settings(self) -> Mapping[str, Any]:
        """What an application's verifier needs."""
        return {"ISSUER": self.issuer, "AUDIENCE": AUDIENCE, "ORIGINS": [APP]}

    @property
    def cookie(self) -> str:
        """The name of the cookie of the access token."""
        return cookie_names(self.issuer).access

    def call(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> HTTPResponse:
        connection = HTTPConnection("localhost", self.port, timeout=20)
        own = {"Content-Type": "application/json", "Origin": APP, "Connection": "close"}
        connection.request("POST", f"/auth/v1/{path}", json.dumps(body or {}), {**own, **(headers or {})})
        return connection.getresponse()

    def command(self, *arguments: str) -> None:
        """The service's command line, on the same database."""
        subprocess.run([*_command_line(), *arguments], env=self.environment, check=True, capture_output=True)


def _command_line() -> list[str]:
    return [node(), str(ROOT / "packages/server/bin/latchstring.mjs")]


@contextmanager
def latchstring(folder: Path) -> Generator[Latchstring, None, None]:
    """The real service from the tree, with SQLite in a folder."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "LATCHSTRING_ISSUER": issuer,
        "LATCHSTRING_AUDIENCE": AUDIENCE,
        "LATCHSTRING_ORIGINS": APP,
        "LATCHSTRING_SECRET": secrets.token_urlsafe(48),
        "LATCHSTRING_DATABASE_URL": f"file:{folder / 'latchstring.db'}",
        "LATCHSTRING_LIMITS": "off",
        "LATCHSTRING_LOG_LEVEL": "silent",
    }
    with running([*_command_line(), "serve", "--port", str(port), "--host", "localhost"], environment) as process:
        assert "listens" in first_line(process)
        yield Latchstring(issuer, environment)


@dataclass
class Person:
    """Somebody who is logged in, in cookie mode as a browser is, or in bearer mode."""

    service: Latchstring
    subject: str
    email: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str | None = None

    @classmethod
    def register(cls, service: Latchstring, mode: str = "cookie") -> Person:
        account = {"email": f"{secrets.token_hex(8)}@example.com", "password": PASSWORD, "mode": mode}
        response = service.call("register", account)
        assert response.status == 201, response.status
        cookies = [line.split(";")[0].split("=", 1) for line in response.headers.get_all("set-cookie") or []]
        body = json.loads(response.read())
        return cls(service, body["user"]["id"], account["email"], dict(cookies), body.get("access_token"))

    @property
    def headers(self) -> dict[str, str]:
        """What the person's browser or application sends, good for unsafe methods too."""
        if self.token is not None:
            return {"Authorization": f"Bearer {self.token}", "Origin": APP}
        csrf = next(value for name, value in self.cookies.items() if "csrf" in name)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if "refresh" not in name)
        return {"Cookie": cookie, "X-CSRF-Token": csrf, "Origin": APP}

    def log_out(self) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = self.headers if self.token is not None else {**self.headers, "Cookie": cookie}
        response = self.service.call("logout", {}, headers)
        assert response.status == 204, response.status


@contextmanager
def application(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    python: str | Path = sys.executable,
    folder: Path | None = None,
) -> Generator[int, None, None]:
    """A server of applications; ``{port}`` in its command is where it listens. Gives the port once it does."""
    port = free_port()
    filled = [str(python), "-m", *(part.format(port=port) for part in command)]
    with log.open("w") as output, running(filled, environment, output, folder) as process:
        deadline = time.monotonic() + _STARTING
        while True:
            try:
                socket.create_connection(("localhost", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield port
