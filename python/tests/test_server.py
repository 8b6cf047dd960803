"""The verifier beside the real service: tokens that it issued, keys and a feed that it serves."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from latchstring import Verifier
from latchstring.base64url import decode_base64url
from latchstring.issued_claims import IssuedClaims
from latchstring.keys import parse_key_set
from support import KEY, ROOT, bearer, verdict

# What a revocation may take from the answer to who asked for it, to its refusal here, in seconds.
PROMISE = 1.0
PASSWORD = "nine loud geese under the bridge"


def find_node() -> str:
    """The Node of the tree, which `npm test` has put on PATH; else the one that it has fetched."""
    fetched = sorted(ROOT.glob(".toolchain/node-*/bin/node"))
    return str(fetched[-1]) if fetched else shutil.which("node") or "node"


class Service:
    """The service in a process of its own, on SQLite."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.issuer = f"http://localhost:{port}"
        settings = {
            "LATCHSTRING_ISSUER": self.issuer,
            "LATCHSTRING_AUDIENCE": "api",
            "LATCHSTRING_PORT": str(port),
            "LATCHSTRING_HOST": "localhost",
            "LATCHSTRING_SECRET": os.urandom(32).hex(),
            "LATCHSTRING_DATABASE_URL": f"file:{folder / 'latchstring.db'}",
            "LATCHSTRING_LIMITS": "off",
            "LATCHSTRING_LOG_LEVEL": "error",
        }
        outer = {name: value for name, value in os.environ.items() if not name.startswith("LATCHSTRING_")}
        entry = ROOT / "packages/server/tests/support/command-entry.ts"
        command = [find_node(), "--conditions=latchstring-source", str(entry), "serve"]
        self._process = subprocess.Popen(command, env={**outer, **settings}, cwd=folder, stdout=sys.stderr)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.issuer}/readyz", timeout=5):
                    return
            except OSError:
                assert self._process.poll() is None, "The service has ended."
                assert time.monotonic() < deadline, "The service does not begin."
                time.sleep(0.05)

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> Any:
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"{self.issuer}/auth/v1{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    one = Service(tmp_path_factory.mktemp("service"))
    yield one
    one.stop()


def test_attack_50_a_session_that_was_ended_is_refused_within_a_second(service: Service) -> None:
    """A9: real tokens, the real key set, the real feed."""
    verifier = Verifier(issuer=service.issuer, audience="api")
    try:
        login = {"email": "ada@example.com", "password": PASSWORD, "mode": "bearer"}
        first = service.post("/register", login)
        second = service.post("/login", login)
        token, other = first["access_token"], second["access_token"]
        principal = verifier.verify_request(bearer(token))
        assert principal.subject == first["user"]["id"]
        assert principal.mode == "bearer"
        assert verdict(lambda: verifier.verify_token(other)) == "accept"
        assert verifier.revocations.status.state == "fresh"
        # What the server writes today is what is read in one pass.
        key = parse_key_set({"keys": [KEY.jwk]}).find(KEY.kid, KEY.alg)
        assert key is not None
        read = IssuedClaims(service.issuer, "api").read(key, decode_base64url(token.split(".")[1]) or b"")
        assert read is not None
        assert read.every == verifier.verify_token(token)

        service.post("/logout", {"refresh_token": first["refresh_token"]})
        ended = time.monotonic()
        while (code := verdict(lambda: verifier.verify_token(token))) == "accept":
            assert time.monotonic() - ended < PROMISE, "still accepted"
        assert code == "token_revoked"
        assert verdict(lambda: verifier.verify_token(other)) == "accept"

        status = verifier.revocations.status
        assert (status.transport, status.rejected, status.gaps, status.entries) == ("stream", 0, 0, 1)
    finally:
        verifier.close()
    closed = verifier.revocations.status
    assert closed.state == "closed"


def test_a_script_ends_while_it_follows_the_feed(service: Service) -> None:
    """Nothing in the background keeps a process alive."""
    script = (
        "from latchstring import Verifier\n"
        f"verifier = Verifier(issuer={service.issuer!r}, audience='api')\n"
        "verifier.start()\n"
        "import time\n"
        "while verifier.revocations.status.state != 'fresh': time.sleep(0.01)\n"
        "print('following')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("following\n", "")
