"""What is loaded over real sockets."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from latchstring import RemoteKeys
from latchstring.fetch import FetchRequest, http_fetch
from support import KEY, judge, token, verifier_of


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    respond: Callable[[Handler], None]
    seen: list[str]

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        type(self).respond(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        # Readers that go away are what is tested here.
        pass


Serve = Callable[[Callable[[Handler], None]], tuple[str, list[str]]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(respond: Callable[[Handler], None]) -> tuple[str, list[str]]:
        handler = type("Responding", (Handler,), {"respond": staticmethod(respond), "seen": []})
        server = Server(("localhost", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://localhost:{server.server_port}/keys", handler.seen  # type: ignore[attr-defined]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


BODY = json.dumps({"keys": [KEY.jwk]}).encode()


def load(url: str, **options: Any) -> str:
    failures: list[str] = []
    keys = RemoteKeys(url, on_failure=lambda error: failures.append(error.code), **options)
    found = judge(token(), verifier_of(keys=keys, revocations="none"))
    return " ".join([found, *failures])


def test_loads_a_key_set_over_http(serve: Serve) -> None:
    url, seen = serve(lambda handler: handler.answer(BODY))
    assert load(url) == "accept"
    assert seen == ["/keys"]


def test_loads_one_that_comes_in_chunks(serve: Serve) -> None:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/jwk-set+json; charset=utf-8")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for byte in BODY:
            handler.wfile.write(b"1\r\n" + bytes([byte]) + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    assert load(serve(respond)[0]) == "accept"


def test_follows_no_redirect(serve: Serve) -> None:
    good, seen = serve(lambda handler: handler.answer(BODY))
    url, _ = serve(lambda handler: handler.answer(BODY, 302, location=good))
    assert load(url) == "keys_unavailable not_a_key_set"
    assert seen == []


def test_stops_reading_an_answer_that_has_no_end(serve: Serve) -> None:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * 65536)
        except OSError:
            pass

    assert load(serve(respond)[0]) == "keys_unavailable not_a_key_set"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nx: ", b"x", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", b" ", id="a body"),
    ],
)
def test_gives_up_on_what_trickles_in(serve: Serve, beginning: bytes, piece: bytes) -> None:
    ended = threading.Event()

    def respond(handler: Handler) -> None:
        handler.wfile.write(beginning)
        try:
            while not ended.wait(0.02):
                handler.wfile.write(piece)
                handler.wfile.flush()
        except OSError:
            pass

    assert load(serve(respond)[0], timeout=0.4) == "keys_unavailable unreachable"
    ended.set()


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500]
)
def test_what_is_no_http_is_an_outage(serve: Serve, answer: bytes) -> None:
    def respond(handler: Handler) -> None:
        handler.wfile.write(answer)
        handler.close_connection = True

    assert load(serve(respond)[0]) == "keys_unavailable unreachable"


def test_a_body_that_breaks_off_is_an_outage(serve: Serve) -> None:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(BODY) + 10))
        handler.end_headers()
        handler.wfile.write(BODY)
        handler.close_connection = True

    assert load(serve(respond)[0]).startswith("keys_unavailable")


def test_another_thread_can_end_a_read_that_is_under_way(serve: Serve) -> None:
    ended = threading.Event()

    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        handler.wfile.flush()
        ended.wait(10)

    response = http_fetch()(FetchRequest(serve(respond)[0], {}, 5))
    threading.Timer(0.05, response.abort).start()
    started = time.monotonic()
    try:
        assert response.read(30) == b""
    except OSError:
        # Either is an end.
        pass
    assert time.monotonic() - started < 10
    ended.set()
    response.close()
    response.close()


def test_nobody_there() -> None:
    assert load("http://localhost:1/keys") == "keys_unavailable unreachable"
    assert load("https://latchstring.invalid/keys") == "keys_unavailable unreachable"
